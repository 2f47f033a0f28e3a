/* Response heads, byte for byte. */
#include "http/response.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ANY                                                                                        \
    {                                                                                              \
        {"*", 1}, false, false                                                                     \
    }
#define NONE                                                                                       \
    {                                                                                              \
        {NULL, 0}, false, true                                                                     \
    }
#define ONE                                                                                        \
    {                                                                                              \
        {"https://a.example", 17}, true, false                                                     \
    }
#define OTHER                                                                                      \
    {                                                                                              \
        {NULL, 0}, true, true                                                                      \
    } /* this origin may not */
#define TRUSTED                                                                                    \
    {                                                                                              \
        {"https://a.example", 17}, true, true                                                      \
    }

static const struct {
    struct http_response response;
    const char *head;
} cases[] = {
    {{200, "text/event-stream; charset=utf-8", -1, false, ANY, NULL, NULL, 0, false, true, NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
     "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\nIncremental: ?1\r\n"
     "X-Content-Type-Options: nosniff\r\nAccess-Control-Allow-Origin: *\r\nConnection: "
     "close\r\n\r\n"},
    {{200, "application/x-ndjson", -1, true, NONE, "no-store", "X-A: b\r\nX-C: d\r\n", 0, false,
      true, NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
     "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nIncremental: ?1\r\n"
     "X-Content-Type-Options: nosniff\r\nConnection: close\r\nX-A: b\r\nX-C: d\r\n\r\n"},
    {{404, "application/json", 17, false, ONE, NULL, "", 0, false, true, NULL},
     "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
     "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n"
     "Access-Control-Allow-Origin: https://a.example\r\nVary: Origin\r\n"
     "Connection: close\r\n\r\n"},
    {{200, "application/json", 1, false, TRUSTED, NULL, NULL, 0, false, true, NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n"
     "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n"
     "Access-Control-Allow-Origin: https://a.example\r\n"
     "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\nConnection: close\r\n\r\n"},
    {{200, "text/html", 0, false, OTHER, "max-age=60", NULL, 0, false, true, NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n"
     "Cache-Control: max-age=60\r\nX-Content-Type-Options: nosniff\r\nVary: Origin\r\nConnection: "
     "close\r\n\r\n"},
    {{405, NULL, -1, false, NONE, NULL, NULL, 0, false, true, NULL},
     "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nCache-Control: no-cache\r\n"
     "X-Content-Type-Options: nosniff\r\nAllow: GET, HEAD, OPTIONS\r\nConnection: close\r\n\r\n"},
    {{401, "text/plain", 3, false, ANY, NULL, NULL, 0, false, true, NULL},
     "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
     "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n"
     "Access-Control-Allow-Origin: *\r\nWWW-Authenticate: Bearer\r\nConnection: close\r\n\r\n"},
    {{204, NULL, 0, false, NONE, NULL, NULL, 0, false, true, NULL},
     "HTTP/1.1 204 No Content\r\nCache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n"
     "Connection: close\r\n\r\n"},
    {{302, NULL, 0, false, NONE, NULL, NULL, 784111777, false, true, NULL},
     "HTTP/1.1 302 Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n"
     "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"},
    {{200, "text/html", 0, false, NONE, NULL, "X-A: b\r\n", 0, false, false, NULL},
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n"
     "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\nX-A: b\r\n\r\n"},
    {{299, "text/plain", INT64_MAX, false, NONE, NULL, NULL, 0, false, true, NULL},
     "HTTP/1.1 299 Unknown\r\nContent-Type: text/plain\r\nContent-Length: 9223372036854775807\r\n"
     "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"},
};

static void assert_head(const struct buf *out, const char *head)
{
    assert_true(buf_ok(out));
    if (!slice_eq_str(buf_slice(out), head)) {
        fail_msg("is:\n%.*s\nshould be:\n%s", SLICE_ARG(buf_slice(out)), head);
    }
}

static void test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        http_response_append(&cases[i].response, &out);
        assert_head(&out, cases[i].head);
        buf_fini(&out);
    }
}

#define PREFLIGHT "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n"
#define GRANT "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Headers: "
#define PREFLIGHT_END "\r\nAccess-Control-Max-Age: 86400\r\nConnection: close\r\n\r\n"
#define ANY_ORIGIN "Access-Control-Allow-Origin: *\r\n"
#define USUAL "Last-Event-ID, Accept, Cache-Control"

static const struct {
    const char *asked; /* NULL: no such field */
    struct http_cors cors;
    const char *answer;
} preflights[] = {
    {NULL, ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"last-event-id", ANY, PREFLIGHT ANY_ORIGIN GRANT "last-event-id" PREFLIGHT_END},
    {"x-a,  X-B ,c", ANY, PREFLIGHT ANY_ORIGIN GRANT "x-a,  X-B ,c" PREFLIGHT_END},
    {"x-a", ONE,
     PREFLIGHT "Access-Control-Allow-Origin: https://a.example\r\nVary: Origin\r\n" GRANT
               "x-a" PREFLIGHT_END},
    {"x-a", TRUSTED,
     PREFLIGHT "Access-Control-Allow-Origin: https://a.example\r\n"
               "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n" GRANT
               "x-a" PREFLIGHT_END},
    {"x-a", NONE, PREFLIGHT "Connection: close\r\n\r\n"},
    {"x-a", OTHER, PREFLIGHT "Vary: Origin\r\nConnection: close\r\n\r\n"},
    {"a b", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"a,", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {",a", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {",", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"a: b", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"a\xc3\xa4", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"a;b", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
    {"<script>", ANY, PREFLIGHT ANY_ORIGIN GRANT USUAL PREFLIGHT_END},
};

static void test_preflights(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(preflights); i++) {
        struct http_request request = {.method = HTTP_OPTIONS};
        if (preflights[i].asked != NULL) {
            request.fields[0].name = slice_str("access-control-REQUEST-headers");
            request.fields[0].value = slice_str(preflights[i].asked);
            request.field_count = 1;
        }
        struct buf out = BUF_INIT;
        struct http_response response = {
            .status = 204, .cors = preflights[i].cors, .closes = true, .preflight = &request};
        http_response_append(&response, &out);
        assert_head(&out, preflights[i].answer);
        buf_fini(&out);
    }
}

static void test_reasons(void **state)
{
    (void)state;
    assert_string_equal(http_reason(200), "OK");
    assert_string_equal(http_reason(503), "Service Unavailable");
    assert_string_equal(http_reason(418), "Unknown");
    assert_string_equal(http_reason(0), "Unknown");
    assert_string_equal(http_reason(-1), "Unknown");
    for (int outcome = HTTP_PARSE_OK; outcome <= HTTP_PARSE_VERSION; outcome++) {
        const char *reason = http_reason(http_parse_status((enum http_parse)outcome));
        assert_string_not_equal(reason, "Unknown");
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    struct http_request request = {.method = HTTP_OPTIONS};
    struct http_response preflight = {.status = 204, .cors = ANY, .preflight = &request};
    for (long n = 0;; n++) {
        struct buf out = BUF_INIT;
        mem_fail_after(n);
        http_response_append(&cases[0].response, &out);
        http_response_append(&preflight, &out);
        bool has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(buf_ok(&out), !has_failed);
        buf_fini(&out);
        if (!has_failed) {
            assert_true(n >= 2);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_preflights),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
