/* The plug-ins of examples/plugin, opened as the server opens them. */
#include "base/buf.h"
#include "plugin/plugin.h"
#include "support/unit.h"

static struct buf text;

static void append(struct ksse_output *output, const void *data, size_t len)
{
    (void)output;
    buf_append(&text, data, len);
}

static struct ksse_output output = {append};

static struct plugin *open_well(const char *spec)
{
    struct plugin *plugin = NULL;
    struct ksse_error error = {"nothing was said"};
    if (plugin_open(spec, &plugin, &error) != 0) {
        fail_msg("%s: %s", spec, error.message);
    }
    return plugin;
}

static void assert_refused(const char *spec, const char *words)
{
    struct plugin *plugin;
    struct ksse_error error;
    assert_int_equal(plugin_open(spec, &plugin, &error), KSSE_EVALUE);
    if (strstr(error.message, words) == NULL) {
        fail_msg("%s: no '%s' in: %s", spec, words, error.message);
    }
}

/* The value lies in memory of its own size, so that a sanitizer sees a step too far. */
static enum ksse_deserialized deserialize(struct plugin *plugin, const char *value)
{
    size_t len = strlen(value);
    char *copy = malloc(len > 0 ? len : 1);
    struct ksse_record record = {.topic = "t", .value = copy, .value_len = len};
    memcpy(copy, value, len);
    buf_clear(&text);
    ksse_deserialize_fn function = plugin_deserialize(plugin);
    enum ksse_deserialized result = function(plugin_state(plugin), &record, &output);
    free(copy);
    return result;
}

static const struct {
    const char *line;
    const char *json; /* NULL: it fails */
} csv_lines[] = {
    {"1,b,2.50", "{\"id\":1,\"the name\":\"b\",\"price\":2.50}"},
    {"1,b,2.50\r\n", "{\"id\":1,\"the name\":\"b\",\"price\":2.50}"},
    {",,", "{\"id\":\"\",\"the name\":\"\",\"price\":\"\"}"},
    {"-0,07,1.", "{\"id\":-0,\"the name\":\"07\",\"price\":\"1.\"}"},
    {"-,.5,1.5.5", "{\"id\":\"-\",\"the name\":\".5\",\"price\":\"1.5.5\"}"},
    {"0.1,1e5, 1", "{\"id\":0.1,\"the name\":\"1e5\",\"price\":\" 1\"}"},
    {"\"1\",\"a,b\",\"\"", "{\"id\":\"1\",\"the name\":\"a,b\",\"price\":\"\"}"},
    {"\"a\"\"b\",a\"b,\"\"\"\"",
     "{\"id\":\"a\\u0022b\",\"the name\":\"a\\u0022b\",\"price\":\"\\u0022\"}"},
    {"\\,\t,\"x\ny\"", "{\"id\":\"\\u005c\",\"the name\":\"\\u0009\",\"price\":\"x\\u000ay\"}"},
    {"", NULL},
    {"1", NULL},
    {"1,2", NULL},
    {"1,2,3,4", NULL},
    {"1,2,3,", NULL},
    {"1,2,\"", NULL},
    {"1,2,\"a", NULL},
    {"1,2,\"a\"\"", NULL},
    {"1,2,\"a\"b", NULL},
    {"\"1,2,3", NULL},
};

static void test_csv(void **state)
{
    (void)state;
    struct plugin *plugin = open_well(PLUGINS "/csv.so?id,the name,price");
    assert_null(plugin_filter(plugin));
    for (size_t i = 0; i < ARRAY_LEN(csv_lines); i++) {
        enum ksse_deserialized result = deserialize(plugin, csv_lines[i].line);
        bool is_good = csv_lines[i].json != NULL;
        if (result != (is_good ? KSSE_DESERIALIZED_JSON : KSSE_DESERIALIZED_FAILED) ||
            (is_good && !slice_eq_str(buf_slice(&text), csv_lines[i].json)) ||
            (!is_good && memchr(text.data, '{', text.len) != NULL)) {
            fail_msg("%s: %d %.*s", csv_lines[i].line, (int)result, SLICE_ARG(buf_slice(&text)));
        }
    }
    plugin_close(plugin);
    buf_fini(&text);
}

static void test_columns(void **state)
{
    (void)state;
    char spec[1000] = PLUGINS "/csv.so?";
    for (size_t at = strlen(spec), i = 0; i < 64; i++) {
        at += (size_t)snprintf(spec + at, sizeof(spec) - at, i == 0 ? "c%zu" : ",c%zu", i);
    }
    plugin_close(open_well(spec));
    strcat(spec, ",d");
    assert_refused(spec, "64 at most");
    plugin_close(open_well(PLUGINS "/csv.so?a"));
    assert_refused(PLUGINS "/csv.so", "names of the columns");
    assert_refused(PLUGINS "/csv.so?", "names of the columns");
    assert_refused(PLUGINS "/csv.so?a,,b", "names of the columns");
    assert_refused(PLUGINS "/csv.so?a,", "names of the columns");
    assert_refused(PLUGINS "/csv.so?a,\"b\"", "names of the columns");
    assert_refused(PLUGINS "/csv.so?a\\n", "names of the columns");
    assert_refused(PLUGINS "/csv.so?a\n", "names of the columns");
}

static void test_sample(void **state)
{
    (void)state;
    struct plugin *plugin = open_well(PLUGINS "/sample.so?3");
    ksse_filter_fn filter = plugin_filter(plugin);
    assert_null(plugin_deserialize(plugin));
    for (int64_t offset = 0; offset < 10; offset++) {
        struct ksse_event event = {.topic = "t", .offset = offset, .data = "{}", .data_len = 2};
        assert_int_equal(filter(plugin_state(plugin), &event, &output),
                         offset % 3 == 0 ? KSSE_FILTER_KEEP : KSSE_FILTER_DROP);
    }
    plugin_close(plugin);
    static const char *const bad[] = {"", "?", "?0", "?-1", "?a", "?3x", "?3,4"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char spec[500];
        snprintf(spec, sizeof(spec), "%s%s", PLUGINS "/sample.so", bad[i]);
        assert_refused(spec, "a number above 0");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
