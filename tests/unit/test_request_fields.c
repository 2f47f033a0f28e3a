/* Field lines, Host and what would be a body. Here stand the tricks of request smuggling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/head_check.h"

static const struct head_case bad_field_cases[] = {
    CASE(GET "\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "X: y\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST HOST "\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "HOST:\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1.0\r\n" HOST HOST "\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host: a b\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host: a, b\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host: a/b\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host: u@a\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host: \xc3\xa4\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host: a:b\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1.0\r\nHost: ?\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET " " HOST, HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST " fold\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "\tX: y\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST " \r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host : a\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Host\t: a\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST ": y\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "novalue\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "a b: y\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "a(b: y\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "\xc3\xa4: y\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "X: a\rb\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "X: a\r\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "X: a\0b\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "X: a\x01\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "X: a\x0b\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "X: a\x7f\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length:\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: +0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: -1\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: 0x0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: 0, 0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: 1 1\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: 0\r\nContent-length: 0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: 5\r\nContent-length: 0\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n",
         HTTP_PARSE_BAD_REQUEST),
    CASE("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET "Content-Length: 5\r\n\r\n", HTTP_PARSE_BAD_REQUEST),
    CASE(GET HOST "Content-Length: 1\r\n\r\nx", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Content-Length: 10\r\n\r\nx", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Content-Length: 01\r\n\r\nx", HTTP_PARSE_HAS_BODY),
    CASE("GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Content-Length: 99999999999999999999999999999999\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Content-Length: 18446744073709551616\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
         HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: identity\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "tRANSFER-eNCODING:\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Transfer-Encoding: x\r\nTransfer-Encoding: y\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(GET HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_PARSE_HAS_BODY),
    CASE(TOO_MUCH, HTTP_PARSE_URI_TOO_LONG),
    CASE("GET /" TOO_MUCH " HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_URI_TOO_LONG),
    CASE("\r\nGET /" TOO_MUCH, HTTP_PARSE_URI_TOO_LONG),
    CASE(GET HOST "X: " TOO_MUCH "\r\n\r\n", HTTP_PARSE_TOO_LARGE),
    CASE("\r\n" GET TOO_MUCH, HTTP_PARSE_TOO_LARGE),
};

static void test_bad_fields(void **state)
{
    (void)state;
    check_cases(bad_field_cases, ARRAY_LEN(bad_field_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
