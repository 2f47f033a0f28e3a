/*
 * The index: what is found at paths, the same when it has been asked before, when the table is too
 * small, and by walking. Texts end where their memory does, so that reading on is seen.
 */
#include "core/json_index.h"
#include "base/buf.h"
#include "base/mem.h"
#include "core/json.h"

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

static struct json_value find(struct json_index *index, const char *text)
{
    struct path path;
    size_t at = 0;
    const char *fault;
    assert_int_equal(path_parse(slice_str(text), &at, false, &path, &fault), PATH_OK);
    assert_int_equal(at, strlen(text));
    struct json_value value = json_index_find(index, &path);
    path_fini(&path);
    return value;
}

static void check_case(struct json_index *index, size_t i)
{
    struct json_value value = find(index, cases[i].path);
    if (value.kind != cases[i].kind || !slice_eq_str(value.text, cases[i].text)) {
        fail_msg("%s: %d, %.*s", cases[i].path, value.kind, SLICE_ARG(value.text));
    }
    if (value.kind == JSON_KIND_STRING) {
        assert_int_equal(value.has_escapes, memchr(value.text.data, '\\', value.text.len) != NULL);
    }
}

/* Returns a new copy without a byte behind it. */
static struct slice exact_copy(struct slice text)
{
    char *copy = malloc(text.len);
    memcpy(copy, text.data, text.len);
    return slice_of(copy, text.len);
}

static struct json_index *new_index(void)
{
    struct json_index *index = json_index_new();
    assert_non_null(index);
    return index;
}

static void finds(void **state)
{
    (void)state;
    struct json_index *index = new_index();
    struct slice text = exact_copy(slice_str(record));
    /* Each alone on a fresh index, then all of them twice, forwards and backwards. */
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_index_reset(index, text);
        check_case(index, i);
    }
    json_index_reset(index, text);
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        check_case(index, i < ARRAY_LEN(cases) ? i : 2 * ARRAY_LEN(cases) - 1 - i);
    }
    free((char *)(uintptr_t)text.data);
    json_index_free(index);
}

static void nothing_is_left_of_the_former_text(void **state)
{
    (void)state;
    struct json_index *index = new_index();
    assert_int_equal(find(index, "a").kind, JSON_KIND_MISSING);
    json_index_reset(index, slice_str("{\"a\":{\"b\":1}}"));
    assert_int_equal(find(index, "a.b").kind, JSON_KIND_NUMBER);
    json_index_reset(index, slice_str("{\"b\":{\"a\":1}}"));
    assert_int_equal(find(index, "a.b").kind, JSON_KIND_MISSING);
    assert_int_equal(find(index, "b.a").kind, JSON_KIND_NUMBER);
    json_index_free(index);
}

/* Members enough for many groups of tags, the wanted one at every place among them. */
static void finds_each_of_many(void **state)
{
    (void)state;
    struct json_index *index = new_index();
    for (int count = 1; count < 70; count++) {
        struct buf text = BUF_INIT;
        for (int i = 0; i < count; i++) {
            buf_printf(&text, "%c\"name_%d\":%d", i == 0 ? '{' : ',', i, i);
        }
        buf_append_char(&text, '}');
        json_index_reset(index, buf_slice(&text));
        for (int i = 0; i < count; i++) {
            char name[32];
            char number[16];
            snprintf(name, sizeof(name), "name_%d", i);
            snprintf(number, sizeof(number), "%d", i);
            assert_true(slice_eq_str(find(index, name).text, number));
        }
        assert_int_equal(find(index, "name_x").kind, JSON_KIND_MISSING);
        buf_fini(&text);
    }
    json_index_free(index);
}

/* `before` is as many members as the table then has no room for the others, or more. */
static void check_full(struct json_index *index, int before)
{
    struct buf text = BUF_INIT;
    buf_append_str(&text, "{\"first\":{\"x\":[0,{\"y\":\"z\"}]},\"many\":{");
    for (int i = 0; i < before; i++) {
        buf_printf(&text, "\"m%d\":%d,", i, i);
    }
    buf_append_str(&text, "\"last\":[1,2]},\"rest\":{\"a\":{\"b\":[3]},\"\\u0061c\":1}}");
    json_index_reset(index, buf_slice(&text));
    for (int turn = 0; turn < 2; turn++) {
        assert_true(slice_eq_str(find(index, "many.m0").text, "0"));
        assert_true(slice_eq_str(find(index, "many.last[1]").text, "2"));
        assert_true(slice_eq_str(find(index, "rest.a.b[0]").text, "3"));
        assert_true(slice_eq_str(find(index, "rest.ac").text, "1"));
        assert_true(slice_eq_str(find(index, "first.x[1].y").text, "z"));
        assert_int_equal(find(index, "rest.a.b[1]").kind, JSON_KIND_MISSING);
        assert_int_equal(find(index, "rest.a.c").kind, JSON_KIND_MISSING);
        struct json_value many = find(index, "many");
        assert_int_equal(json_index_size(index, &many), before + 1);
        struct json_text name = json_text_of(slice_str("last"), false);
        assert_int_equal(json_index_member(index, &many, &name).kind, JSON_KIND_ARRAY);
    }
    buf_fini(&text);
}

static void falls_back_to_scanning(void **state)
{
    (void)state;
    struct json_index *index = new_index();
    for (int before = JSON_INDEX_ENTRIES - 12; before < JSON_INDEX_ENTRIES + 2; before++) {
        check_full(index, before);
    }
    check_full(index, 3 * JSON_INDEX_ENTRIES);
    check_full(index, 1);
    json_index_free(index);
}

static void members(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool has_escapes;
        const char *text; /* NULL: missing */
    } members[] = {
        {"a", false, "2"},         {"\\u0061", true, "2"},    {"ab", false, "\"esc\""},
        {"a\\u0062", true, "esc"}, {"\\u0061b", false, NULL}, {"", false, "no name"},
        {"a\\nb", true, "7"},      {"a\\nb", false, NULL},    {"a\nb", false, "7"},
        {"nothing", false, NULL},  {"\\u0000", true, NULL},
    };
    struct json_index *index = new_index();
    struct buf text = BUF_INIT;
    buf_printf(&text, "{\"r\":%s}", record);
    json_index_reset(index, buf_slice(&text));
    struct json_value object = find(index, "r");
    struct json_value walked = object;
    walked.id = 0;
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct json_text name = json_text_of(slice_str(members[i].name), members[i].has_escapes);
        struct json_value value = json_index_member(index, &object, &name);
        assert_int_equal(value.kind == JSON_KIND_MISSING, members[i].text == NULL);
        if (value.kind == JSON_KIND_NUMBER) {
            assert_true(slice_eq_str(value.text, members[i].text));
        }
        struct json_value scanned = json_index_member(index, &walked, &name);
        assert_true(slice_eq(scanned.text, value.text));
    }
    assert_int_equal(json_index_size(index, &object), json_index_size(index, &walked));
    assert_int_equal(json_index_size(index, &object), 16);
    buf_fini(&text);
    json_index_free(index);
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
                                       false, text, 0};
        struct json_walk walk = json_walk_begin(&container);
        struct slice name;
        struct json_value value;
        while (json_walk_next(&walk, &name, &value)) {
            if (walk.is_object) {
                buf_append_slice(&seen, name);
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
    assert_null(json_index_new());
    mem_fail_after(-1);
    json_index_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(nothing_is_left_of_the_former_text),
        cmocka_unit_test(finds_each_of_many),
        cmocka_unit_test(falls_back_to_scanning),
        cmocka_unit_test(members),
        cmocka_unit_test(walks),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
