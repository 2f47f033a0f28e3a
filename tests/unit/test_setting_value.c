/* Unit tests of serve/setting_value: each type's notation, forth and back. */
#include "serve/config/setting_value.h"

#include "base/mem.h"
#include "core/stream/topic_pattern.h"
#include "serve/config/listen_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

union value {
    char *text;
    struct listen_address address;
    struct topic_patterns topics;
    bool is_on;
    int64_t number;
    int word;
};

static const char *const ranges[] = {
    [SETTING_TYPE_TEXT] = "",           [SETTING_TYPE_ADDRESS] = "",
    [SETTING_TYPE_TOPICS] = "",         [SETTING_TYPE_BOOL] = "no | yes",
    [SETTING_TYPE_DURATION] = "0..24h", [SETTING_TYPE_BYTES] = "1KiB..1TiB",
    [SETTING_TYPE_INTEGER] = "1..100",  [SETTING_TYPE_ENUM] = "one | two | three",
};

static struct setting_kind kind_of(enum setting_type type)
{
    return (struct setting_kind){type, "it", ranges[type]};
}

static const struct {
    enum setting_type type;
    const char *text;
    const char *printed;
} good_values[] = {
    {SETTING_TYPE_TEXT, "", ""},
    {SETTING_TYPE_TEXT, " caf\xc3\xa9 ", " caf\xc3\xa9 "},
    {SETTING_TYPE_ADDRESS, "[::1]:80", "[::1]:80"},
    {SETTING_TYPE_TOPICS, "", ""},
    {SETTING_TYPE_TOPICS, " a, ^b", "a, ^b"},
    {SETTING_TYPE_BOOL, "yes", "yes"},
    {SETTING_TYPE_BOOL, "true", "yes"},
    {SETTING_TYPE_BOOL, "on", "yes"},
    {SETTING_TYPE_BOOL, "1", "yes"},
    {SETTING_TYPE_BOOL, "no", "no"},
    {SETTING_TYPE_BOOL, "false", "no"},
    {SETTING_TYPE_BOOL, "off", "no"},
    {SETTING_TYPE_BOOL, "0", "no"},
    {SETTING_TYPE_DURATION, "0", "0"},
    {SETTING_TYPE_DURATION, "0s", "0"},
    {SETTING_TYPE_DURATION, "500ms", "500ms"},
    {SETTING_TYPE_DURATION, "1500ms", "1500ms"},
    {SETTING_TYPE_DURATION, "2000ms", "2s"},
    {SETTING_TYPE_DURATION, "15s", "15s"},
    {SETTING_TYPE_DURATION, "60s", "1m"},
    {SETTING_TYPE_DURATION, "90m", "90m"},
    {SETTING_TYPE_DURATION, "24h", "24h"},
    {SETTING_TYPE_BYTES, "1024", "1KiB"},
    {SETTING_TYPE_BYTES, "1025", "1025"},
    {SETTING_TYPE_BYTES, "64KiB", "64KiB"},
    {SETTING_TYPE_BYTES, "8MiB", "8MiB"},
    {SETTING_TYPE_BYTES, "1024GiB", "1TiB"},
    {SETTING_TYPE_INTEGER, "1", "1"},
    {SETTING_TYPE_INTEGER, "100", "100"},
    {SETTING_TYPE_ENUM, "one", "one"},
    {SETTING_TYPE_ENUM, "three", "three"},
};

static void good(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good_values); i++) {
        struct setting_kind kind = kind_of(good_values[i].type);
        union value value = {0};
        struct ksse_error error = {""};
        if (setting_value_set(&kind, &value, good_values[i].text, &error) != 0) {
            fail_msg("\"%s\": %s", good_values[i].text, error.message);
        }
        union value copy;
        assert_int_equal(setting_value_copy(kind.type, &copy, &value), 0);
        setting_value_fini(kind.type, &value);
        struct buf printed = BUF_INIT;
        setting_value_print(&kind, &copy, &printed);
        buf_append_char(&printed, '\0');
        assert_string_equal(printed.data, good_values[i].printed);
        buf_fini(&printed);
        setting_value_fini(kind.type, &copy);
    }
}

static void values_have_their_units(void **state)
{
    (void)state;
    union value value = {0};
    struct setting_kind kind = kind_of(SETTING_TYPE_DURATION);
    assert_int_equal(setting_value_set(&kind, &value, "2h", NULL), 0);
    assert_int_equal(value.number, 7200000);
    kind = kind_of(SETTING_TYPE_BYTES);
    assert_int_equal(setting_value_set(&kind, &value, "3GiB", NULL), 0);
    assert_int_equal(value.number, INT64_C(3221225472));
    kind = kind_of(SETTING_TYPE_ENUM);
    assert_int_equal(setting_value_set(&kind, &value, "three", NULL), 0);
    assert_int_equal(value.word, 2);
}

static const struct {
    enum setting_type type;
    const char *text;
    const char *part;
} bad_cases[] = {
    {SETTING_TYPE_TEXT, "a\r\nSet-Cookie: b", "control"},
    {SETTING_TYPE_TEXT, "\x7f", "control"},
    {SETTING_TYPE_ADDRESS, "", "port is missing"},
    {SETTING_TYPE_ADDRESS, "x:70000", "65535"},
    {SETTING_TYPE_TOPICS, "a b", "it: \"a b\" is no topic name"},
    {SETTING_TYPE_TOPICS, "^(", "no regular expression"},
    {SETTING_TYPE_BOOL, "", "yes or no"},
    {SETTING_TYPE_BOOL, "YES", "yes or no"},
    {SETTING_TYPE_BOOL, "2", "yes or no"},
    {SETTING_TYPE_DURATION, "", "500ms, 15s, 2m or 1h"},
    {SETTING_TYPE_DURATION, "10", "unit"},
    {SETTING_TYPE_DURATION, "s", "unit"},
    {SETTING_TYPE_DURATION, "-1s", "unit"},
    {SETTING_TYPE_DURATION, "+1s", "unit"},
    {SETTING_TYPE_DURATION, "1.5s", "unit"},
    {SETTING_TYPE_DURATION, "1 s", "unit"},
    {SETTING_TYPE_DURATION, "1d", "unit"},
    {SETTING_TYPE_DURATION, "1KiB", "unit"},
    {SETTING_TYPE_DURATION, "25h", "0..24h"},
    {SETTING_TYPE_DURATION, "9223372036854775807h", "unit"},
    {SETTING_TYPE_DURATION, "9223372036854775808ms", "unit"},
    {SETTING_TYPE_BYTES, "1023", "1KiB..1TiB"},
    {SETTING_TYPE_BYTES, "0", "1KiB..1TiB"},
    {SETTING_TYPE_BYTES, "2TiB", "1KiB..1TiB"},
    {SETTING_TYPE_BYTES, "64KB", "KiB, MiB"},
    {SETTING_TYPE_BYTES, "64kib", "KiB, MiB"},
    {SETTING_TYPE_BYTES, "9999999999TiB", "KiB, MiB"},
    {SETTING_TYPE_INTEGER, "0", "1..100"},
    {SETTING_TYPE_INTEGER, "101", "1..100"},
    {SETTING_TYPE_INTEGER, "-1", "whole number"},
    {SETTING_TYPE_INTEGER, "1x", "whole number"},
    {SETTING_TYPE_INTEGER, "0x1", "whole number"},
    {SETTING_TYPE_INTEGER, "", "whole number"},
    {SETTING_TYPE_ENUM, "", "one | two | three"},
    {SETTING_TYPE_ENUM, "tw", "one | two | three"},
    {SETTING_TYPE_ENUM, "one | two", "one | two | three"},
    {SETTING_TYPE_ENUM, "Two", "one | two | three"},
};

static void bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
        struct setting_kind kind = kind_of(bad_cases[i].type);
        union value value;
        union value before;
        memset(&value, 0, sizeof value);
        memset(&before, 0, sizeof before);
        struct ksse_error error = {""};
        int rc = setting_value_set(&kind, &value, bad_cases[i].text, &error);
        if (rc != KSSE_EVALUE || strstr(error.message, bad_cases[i].part) == NULL ||
            strncmp(error.message, "it: ", 4) != 0) {
            fail_msg("\"%s\": %d %s", bad_cases[i].text, rc, error.message);
        }
        assert_memory_equal(&value, &before, sizeof value);
    }
}

static void long_values_are_cut_in_messages(void **state)
{
    (void)state;
    char text[5000];
    memset(text, '7', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct setting_kind kind = kind_of(SETTING_TYPE_INTEGER);
    union value value = {0};
    struct ksse_error error;
    assert_int_equal(setting_value_set(&kind, &value, text, &error), KSSE_EVALUE);
    assert_non_null(strstr(error.message, "write a whole number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(values_have_their_units),
        cmocka_unit_test(bad),
        cmocka_unit_test(long_values_are_cut_in_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
