/* The request line: methods, versions and the forms of targets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/head_check.h"

static const struct head_case bad_line_cases[] = {
    CASE("\r\n\r\n" GET HOST "\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("\n\n", HTTP_PARSE_BAD_REQUEST),
    CASE("\r\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("\rG", HTTP_PARSE_BAD_REQUEST),
    CASE("\x16\x03\x01\x02", HTTP_PARSE_BAD_REQUEST),
    CASE("\0", HTTP_PARSE_BAD_REQUEST),
    CASE("\x7f", HTTP_PARSE_BAD_REQUEST),
    CASE("garbage\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(" GET / HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET  / HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /  HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1.1 \r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET\t/ HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / b HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /\r HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /\0 HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /\xc3\xa4 HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /\x80 HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /\x7f HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /a#b HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET a HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET * HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("OPTIONS ** HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET ?a HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET h:80 HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET ftp://h/ HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET http:///a HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET http://?a HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET http://u@h/ HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET http://h:x/ HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET http:/h/ HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("G@T / HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / http/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1.10\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1,1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/x.1\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1.x\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / ICY/1.10\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / \r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET \r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("POST /\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET /\r\n", HTTP_PARSE_VERSION),
    CASE("GET /x\nHost: a\r\n", HTTP_PARSE_VERSION),
    CASE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_PARSE_VERSION),
    CASE("GET / HTTP/0.9\r\n", HTTP_PARSE_VERSION),
    CASE("GET / HTTP/3.0\r\n", HTTP_PARSE_VERSION),
    CASE("POST / HTTP/1.1\r\n", HTTP_PARSE_METHOD_NOT_ALLOWED),
    CASE("PUT / HTTP/1.1\r\n", HTTP_PARSE_METHOD_NOT_ALLOWED),
    CASE("DELETE / HTTP/1.1\r\n", HTTP_PARSE_METHOD_NOT_ALLOWED),
    CASE("PATCH / HTTP/1.1\r\n", HTTP_PARSE_METHOD_NOT_ALLOWED),
    CASE("TRACE / HTTP/1.1\r\n", HTTP_PARSE_METHOD_NOT_ALLOWED),
    CASE("CONNECT h:80 HTTP/1.1\r\n", HTTP_PARSE_METHOD_NOT_ALLOWED),
    CASE("get / HTTP/1.1\r\n", HTTP_PARSE_METHOD),
    CASE("GETX / HTTP/1.1\r\n", HTTP_PARSE_METHOD),
    CASE("GE / HTTP/1.1\r\n", HTTP_PARSE_METHOD),
    CASE("BREW /pot HTTP/1.1\r\n", HTTP_PARSE_METHOD),
};

static void test_bad_lines(void **state)
{
    (void)state;
    check_cases(bad_line_cases, ARRAY_LEN(bad_line_cases));
}

static void test_targets(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        const char *target;
        const char *path;
        const char *query;
    } cases[] = {
        {"/", "/", "/", ""},
        {"/a,b?since=1", "/a,b?since=1", "/a,b", "since=1"},
        {"/a?", "/a?", "/a", ""},
        {"/a?b?c", "/a?b?c", "/a", "b?c"},
        {"//a/b", "//a/b", "//a/b", ""},
        {"/%2F%zz", "/%2F%zz", "/%2F%zz", ""},
        {"http://h:80/a?b", "/a?b", "/a", "b"},
        {"HtTpS://h/", "/", "/", ""},
        {"http://h", "/", "/", ""},
        {"http://h?b", "?b", "/", "b"},
        {"http://h/http://i/", "/http://i/", "/http://i/", ""},
        {"/http://h/", "/http://h/", "/http://h/", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char head[128];
        struct result result;
        snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\n" HOST "\r\n", cases[i].sent);
        assert_text(whole_head(head, &result), cases[i].target);
        assert_text(result.request.path, cases[i].path);
        assert_text(result.request.query, cases[i].query);
        assert_int_equal(result.head_len, strlen(head));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
