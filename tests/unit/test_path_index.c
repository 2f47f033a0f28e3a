/*
 * The index: what is found at paths, alone and among thousands that others want, and by walking.
 * Texts end where their memory does, so that reading on is seen.
 */
#include "core/filter/path_index.h"
#include "base/buf.h"
#include "base/mem.h"
#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char record[] =
    "{\"a\":1,\"b\":{\"c\":[10,{\"d\":\"x\"},[]],\"e\":null},\"text\":\"q\\\"}],{[\",\"empty\":{},"
    "\"none\":[],\"t\":true,\"f\":false,\"a\":2,\"\\u0061b\":\"esc\",\"\":\"no name\","
    "\"long name with more than sixteen bytes\":-1.5e3,\"deep\":[[[[[[1]]]]]],"
    "\"\xc3\xa9\":\"\xc3\xa9\",\"a\\nb\":7,\"__proto__\":8,"
    "\"_kafka\":{\"topic\":\"t\",\"headers\":{\"x y\":\"1\"},\"key\":null}}";

static const struct {
    const char *path;
    enum json_kind kind;
    const char *text;
} cases[] = {
    {"a", JSON_KIND_NUMBER, "2"}, /* the last one counts */
    {"b", JSON_KIND_OBJECT, "{\"c\":[10,{\"d\":\"x\"},[]],\"e\":null}"},
    {"b.c", JSON_KIND_ARRAY, "[10,{\"d\":\"x\"},[]]"},
    {"b.c[0]", JSON_KIND_NUMBER, "10"},
    {"b.c[1].d", JSON_KIND_STRING, "x"},
    {"b.c[2]", JSON_KIND_ARRAY, "[]"},
    {"b.e", JSON_KIND_NULL, "null"},
    {"text", JSON_KIND_STRING, "q\\\"}],{["},
    {"empty", JSON_KIND_OBJECT, "{}"},
    {"none", JSON_KIND_ARRAY, "[]"},
    {"t", JSON_KIND_TRUE, "true"},
    {"f", JSON_KIND_FALSE, "false"},
    {"ab", JSON_KIND_STRING, "esc"},
    {"[\"\"]", JSON_KIND_STRING, "no name"},
    {"[\"long name with more than sixteen bytes\"]", JSON_KIND_NUMBER, "-1.5e3"},
    {"deep[0][0][0][0][0][0]", JSON_KIND_NUMBER, "1"},
    {"[\"\xc3\xa9\"]", JSON_KIND_STRING, "\xc3\xa9"},
    {"[\"a\\nb\"]", JSON_KIND_NUMBER, "7"},
    {"__proto__", JSON_KIND_NUMBER, "8"},
    {"_kafka.headers[\"x y\"]", JSON_KIND_STRING, "1"},
    {"_kafka.key", JSON_KIND_NULL, "null"},
    {"A", JSON_KIND_MISSING, ""},
    {"x", JSON_KIND_MISSING, ""},
    {"a.b", JSON_KIND_MISSING, ""},
    {"a[0]", JSON_KIND_MISSING, ""},
    {"b[0]", JSON_KIND_MISSING, ""},
    {"b.c[3]", JSON_KIND_MISSING, ""},
    {"b.c[4294967295]", JSON_KIND_MISSING, ""},
    {"b.c.d", JSON_KIND_MISSING, ""},
    {"b.c[0].d", JSON_KIND_MISSING, ""},
    {"b.c[2][0]", JSON_KIND_MISSING, ""},
    {"none[0]", JSON_KIND_MISSING, ""},
    {"empty.a", JSON_KIND_MISSING, ""},
    {"b.e.f", JSON_KIND_MISSING, ""},
    {"text.q", JSON_KIND_MISSING, ""},
    {"t.r", JSON_KIND_MISSING, ""},
    {"[\"\\\\u0061b\"]", JSON_KIND_MISSING, ""},
    {"[\"long name with more than sixteen byteS\"]", JSON_KIND_MISSING, ""},
    {"topic", JSON_KIND_MISSING, ""},
};

static struct path_entry *want(struct path_index *index, const char *text, bool with_size)
{
    struct path path;
    size_t at = 0;
    const char *fault;
    assert_int_equal(path_parse(slice_str(text), &at, false, &path, &fault), 0);
    assert_int_equal(at, strlen(text));
    struct path_entry *entry = path_index_add(index, &path, with_size);
    path_fini(&path);
    assert_non_null(entry);
    return entry;
}

static struct json_value find(struct path_index *index, const char *text)
{
    struct path_entry *entry = want(index, text, false);
    struct json_value value = *path_index_value(index, entry);
    path_index_remove(index, entry);
    return value;
}

static void check_value(const struct json_value *value, size_t i)
{
    if (value->kind != cases[i].kind || !slice_eq_str(value->text, cases[i].text)) {
        fail_msg("%s: %d, %.*s", cases[i].path, value->kind, SLICE_ARG(value->text));
    }
    if (value->kind == JSON_KIND_STRING) {
        assert_int_equal(value->has_escapes,
                         memchr(value->text.data, '\\', value->text.len) != NULL);
    }
}

static void check_case(struct path_index *index, size_t i)
{
    struct json_value value = find(index, cases[i].path);
    check_value(&value, i);
}

/* Returns a new copy without a byte behind it. */
static struct slice exact_copy(struct slice text)
{
    char *copy = malloc(text.len);
    memcpy(copy, text.data, text.len);
    return slice_of(copy, text.len);
}

static struct path_index *new_index(void)
{
    struct path_index *index = path_index_new();
    assert_non_null(index);
    return index;
}

static void finds(void **state)
{
    (void)state;
    struct path_index *index = new_index();
    struct slice text = exact_copy(slice_str(record));
    struct path_entry *entries[ARRAY_LEN(cases)];
    /* Each alone, then all of them together, some twice. */
    path_index_set_record(index, text);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_case(index, i);
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        entries[i] = want(index, cases[i].path, i % 3 == 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_value(path_index_value(index, entries[i]), i);
        check_case(index, i);
        check_value(path_index_value(index, entries[ARRAY_LEN(cases) - 1 - i]),
                    ARRAY_LEN(cases) - 1 - i);
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        path_index_remove(index, entries[i]);
    }
    free((char *)(uintptr_t)text.data);
    path_index_free(index);
}

static void nothing_is_left_of_the_former_text(void **state)
{
    (void)state;
    struct path_index *index = new_index();
    assert_int_equal(find(index, "a").kind, JSON_KIND_MISSING);
    path_index_set_record(index, slice_str("{\"a\":{\"b\":1}}"));
    assert_int_equal(find(index, "a.b").kind, JSON_KIND_NUMBER);
    path_index_set_record(index, slice_str("{\"b\":{\"a\":1}}"));
    assert_int_equal(find(index, "a.b").kind, JSON_KIND_MISSING);
    assert_int_equal(find(index, "b.a").kind, JSON_KIND_NUMBER);
    path_index_free(index);
}

/* Of members with equal names the last one counts, with all that is in it. */
static void only_the_last_one_is_looked_into(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *found; /* of a.b; NULL: nothing */
    } twice[] = {
        {"{\"a\":{\"b\":1},\"a\":{\"b\":2}}", "2"},
        {"{\"a\":{\"b\":1},\"a\":{\"c\":2}}", NULL},
        {"{\"a\":{\"b\":1},\"a\":5}", NULL},
        {"{\"a\":{\"b\":1},\"\\u0061\":[]}", NULL},
        {"{\"a\":{\"b\":1},\"a\":{}}", NULL},
        {"{\"a\":5,\"a\":{\"b\":{\"x\":1},\"b\":3}}", "3"},
    };
    struct path_index *index = new_index();
    struct path_entry *deep = want(index, "a.b.x", true);
    struct path_entry *entry = want(index, "a.b", false);
    for (size_t i = 0; i < ARRAY_LEN(twice); i++) {
        path_index_set_record(index, slice_str(twice[i].text));
        assert_int_equal(path_index_value(index, deep)->kind, JSON_KIND_MISSING);
        const struct json_value *value = path_index_value(index, entry);
        assert_true(slice_eq_str(value->text, twice[i].found == NULL ? "" : twice[i].found));
    }
    path_index_remove(index, entry);
    path_index_remove(index, deep);
    path_index_free(index);
}

enum {
    MANY = 500
};

/* "list" has the numbers 0 to MANY - 1, "name_<i>" the number i. */
static struct buf text_of_many(void)
{
    struct buf text = BUF_INIT;
    buf_append_str(&text, "{\"list\":[0");
    for (int i = 1; i < MANY; i++) {
        buf_printf(&text, ",%d", i);
    }
    buf_append_str(&text, "]");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&text, i % 2 == 0 ? ",\"name_%d\":%d" : ",\"\\u006eame_%d\":%d", i, i);
    }
    buf_append_str(&text, "}");
    return text;
}

static void check_number(struct path_index *index, struct path_entry *entry, int expected)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", expected);
    assert_true(slice_eq_str(path_index_value(index, entry)->text, number));
}

/* More than make a list, come and gone in another order. */
static void finds_each_of_many(void **state)
{
    (void)state;
    static struct path_entry *names[MANY];
    static struct path_entry *elements[MANY];
    struct path_index *index = new_index();
    struct buf text = text_of_many();
    path_index_set_record(index, buf_slice(&text));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            char path[32];
            snprintf(path, sizeof(path), "name_%d", i);
            names[i] = want(index, path, false);
            snprintf(path, sizeof(path), "list[%d]", i);
            elements[i] = want(index, path, false);
        }
        for (int n = 0; n < MANY; n++) {
            int i = n * 7 % MANY; /* those that come last go first, or in the midst */
            check_number(index, names[i], i);
            check_number(index, elements[i], i);
            path_index_remove(index, names[i]);
            path_index_remove(index, elements[i]);
        }
        assert_int_equal(find(index, "name_x").kind, JSON_KIND_MISSING);
    }
    buf_fini(&text);
    path_index_free(index);
}

static void members(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text; /* NULL: missing */
    } names[] = {
        {"a", "2"},    {"ab", "esc"},     {"", "no name"},
        {"a\nb", "7"}, {"nothing", NULL}, {"\\u0061b", NULL},
    };
    struct path_index *index = new_index();
    struct buf text = BUF_INIT;
    buf_printf(&text, "{\"r\":%s}", record);
    path_index_set_record(index, buf_slice(&text));
    struct path_entry *object = want(index, "r", true);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct slice name = slice_str(names[i].name);
        struct path_entry *entry = path_index_add_member(index, object, name);
        const struct json_value *value = path_index_value(index, entry);
        assert_int_equal(value->kind == JSON_KIND_MISSING, names[i].text == NULL);
        assert_true(slice_eq_str(value->text, names[i].text == NULL ? "" : names[i].text));
        path_index_remove(index, entry);
        struct json_text plain = json_text_of(name, false);
        assert_int_equal(json_has_member(path_index_value(index, object), &plain),
                         names[i].text != NULL);
    }
    struct json_text escaped = json_text_of(slice_str("\\u0061\\u0062"), true);
    assert_true(json_has_member(path_index_value(index, object), &escaped));
    assert_int_equal(path_index_size(index, object), 16);
    path_index_remove(index, object);
    buf_fini(&text);
    path_index_free(index);
}

static void sizes_and_texts(void **state)
{
    (void)state;
    struct path_index *index = new_index();
    static const struct {
        const char *path;
        size_t size;
        const char *text; /* NULL: it is none */
    } cases_of_size[] = {
        {"b", 2, NULL},           {"b.c", 3, NULL},
        {"b.c[1]", 1, NULL},      {"b.c[2]", 0, NULL},
        {"empty", 0, NULL},       {"none", 0, NULL},
        {"text", 7, "q\"}],{["},  {"ab", 3, "esc"},
        {"[\"\"]", 7, "no name"}, {"[\"\xc3\xa9\"]", 1, "\xc3\xa9"},
        {"a", 0, NULL},           {"x", 0, NULL},
    };
    struct path_entry *entries[ARRAY_LEN(cases_of_size)];
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        entries[i] = want(index, cases_of_size[i].path, true);
    }
    for (int round = 0; round < 2; round++) {
        path_index_set_record(index, slice_str(record));
        for (size_t i = 0; i < 2 * ARRAY_LEN(entries); i++) {
            size_t at = i % ARRAY_LEN(entries);
            assert_int_equal(path_index_size(index, entries[at]), cases_of_size[at].size);
            if (cases_of_size[at].text != NULL) {
                struct json_text text = path_index_text(index, entries[at]);
                assert_false(text.has_escapes);
                assert_true(slice_eq_str(text.bytes, cases_of_size[at].text));
            }
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        path_index_remove(index, entries[i]);
    }
    path_index_free(index);
}

/* However many paths there are, and however they nest: a record costs its bytes once. */
static void a_record_costs_its_bytes_once(void **state)
{
    (void)state;
    struct path_index *index = new_index();
    struct path_entry *entries[16];
    char path[64] = "a";
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        entries[i] = want(index, path, true);
        strcat(path, ".a");
    }
    struct buf text = BUF_INIT;
    for (int i = 0; i < 17; i++) {
        buf_append_str(&text, "{\"a\":");
    }
    buf_append_char(&text, '1');
    for (int i = 0; i < 17; i++) {
        for (int n = 0; n < 300; n++) {
            buf_append_str(&text, ",\"\\u0062\":1");
        }
        buf_append_char(&text, '}');
    }
    path_index_set_record(index, buf_slice(&text));
    uint64_t before = path_index_cost_ns(index);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(path_index_size(index, entries[i % ARRAY_LEN(entries)]), 301);
    }
    assert_int_equal(path_index_cost_ns(index) - before, text.len);
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        path_index_remove(index, entries[i]);
    }
    buf_fini(&text);
    path_index_free(index);
}

static void walks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *seen;
    } walks[] = {
        {"{}", ""},
        {"[]", ""},
        {"{\"a\":1}", "a=1;"},
        {"{\"a\\\"\":\"x\\\"y\",\"b\":[1,[2]],\"c\":{\"d\":{}},\"e\":null}",
         "a\\\"=x\\\"y;b=[1,[2]];c={\"d\":{}};e=null;"},
        {"[1,\"]\",{\"a\":\"}\"},[[]],true]", "1;];{\"a\":\"}\"};[[]];true;"},
        {"[\"0123456789abcdef\",\"0123456789abcde\\\\\",\"\"]",
         "0123456789abcdef;0123456789abcde\\\\;;"},
    };
    for (size_t i = 0; i < ARRAY_LEN(walks); i++) {
        struct slice text = exact_copy(slice_str(walks[i].text));
        struct buf seen = BUF_INIT;
        struct json_value container = {*text.data == '{' ? JSON_KIND_OBJECT : JSON_KIND_ARRAY,
                                       false, text};
        struct json_walk walk = json_walk_begin(&container);
        struct json_text name;
        struct json_value value;
        while (json_walk_next(&walk, &name, &value)) {
            if (walk.is_object) {
                buf_append_slice(&seen, name.bytes);
                buf_append_char(&seen, '=');
            }
            buf_append_slice(&seen, value.text);
            buf_append_char(&seen, ';');
        }
        if (!slice_eq_str(buf_slice(&seen), walks[i].seen)) {
            fail_msg("%s: %.*s", walks[i].text, SLICE_ARG(buf_slice(&seen)));
        }
        buf_fini(&seen);
        free((char *)(uintptr_t)text.data);
    }
}

static void no_memory(void **state)
{
    (void)state;
    mem_fail_after(0);
    assert_null(path_index_new());
    mem_fail_after(-1);
    path_index_free(NULL);
    struct path_index *index = new_index();
    struct path path;
    size_t at = 0;
    const char *fault;
    assert_int_equal(path_parse(slice_str("a.b[3].c"), &at, false, &path, &fault), 0);
    struct path_entry *entry = NULL;
    for (int count = 0; entry == NULL; count++) {
        mem_fail_after(count);
        entry = path_index_add(index, &path, false);
        mem_fail_after(-1);
        assert_true(count < 100);
    }
    path_index_remove(index, entry);
    path_fini(&path);
    entry = want(index, "text", false);
    path_index_set_record(index, slice_str(record));
    assert_int_equal(path_index_value(index, entry)->kind, JSON_KIND_STRING);
    mem_fail_after(0);
    struct json_text text = path_index_text(index, entry); /* as it is, then */
    mem_fail_after(-1);
    assert_true(text.has_escapes);
    assert_false(path_index_text(index, entry).has_escapes);
    path_index_remove(index, entry);
    path_index_free(index); /* which asserts that nothing is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(nothing_is_left_of_the_former_text),
        cmocka_unit_test(finds_each_of_many),
        cmocka_unit_test(only_the_last_one_is_looked_into),
        cmocka_unit_test(sizes_and_texts),
        cmocka_unit_test(a_record_costs_its_bytes_once),
        cmocka_unit_test(members),
        cmocka_unit_test(walks),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
