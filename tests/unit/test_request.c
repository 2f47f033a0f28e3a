/* The request head as a whole: its lines, its limits, and how it comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/head_check.h"

static const struct head_case good_cases[] = {
    CASE(GET HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET / HTTP/1.1\nHost: a\n\n", HTTP_PARSE_OK),
    CASE("GET / HTTP/1.1\r\nHost: a\n\r\n", HTTP_PARSE_OK),
    CASE("\r\n" GET HOST "\r\n", HTTP_PARSE_OK),
    CASE("\n" GET HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET / HTTP/1.0\r\n\r\n", HTTP_PARSE_OK),
    CASE("GET / HTTP/1.0\r\nHost: a\r\n\r\n", HTTP_PARSE_OK),
    CASE("GET / HTTP/1.9\r\nHost: a\r\n\r\n", HTTP_PARSE_OK),
    CASE("HEAD /a,b HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("OPTIONS /a HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET /a?b=[{\"c\":1}]|^`\\~ HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET http://h/a HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET HTTPS://h:1/a HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET http://h HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET http://h?x HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE("GET http://[::1]:80/ HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_OK),
    CASE(GET "Host:\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET "Host: \t \r\n\r\n", HTTP_PARSE_OK),
    CASE(GET "hOsT:a.b_c-d~e:8080\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET "Host: [fe80::1]:80\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "Content-Length: 0\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "Content-Length: 00\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "Expect: 100-continue\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "X: a\tb \x80\xff\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "X:\r\nX:\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", HTTP_PARSE_OK),
    CASE(GET HOST "\r\nGET / pipelined", HTTP_PARSE_OK),
    CASE(GET HOST "\r\n\x16\0\r\r", HTTP_PARSE_OK),
};

static const struct head_case unfinished_cases[] = {
    CASE("", HTTP_PARSE_MORE),
    CASE("G", HTTP_PARSE_MORE),
    CASE("\r", HTTP_PARSE_MORE),
    CASE("\r\n", HTTP_PARSE_MORE),
    CASE("GET / HTTP/1.1\r", HTTP_PARSE_MORE),
    CASE(GET, HTTP_PARSE_MORE),
    CASE(GET HOST, HTTP_PARSE_MORE),
    CASE(GET HOST "\r", HTTP_PARSE_MORE),
    CASE(GET HOST "X: y", HTTP_PARSE_MORE),
};

static void test_good(void **state)
{
    (void)state;
    check_cases(good_cases, ARRAY_LEN(good_cases));
}

static void test_unfinished(void **state)
{
    (void)state;
    check_cases(unfinished_cases, ARRAY_LEN(unfinished_cases));
}

/* A head is fine at its own length and refused below it, however the limit cuts it. */
static void test_limit(void **state)
{
    (void)state;
    static const char head[] = "\r\nGET /abc HTTP/1.1\r\n" HOST "\r\n";
    size_t line_end = strchr(head + 2, '\n') - head + 1;
    size_t len = sizeof(head) - 1;
    check_every_cut(head, len, len, HTTP_PARSE_OK);
    for (size_t limit = 0; limit < len; limit++) {
        check_every_cut(head, len, limit,
                        limit < line_end ? HTTP_PARSE_URI_TOO_LONG : HTTP_PARSE_TOO_LARGE);
    }
}

/* Every control byte in every place, and every byte above ASCII in a target and a name. */
static void test_every_byte(void **state)
{
    (void)state;
    static const char head[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    enum {
        TARGET_AT = 5,
        VALUE_AT = 29,
        NAME_AT = 26
    };
    char bent[sizeof(head)];
    struct result result;
    for (int byte = 0; byte < 256; byte++) {
        bool is_control = (byte < 32 && byte != '\t') || byte == 127;
        static const size_t places[] = {TARGET_AT, NAME_AT, VALUE_AT};
        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
            memcpy(bent, head, sizeof(head));
            bent[places[i]] = (char)byte;
            parse_whole(bent, sizeof(head) - 1, LIMIT, &result);
            bool is_ok = result.outcome == HTTP_PARSE_OK;
            if (places[i] == VALUE_AT) {
                /* A LF there makes "X: " and an empty line of it: a shorter head. */
                assert_int_equal(is_ok, !is_control || byte == '\n');
            } else {
                /* The same with a LF where the name begins. */
                bool is_end = places[i] == NAME_AT && byte == '\n';
                bool is_bad = is_control || byte >= 128 || byte == ' ' || byte == '\t';
                assert_true(!is_ok || !is_bad || is_end);
            }
            assert_true(is_ok || result.outcome == HTTP_PARSE_BAD_REQUEST ||
                        result.outcome == HTTP_PARSE_VERSION);
        }
    }
}

static void test_parts(void **state)
{
    (void)state;
    struct result result;
    (void)whole_head("OPTIONS * HTTP/1.0\r\nA:1\r\na: \t2 \t\r\nB: :x:\r\nE:\r\n\r\nrest", &result);
    const struct http_request *r = &result.request;
    assert_int_equal(r->method, HTTP_OPTIONS);
    assert_int_equal(r->minor_version, 0);
    assert_text(r->path, "*");
    assert_int_equal(r->field_count, 4);
    assert_text(r->fields[1].name, "a");
    assert_text(r->fields[1].value, "2");
    assert_text(http_request_field(r, "A"), "1");
    assert_text(http_request_field(r, "b"), ":x:");
    assert_int_equal(http_request_field(r, "e").len, 0);
    assert_non_null(http_request_field(r, "e").data);
    assert_null(http_request_field(r, "x").data);
    assert_null(http_request_field(r, "").data);

    (void)whole_head("HEAD / HTTP/1.3\r\nHost: a\r\n\r\n", &result);
    assert_int_equal(r->method, HTTP_HEAD);
    assert_int_equal(r->minor_version, 1);
}

static void test_field_count(void **state)
{
    (void)state;
    for (int count = HTTP_MAX_FIELDS - 1; count <= HTTP_MAX_FIELDS + 1; count++) {
        char head[1024] = GET HOST;
        size_t len = strlen(head);
        for (int i = 1; i < count; i++) {
            len += (size_t)snprintf(head + len, sizeof(head) - len, "X:\r\n");
        }
        len += (size_t)snprintf(head + len, sizeof(head) - len, "\r\n");
        struct result result;
        parse_whole(head, len, sizeof(head), &result);
        assert_int_equal(result.outcome,
                         count > HTTP_MAX_FIELDS ? HTTP_PARSE_TOO_LARGE : HTTP_PARSE_OK);
    }
}

/*
 * What was looked at is not looked at again: the bytes before *scanned in the line that is coming
 * in are spoiled between the calls with what would be refused at selection_request, and nothing is
 * noticed until the line ends. So a byte costs one look on its way in, and 1 MiB of them is no
 * matter.
 */
static void test_dribble_is_linear(void **state)
{
    (void)state;
    enum {
        LINE_BYTES = 1 << 20
    };
    char *head = malloc(LINE_BYTES);
    assert_non_null(head);
    static const char start[] = GET HOST "X: ";
    memset(head, 'x', LINE_BYTES);
    memcpy(head, start, sizeof(start) - 1);
    struct http_request request;
    size_t head_len;
    size_t scanned = 0;
    for (size_t len = 1; len < LINE_BYTES; len++) {
        assert_int_equal(
            http_request_parse(slice_of(head, len), LINE_BYTES, &scanned, &request, &head_len),
            HTTP_PARSE_MORE);
        assert_int_equal(scanned, len);
        if (len > sizeof(start) + 1) {
            head[len - 2] = '\x01';
        }
    }
    assert_int_equal(
        http_request_parse(slice_of(head, LINE_BYTES), LINE_BYTES, &scanned, &request, &head_len),
        HTTP_PARSE_TOO_LARGE);
    free(head);
}

static void test_refusals(void **state)
{
    (void)state;
    static const int statuses[] = {
        [HTTP_PARSE_OK] = 200,           [HTTP_PARSE_MORE] = 408,
        [HTTP_PARSE_BAD_REQUEST] = 400,  [HTTP_PARSE_HAS_BODY] = 413,
        [HTTP_PARSE_URI_TOO_LONG] = 414, [HTTP_PARSE_TOO_LARGE] = 431,
        [HTTP_PARSE_METHOD] = 501,       [HTTP_PARSE_METHOD_NOT_ALLOWED] = 405,
        [HTTP_PARSE_VERSION] = 505,
    };
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        assert_int_equal(http_parse_status((enum http_parse)i), statuses[i]);
        const char *message = http_parse_message((enum http_parse)i);
        assert_true(strlen(message) > 10 && message[strlen(message) - 1] == '.');
    }
}

static void test_fields_of_what_is_no_head(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *origin; /* NULL: none */
    } cases[] = {
        {"", NULL},
        {"GET", NULL},
        {"Origin: a\r\n", NULL},
        {GET "Origin: a", NULL},
        {GET "Origin: a\r\n", "a"},
        {GET "Origin: a\r\nOrigin: b\r\n", "a"},
        {"\r\n" GET HOST "oRIGIN:\t a \r\n", "a"},
        {"nonsense\n\tb\n: c\nOrigin:a\n", "a"},
        {GET HOST "\r\nOrigin: a\r\n", NULL},
        {GET "Origin : a\r\n", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice value = http_head_field(slice_str(cases[i].head), "Origin");
        assert_int_equal(value.data != NULL, cases[i].origin != NULL);
        assert_text(value, cases[i].origin == NULL ? "" : cases[i].origin);
    }
    assert_null(http_head_field(slice_of(NULL, 0), "Origin").data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_field_count),
        cmocka_unit_test(test_dribble_is_linear),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_fields_of_what_is_no_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
