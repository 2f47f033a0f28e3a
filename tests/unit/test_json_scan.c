/* The scanner's parts: every code point, every lead byte, the grammar of numbers and escapes. */
#include "core/json/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int step_of(struct slice s)
{
    return json_utf8_step(s.data, s.data + s.len);
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char text[4];
        int len = json_utf8_encode(code, text);
        assert_int_equal(len, 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000));
        assert_int_equal(json_utf8_decode(text, len), code);
        bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
        assert_int_equal(json_utf8_step(text, text + len), is_surrogate ? -1 : len);
        for (int cut = 1; cut < len; cut++) {
            assert_int_equal(json_utf8_step(text, text + cut), is_surrogate ? -1 : -cut);
        }
    }
}

static void ill_formed_sequences(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        int step;
    } cases[] = {
        {{"\x80", 1}, -1},
        {{"\xbf\x80", 2}, -1},
        {{"\xc0\x80", 2}, -1},
        {{"\xc1\xbf", 2}, -1},
        {{"\xc2\x7f", 2}, -1},
        {{"\xc2\xc0", 2}, -1},
        {{"\xe0\x9f\xbf", 3}, -1},
        {{"\xe0\xa0\x7f", 3}, -2},
        {{"\xed\xa0\x80", 3}, -1},
        {{"\xef\xbf\xc0", 3}, -2},
        {{"\xf0\x8f\xbf\xbf", 4}, -1},
        {{"\xf0\x90\xc0\x80", 4}, -2},
        {{"\xf1\x80\x80\x7f", 4}, -3},
        {{"\xf4\x90\x80\x80", 4}, -1},
        {{"\xf5\x80\x80\x80", 4}, -1},
        {{"\xff\xbf\xbf\xbf", 4}, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(step_of(cases[i].text), cases[i].step);
    }
}

static void numbers_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int len; /* -1: no number */
    } cases[] = {
        {"0", 1},     {"-0", 2},   {"10", 2},        {"1.5", 3},  {"-1.50e+07", 9}, {"0E-0", 4},
        {"01", 1},    {"00", 1},   {"-01", 2},       {"1,2", 1},  {"1e5e5", 3},     {"1.5.5", 3},
        {"", -1},     {"-", -1},   {"+1", -1},       {".5", -1},  {"1.", -1},       {"1.e5", -1},
        {"1e", -1},   {"1e+", -1}, {"1e-x", -1},     {"-.5", -1}, {"--1", -1},      {"e5", -1},
        {"1e400", 5}, {"-e1", -1}, {"\xd9\xa1", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice s = slice_str(cases[i].text);
        const char *end = json_number_end(s.data, s.data + s.len);
        assert_int_equal(end == NULL ? -1 : end - s.data, cases[i].len);
    }
    static const char text[] = "12.5e10";
    static const int selection[] = {-1, 1, 2, -1, 4, -1, 6, 7}; /* cut at each place */
    for (size_t i = 0; i < ARRAY_LEN(selection); i++) {
        const char *end = json_number_end(text, text + i);
        assert_int_equal(end == NULL ? -1 : end - text, selection[i]);
    }
}

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int len;
    } cases[] = {
        {"\\\"", 2},    {"\\\\", 2},    {"\\/", 2},     {"\\b", 2},     {"\\f", 2},
        {"\\n", 2},     {"\\r", 2},     {"\\t", 2},     {"\\u0000", 6}, {"\\uFfAa9", 6},
        {"\\ud800", 6}, {"\\u", 0},     {"\\u12", 0},   {"\\u123", 0},  {"\\u123g", 0},
        {"\\u 123", 0}, {"\\u-123", 0}, {"\\U0041", 0}, {"\\x41", 0},   {"\\'", 0},
        {"\\0", 0},     {"\\v", 0},     {"\\a", 0},     {"\\", 0},      {"", 0},
        {"n", 0},       {"\\\n", 0},    {"\\u{41}", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice s = slice_str(cases[i].text);
        assert_int_equal(json_escape_length(s.data, s.data + s.len), cases[i].len);
    }
    static const char text[] = "\\u0041";
    for (size_t len = 0; len < 6; len++) {
        assert_int_equal(json_escape_length(text, text + len), 0);
    }
}

static void classes(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        bool is_ascii = c < 128 && c > 0;
        assert_int_equal(json_is(byte, JSON_CLASS_SPACE), is_ascii && strchr(" \t\r\n", c) != NULL);
        assert_int_equal(json_is(byte, JSON_CLASS_DIGIT), c >= '0' && c <= '9');
        assert_int_equal(json_is(byte, JSON_CLASS_HEX),
                         is_ascii && strchr("0123456789abcdefABCDEF", c) != NULL);
        assert_int_equal(json_is(byte, JSON_CLASS_PLAIN),
                         c >= 0x20 && c < 0x80 && c != '"' && c != '\\');
        assert_int_equal(json_is(byte, JSON_CLASS_ESCAPE),
                         is_ascii && strchr("\"\\/bfnrt", c) != NULL);
        assert_int_equal(json_is_multibyte(byte), c >= 0x80);
    }
    char text[6];
    json_format_escape(0x20ac, text);
    assert_memory_equal(text, "\\u20ac", 6);
    json_format_escape(0, text);
    assert_memory_equal(text, "\\u0000", 6);
    assert_true(json_is_line_end(0x85) && json_is_line_end(0x2028) && json_is_line_end(0x2029));
    assert_false(json_is_line_end(0x2027) || json_is_line_end(0x202a) || json_is_line_end(0x0a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point), cmocka_unit_test(ill_formed_sequences),
        cmocka_unit_test(numbers_end),      cmocka_unit_test(escapes),
        cmocka_unit_test(classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
