/* Bodies in chunks: an empty one is taken, however it comes, and nothing that is only like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/head_check.h"

#define CHUNKED GET HOST "Transfer-Encoding: chunked\r\n\r\n"
#define ZEROS "0000000000000000"

static const struct head_case cases[] = {
    CASE(CHUNKED "0\r\n\r\n", HTTP_PARSE_OK),
    CASE(CHUNKED "00\r\n\r\n", HTTP_PARSE_OK),
    CASE(CHUNKED ZEROS "\r\n\r\n", HTTP_PARSE_OK),
    CASE(CHUNKED "0\r\n\r\nGET /pipelined", HTTP_PARSE_OK),
    CASE(CHUNKED "0\r\n\r\n\0\r\r", HTTP_PARSE_OK),
    CASE(GET HOST "TRANSFER-encoding:\t CHUNKED \r\n\r\n0\r\n\r\n", HTTP_PARSE_OK),
    CASE("\r\n" CHUNKED "0\r\n\r\n", HTTP_PARSE_OK),
    CASE("GET / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n0\r\n\r\n", HTTP_PARSE_OK),
    CASE("HEAD / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_PARSE_OK),
    CASE("OPTIONS * HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         HTTP_PARSE_OK),
    CASE(CHUNKED, HTTP_PARSE_MORE),
    CASE(CHUNKED "0", HTTP_PARSE_MORE),
    CASE(CHUNKED ZEROS, HTTP_PARSE_MORE),
    CASE(CHUNKED "0\r", HTTP_PARSE_MORE),
    CASE(CHUNKED "0\r\n", HTTP_PARSE_MORE),
    CASE(CHUNKED "0\r\n\r", HTTP_PARSE_MORE),
    CASE(CHUNKED "1\r\nx\r\n0\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(CHUNKED "01", HTTP_PARSE_HAS_BODY),
    CASE(CHUNKED "a", HTTP_PARSE_HAS_BODY),
    CASE(CHUNKED "F", HTTP_PARSE_HAS_BODY),
    CASE(CHUNKED "0f", HTTP_PARSE_HAS_BODY),
    CASE(CHUNKED ZEROS "0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "-0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "+0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0x0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED " 0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0 \r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0;a=b\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0;\n\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0\n\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0\r\n\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0\r\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0\r\nA: b\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "0\r\nGET / HTTP/1.1\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "\0", HTTP_PARSE_BAD_REQUEST),
    CASE(CHUNKED "GET / HTTP/1.1\r\n", HTTP_PARSE_BAD_REQUEST),
};

static void test_cases(void **state)
{
    (void)state;
    check_cases(cases, ARRAY_LEN(cases));
}

static void test_it_belongs_to_the_request(void **state)
{
    (void)state;
    struct result result;
    static const char text[] = CHUNKED "00\r\n\r\nGET /next";
    parse_whole(text, strlen(text), LIMIT, &result);
    assert_int_equal(result.outcome, HTTP_PARSE_OK);
    assert_int_equal(result.head_len, strlen(CHUNKED "00\r\n\r\n"));
}

static void test_the_limit_is_for_head_and_body(void **state)
{
    (void)state;
    static const char text[] = CHUNKED "0\r\n\r\n";
    size_t len = strlen(text);
    check_every_cut(text, len, len, HTTP_PARSE_OK);
    for (size_t limit = strlen(CHUNKED); limit < len; limit++) {
        check_every_cut(text, len, limit, HTTP_PARSE_TOO_LARGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_it_belongs_to_the_request),
        cmocka_unit_test(test_the_limit_is_for_head_and_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
