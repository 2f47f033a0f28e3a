/* Plug-ins, most of them bad ones: tests/plugins/CMakeLists.txt says what is wrong with each. */
#include "plugin/plugin.h"
#include "support/unit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD PLUGINS "/good.so"

static struct plugin *open_well(const char *spec)
{
    struct plugin *plugin = NULL;
    struct ksse_error error = {"nothing was said"};
    if (plugin_open(spec, &plugin, &error) != 0) {
        fail_msg("%s: %s", spec, error.message);
    }
    return plugin;
}

/* Opens it in vain; the sentence must have all of `words`, which are separated by |. */
static void assert_refused(const char *spec, const char *words)
{
    struct plugin *untouched = (struct plugin *)&untouched;
    struct plugin *plugin = untouched;
    struct ksse_error error;
    char list[200];
    memset(&error, 'x', sizeof(error));
    assert_int_equal(plugin_open(spec, &plugin, &error), KSSE_EVALUE);
    assert_ptr_equal(plugin, untouched);
    assert_true(strlen(error.message) < sizeof(error.message));
    assert_true(strpbrk(error.message, "\n\t\r") == NULL);
    snprintf(list, sizeof(list), "%s", words);
    for (char *word = strtok(list, "|"); word != NULL; word = strtok(NULL, "|")) {
        if (strstr(error.message, word) == NULL) {
            fail_msg("%s: no '%s' in: %s", spec, word, error.message);
        }
    }
    assert_int_equal(plugin_open(spec, &plugin, NULL), KSSE_EVALUE);
}

static int number_of(void *library, const char *symbol)
{
    const int *number = dlsym(library, symbol);
    assert_non_null(number);
    return *number;
}

static void test_its_life(void **state)
{
    (void)state;
    void *library = dlopen(GOOD, RTLD_NOW | RTLD_LOCAL); /* so that its counters live on */
    assert_non_null(library);
    struct plugin *plugin = open_well(GOOD "?a=1,b?c d");
    assert_string_equal(plugin_spec(plugin), GOOD "?a=1,b?c d");
    assert_string_equal(plugin_name(plugin), "variant");
    assert_string_equal(plugin_state(plugin), "a=1,b?c d");
    assert_int_equal(number_of(library, "opened"), 1);
    struct plugin *other = open_well(GOOD);
    assert_string_equal(plugin_state(other), "");
    assert_int_equal(number_of(library, "opened"), 2);
    plugin_close(plugin);
    assert_string_equal(plugin_state(other), "");
    assert_int_equal(number_of(library, "closed"), 1);
    plugin_close(other);
    assert_int_equal(number_of(library, "closed"), 2);
    dlclose(library);
    plugin_close(NULL);
}

static void test_it_is_unloaded(void **state)
{
    (void)state;
    plugin_close(open_well(GOOD));
    assert_null(dlopen(GOOD, RTLD_NOW | RTLD_NOLOAD));
    assert_refused(PLUGINS "/no_name.so", "name");
    assert_null(dlopen(PLUGINS "/no_name.so", RTLD_NOW | RTLD_NOLOAD));
}

static void test_its_symbols_are_its_own(void **state)
{
    (void)state;
    struct plugin *plugin = open_well(GOOD);
    assert_null(dlsym(RTLD_DEFAULT, "opened"));
    assert_null(dlsym(RTLD_DEFAULT, KSSE_PLUGIN_SYMBOL));
    plugin_close(plugin);
}

static char text[64];

static void append(struct ksse_output *output, const void *data, size_t len)
{
    (void)output;
    assert_true(len < sizeof(text));
    memcpy(text, data, len);
    text[len] = '\0';
}

static void test_its_functions(void **state)
{
    (void)state;
    struct plugin *plugin = open_well(GOOD "?shown");
    struct ksse_output output = {append};
    struct ksse_record record = {.topic = "t", .value = ""};
    struct ksse_event event = {.topic = "t", .offset = 3, .data = "{}", .data_len = 2};
    ksse_deserialize_fn deserialize = plugin_deserialize(plugin);
    ksse_filter_fn filter = plugin_filter(plugin);
    assert_int_equal(deserialize(plugin_state(plugin), &record, &output), KSSE_DESERIALIZED_TEXT);
    assert_string_equal(text, "shown");
    assert_int_equal(filter(plugin_state(plugin), &event, &output), KSSE_FILTER_DROP);
    plugin_close(plugin);
}

static void test_functions_that_it_does_not_have(void **state)
{
    (void)state;
    struct plugin *plugin = open_well(PLUGINS "/deserializer.so");
    assert_non_null(plugin_deserialize(plugin));
    assert_null(plugin_filter(plugin));
    assert_null(plugin_state(plugin));
    plugin_close(plugin);
    plugin = open_well(PLUGINS "/filter.so");
    assert_null(plugin_deserialize(plugin));
    assert_non_null(plugin_filter(plugin));
    plugin_close(plugin);
}

static void test_one_that_knows_more_than_we_do(void **state)
{
    (void)state;
    plugin_close(open_well(PLUGINS "/larger.so"));
}

static void test_bad_ones(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        const char *words; /* of the sentence */
    } cases[] = {
        {PLUGINS "/newer_abi.so", "newer_abi.so|version 2|version 1|compile it|" KSSE_VERSION},
        {PLUGINS "/no_abi.so", "version 0|version 1|compile it"},
        {PLUGINS "/no_size.so", "no_size.so|has 0 bytes|sizeof(struct ksse_plugin)"},
        {PLUGINS "/small.so", "bytes|sizeof(struct ksse_plugin)"},
        {PLUGINS "/absurd.so", "1048576 bytes|sizeof(struct ksse_plugin)"},
        {PLUGINS "/no_name.so", "no_name.so|no name|.name"},
        {PLUGINS "/empty_name.so", "no name"},
        {PLUGINS "/no_function.so", "neither a deserialize nor a filter function"},
        {PLUGINS "/no_symbol.so", "no_symbol.so is no plug-in|ksse_plugin"},
        {PLUGINS "/lacks_something.so", "cannot load|lacks something|no_such_function"},
        {PLUGINS "/open_fails.so?x", "open_fails.so does not start: the moon is missing"},
        {PLUGINS "/open_fails_silently.so", "does not start: it does not say why"},
        {PLUGINS "/open_fails_endlessly.so", "does not start: xxxxxxxxxxx"},
        {PLUGINS "/nowhere.so", "there is no plug-in " PLUGINS "/nowhere.so"},
        {PLUGINS "/good.so/x", "there is no plug-in"},
        {PLUGINS "/", "plugin:/path/to/file.so"},
        {PLUGINS, "not even a file"},
        {"/dev/null", "not even a file"},
        {"/proc/self/exe", "cannot load"},
        {"/etc/passwd", "cannot load /etc/passwd|no shared object"},
        {"good.so", "whole path|from /|library path"},
        {"./good.so?x", "the plug-in ./good.so must|whole path"},
        {"?x", "plugin:/path/to/file.so?args"},
        {"", "plugin:/path/to/file.so?args"},
        {"/", "plugin:/path/to/file.so"},
        {"/?x", "plugin:/path/to/file.so"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_refused(cases[i].spec, cases[i].words);
    }
}

static void test_what_is_no_library(void **state)
{
    (void)state;
    char folder[] = "/tmp/kafkasse-plugin-XXXXXX";
    char path[64];
    char bytes[60]; /* with more, up to what the ELF header promises, dlopen() itself may crash */
    assert_non_null(mkdtemp(folder));

    snprintf(path, sizeof(path), "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(path, "not even a file"); /* dlopen() would wait for a writer */
    unlink(path);

    int from = open(GOOD, O_RDONLY | O_CLOEXEC);
    assert_true(from >= 0 && read(from, bytes, sizeof(bytes)) == sizeof(bytes));
    close(from);
    snprintf(path, sizeof(path), "%s/half.so", folder);
    FILE *half = fopen(path, "w");
    assert_non_null(half);
    assert_int_equal(fwrite(bytes, 1, sizeof(bytes), half), sizeof(bytes));
    fclose(half);
    assert_refused(path, "cannot load");
    unlink(path);
    rmdir(folder);
}

static void test_specs(void **state)
{
    (void)state;
    static const char *const good[] = {"/x.so", "/a/b.so?", "/a/b.so?c/", "/a b?c?d"};
    static const char *const bad[] = {"",  "x.so", "a/x.so", "../x.so", "?",
                                      "/", "/?",   "/a/",    "/a/?"};
    struct ksse_error error;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(plugin_spec_check(good[i], &error), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        error.message[0] = '\0';
        assert_int_equal(plugin_spec_check(bad[i], &error), KSSE_EVALUE);
        assert_true(error.message[0] != '\0');
        assert_int_equal(plugin_spec_check(bad[i], NULL), KSSE_EVALUE);
    }
}

static bool try_to_open(void)
{
    struct plugin *plugin;
    struct ksse_error error;
    int result = plugin_open(GOOD "?args", &plugin, &error);
    if (result < 0) {
        assert_int_equal(result, KSSE_ENOMEM);
        assert_string_equal(error.message, "out of memory");
        return false;
    }
    plugin_close(plugin);
    return true;
}

static void test_without_memory(void **state)
{
    (void)state;
    fail_each_allocation(try_to_open, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_life),
        cmocka_unit_test(test_it_is_unloaded),
        cmocka_unit_test(test_its_symbols_are_its_own),
        cmocka_unit_test(test_its_functions),
        cmocka_unit_test(test_functions_that_it_does_not_have),
        cmocka_unit_test(test_one_that_knows_more_than_we_do),
        cmocka_unit_test(test_bad_ones),
        cmocka_unit_test(test_what_is_no_library),
        cmocka_unit_test(test_specs),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
