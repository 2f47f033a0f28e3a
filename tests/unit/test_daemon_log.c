/* Unit tests of daemon/log. The daemon is no part of the library, hence its source is in here. */
#include "daemon/log.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct timespec moment = {1767323045, 678999999};

static void expect_line(bool is_json, const char *message, const struct ksse_log_field *fields,
                        size_t field_count, const char *expected)
{
    char text[LOG_LINE_MAX];
    const struct log_line line = {moment,  KSSE_LOG_WARNING, "an-event",
                                  message, fields,           field_count};
    size_t len = log_format_line(&line, is_json, text);
    if (len != strlen(expected) || memcmp(text, expected, len) != 0) {
        fail_msg("%.*s", (int)len, text);
    }
}

static void text_lines(void **state)
{
    (void)state;
    const struct ksse_log_field fields[] = {{"a", "1"},      {"b", "x y"},     {"c", ""},
                                            {"d", "q\"\\="}, {"e", "\x1b[0m"}, {"f", "caf\xc3\xa9"},
                                            {"g", "\xc3"},   {"h", "\xc2\x85"}};
    expect_line(false, "all \"well\"", NULL, 0,
                "2026-01-02T03:04:05.678Z warning an-event all \"well\"\n");
    expect_line(false, "two\nlines\r", NULL, 0,
                "2026-01-02T03:04:05.678Z warning an-event two\\nlines\\u000d\n");
    expect_line(false, "m", fields, 8,
                "2026-01-02T03:04:05.678Z warning an-event m a=1 b=\"x y\" c=\"\" d=\"q\\\"\\\\=\" "
                "e=\"\\u001b[0m\" f=\"caf\xc3\xa9\" g=\"\\ufffd\" h=\"\\ufffd\"\n");
}

static void json_lines(void **state)
{
    (void)state;
    const struct ksse_log_field fields[] = {{"a", "1"},
                                            {"b", "\"\\\n\t\x7f"},
                                            {"c", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
                                            {"d", "\xff\xed\xa0\x80\xe2\x82"}};
    expect_line(
        true, "m", fields, 4,
        "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warning\",\"event\":\"an-event\","
        "\"message\":\"m\",\"a\":\"1\",\"b\":\"\\\"\\\\\\n\\u0009\\u007f\","
        "\"c\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\","
        "\"d\":\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"}\n");
}

static void check_form(const struct log_line *line, bool is_json)
{
    char text[LOG_LINE_MAX];
    size_t len = log_format_line(line, is_json, text);
    assert_true(len <= LOG_LINE_MAX);
    assert_int_equal(text[len - 1], '\n');
    assert_null(memchr(text, '\n', len - 1));
    if (is_json) {
        assert_memory_equal(text + len - 3, "\"}\n", 3);
    }
}

static void fill(char *text, const char *unit, size_t copies)
{
    size_t len = strlen(unit);
    for (size_t i = 0; i < copies; i++) {
        memcpy(text + i * len, unit, len);
    }
    text[copies * len] = '\0';
}

/* Whatever the lengths are: one line, not too long, that ends as it should. */
static void long_lines_keep_their_form(void **state)
{
    (void)state;
    static char long_text[2 * LOG_LINE_MAX];
    static const char *const units[] = {"x", "\"", "\x01", "\xc3\xa9", "\xff"};
    const struct ksse_log_field fields[] = {{"short", "1"}, {"long", long_text}, {"more", "2"}};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        for (size_t count = 7900; count < 8300; count++) {
            fill(long_text, units[u], count / strlen(units[u]));
            struct log_line line = {moment, KSSE_LOG_INFO, "e", "m", fields, 3};
            check_form(&line, false);
            check_form(&line, true);
            line.message = long_text;
            check_form(&line, false);
            check_form(&line, true);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(long_lines_keep_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
