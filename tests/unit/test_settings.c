/* Unit tests of serve/settings: the table is sound, and the two structs it makes. */
#include "serve/config/settings.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <ctype.h>

static void check_row(const struct ksse_setting *row, const struct settings *defaults, int id)
{
    assert_int_equal(setting_find(row->name), id);
    for (const char *c = row->name; *c != '\0'; c++) {
        assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-');
    }
    size_t help_len = strlen(row->help);
    assert_true(help_len > 20 && row->help[help_len - 1] == '.');
    assert_true(row->section[0] != '\0');
    /* -T and the reference compare values with defaults as texts. */
    struct buf printed = BUF_INIT;
    settings_print(defaults, (enum setting)id, &printed);
    buf_append_char(&printed, '\0');
    assert_string_equal(printed.data, row->default_value);
    buf_fini(&printed);
}

static void the_table_is_sound(void **state)
{
    (void)state;
    struct settings defaults;
    assert_int_equal(settings_init(&defaults), 0);
    const struct ksse_setting *row;
    size_t count = 0;
    bool has_letter[256] = {false};
    for (; (row = ksse_setting_at(count)) != NULL; count++) {
        check_row(row, &defaults, (int)count);
        if (row->letter != 0) {
            assert_false(has_letter[(unsigned char)row->letter]);
            has_letter[(unsigned char)row->letter] = true;
        }
    }
    assert_int_equal(count, SETTING_COUNT);
    assert_null(ksse_setting_at(SETTING_COUNT));
    assert_null(ksse_setting_at(SIZE_MAX));
    settings_fini(&defaults);
}

static void defaults(void **state)
{
    (void)state;
    struct settings s;
    assert_int_equal(settings_init(&s), 0);
    assert_string_equal(s.brokers, "");
    assert_string_equal(s.listen.host, "127.0.0.1");
    assert_int_equal(s.listen.port, 6917);
    assert_int_equal(s.topics.count, 0);
    assert_false(s.is_demo);
    assert_int_equal(s.linger_ms, 60000);
    assert_int_equal(s.log_memory_bytes, 256 << 20);
    assert_int_equal(s.max_clients, 10000);
    assert_int_equal(s.http1_framing, HTTP1_FRAMING_CHUNKED);
    assert_int_equal(s.id_format, SETTING_ID_OFFSET);
    assert_int_equal(s.default_start, SETTING_START_LATEST);
    assert_int_equal(s.gap, SETTING_GAP_EVENT);
    assert_int_equal(s.log_format, LOG_FORMAT_TEXT);
    assert_int_equal(s.log_level, KSSE_LOG_INFO);
    settings_fini(&s);
}

static void words_have_the_order_of_their_enums(void **state)
{
    (void)state;
    struct settings s;
    assert_int_equal(settings_init(&s), 0);
    assert_int_equal(settings_set(&s, "http1-framing", "close", NULL), 0);
    assert_int_equal(s.http1_framing, HTTP1_FRAMING_CLOSE);
    assert_int_equal(settings_set(&s, "id-format", "timestamp", NULL), 0);
    assert_int_equal(s.id_format, SETTING_ID_TIMESTAMP);
    assert_int_equal(settings_set(&s, "default-start", "earliest", NULL), 0);
    assert_int_equal(s.default_start, SETTING_START_EARLIEST);
    assert_int_equal(settings_set(&s, "gap", "silent", NULL), 0);
    assert_int_equal(s.gap, SETTING_GAP_SILENT);
    assert_int_equal(settings_set(&s, "gap", "error", NULL), 0);
    assert_int_equal(s.gap, SETTING_GAP_ERROR);
    assert_int_equal(settings_set(&s, "log-format", "json", NULL), 0);
    assert_int_equal(s.log_format, LOG_FORMAT_JSON);
    assert_int_equal(settings_set(&s, "log-level", "debug", NULL), 0);
    assert_int_equal(s.log_level, KSSE_LOG_DEBUG);
    settings_fini(&s);
}

static void a_bad_set_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        int result;
        const char *part;
    } cases[] = {
        {"linger", "x", KSSE_EVALUE, "linger: "},
        {"lingr", "1s", KSSE_EUNKNOWN, "did you mean \"linger\""},
        {"", "1s", KSSE_EUNKNOWN, "no setting is called \"\""},
        {"Linger", "1s", KSSE_EUNKNOWN, "did you mean \"linger\""},
        {"completely-else", "1s", KSSE_EUNKNOWN, "\"completely-else\""},
        {"topics", "a,,b", KSSE_EVALUE, "topics: "},
        {"brokers", "a\nb", KSSE_EVALUE, "brokers: "},
        {"replay-readers", "65", KSSE_EVALUE, "1..64"},
        {"replay-readers", "0", KSSE_EVALUE, "1..64"},
        {"max-head", "2MiB", KSSE_EVALUE, "1KiB..1MiB"},
        {"gap", "loud", KSSE_EVALUE, "event | silent | error"},
    };
    struct settings s;
    assert_int_equal(settings_init(&s), 0);
    assert_int_equal(settings_set(&s, "topics", "a", NULL), 0);
    assert_int_equal(settings_set(&s, "brokers", "b", NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ksse_error error = {""};
        int rc = settings_set(&s, cases[i].name, cases[i].value, &error);
        if (rc != cases[i].result || strstr(error.message, cases[i].part) == NULL) {
            fail_msg("%s=%s: %d %s", cases[i].name, cases[i].value, rc, error.message);
        }
    }
    assert_string_equal(s.topics.text, "a");
    assert_string_equal(s.brokers, "b");
    assert_int_equal(s.linger_ms, 60000);
    assert_int_equal(s.replay_readers, 4);
    settings_fini(&s);
}

static void route_options_inherit_what_they_lack(void **state)
{
    (void)state;
    struct settings s;
    struct route_options options;
    struct route_options copy;
    memset(&options, 0, sizeof options);
    assert_int_equal(settings_init(&s), 0);
    assert_int_equal(settings_set(&s, "topics", "global", NULL), 0);
    assert_int_equal(settings_set(&s, "gap", "silent", NULL), 0);
    assert_int_equal(route_options_set(&options, "gap", "error", NULL), 0);
    assert_int_equal(route_options_copy(&copy, &options), 0);
    assert_int_equal(route_options_inherit(&copy, &s), 0);
    assert_int_equal(copy.gap, SETTING_GAP_ERROR);
    assert_string_equal(copy.topics.text, "global");
    assert_true(copy.is_set[SETTING_topics]);
    assert_false(options.is_set[SETTING_topics]);
    assert_false(copy.is_set[SETTING_linger_ms]);
    settings_fini(&s);
    assert_true(topic_patterns_match(&copy.topics, "global"));
    route_options_fini(&options);
    route_options_fini(&copy);
}

static void route_options_refuse(void **state)
{
    (void)state;
    struct route_options options;
    struct ksse_error error;
    memset(&options, 0, sizeof options);
    assert_int_equal(route_options_set(&options, "linger", "1s", &error), KSSE_EUNKNOWN);
    assert_non_null(strstr(error.message, "whole server"));
    assert_int_equal(route_options_set(&options, "gapp", "event", &error), KSSE_EUNKNOWN);
    assert_non_null(strstr(error.message, "did you mean \"gap\""));
    assert_int_equal(route_options_set(&options, "lingr", "1s", &error), KSSE_EUNKNOWN);
    assert_null(strstr(error.message, "did you mean"));
    assert_int_equal(route_options_set(&options, "gap", "x", &error), KSSE_EVALUE);
    assert_int_equal(route_options_set(&options, "topics", "^(", &error), KSSE_EVALUE);
    for (int id = 0; id < SETTING_COUNT; id++) {
        assert_false(options.is_set[id]);
    }
    route_options_fini(&options);
}

static int use_everything(void)
{
    struct settings s;
    struct settings copy;
    struct route_options options;
    memset(&options, 0, sizeof options);
    int rc = settings_init(&s);
    if (rc != 0) {
        return rc;
    }
    rc = settings_set(&s, "topics", "a,^b", NULL);
    if (rc == 0) {
        rc = settings_copy(&copy, &s);
        if (rc == 0) {
            rc = route_options_inherit(&options, &copy);
            settings_fini(&copy);
        }
    }
    settings_fini(&s);
    route_options_fini(&options);
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        mem_fail_after(n);
        int rc = use_everything();
        int has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(rc, has_failed ? KSSE_ENOMEM : 0);
        if (!has_failed) {
            assert_true(n > 10);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(defaults),
        cmocka_unit_test(words_have_the_order_of_their_enums),
        cmocka_unit_test(a_bad_set_changes_nothing),
        cmocka_unit_test(route_options_inherit_what_they_lack),
        cmocka_unit_test(route_options_refuse),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
