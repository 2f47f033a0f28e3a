/* What one evaluation may cost at most, and that beyond it a filter fails and keeps nothing. */
#include "core/filter/selection.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    LARGE = 1000 * 1000
};

static struct path_index *record_index;
static struct buf record;

static void repeat(const char *before, const char *piece, const char *after)
{
    buf_append_str(&record, before);
    for (size_t end = record.len + LARGE; record.len < end;) {
        buf_append_str(&record, piece);
    }
    buf_append_str(&record, after);
}

static int setup(void **state)
{
    (void)state;
    record_index = path_index_new();
    record = BUF_INIT;
    return record_index == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_fini(&record);
    path_index_free(record_index);
    return 0;
}

/* The condition `count` times over. */
static enum filter_verdict judge(const char *condition, int count, uint64_t *cost_ns)
{
    struct buf text = BUF_INIT;
    struct filter *filter;
    struct filter_fault fault;
    for (int i = 0; i < count; i++) {
        buf_printf(&text, "%s%s", i == 0 ? "" : " || ", condition);
    }
    assert_int_equal(filter_parse(buf_slice(&text), NULL, NULL, &filter, &fault), 0);
    struct path_entry **entries = filter_add_paths(filter, record_index);
    assert_non_null(entries);
    path_index_set_record(record_index, buf_slice(&record));
    *cost_ns = 0;
    enum filter_verdict verdict = filter_evaluate(filter, entries, record_index, cost_ns);
    uint64_t again = 0;
    /* Whatever the index knows already. */
    assert_int_equal(filter_evaluate(filter, entries, record_index, &again), verdict);
    assert_int_equal(again, *cost_ns);
    filter_remove_paths(filter, record_index, entries);
    filter_free(filter);
    buf_fini(&text);
    return verdict;
}

static void one_evaluation_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *before, *piece, *after, *condition;
    } attacks[] = {
        {"{\"t\":\"", "\\n......", "\"}", "t.contains('b')"},
        {"{\"t\":\"", "a", "\"}", "t.contains('aaaaaaaaaaaaaaabaaaaaaaaaaaaaaa')"},
        {"{\"n\":", "7", "}", "n < n"},
        {"{\"l\":[1", ",1", "]}", "2 in l"},
        {"{\"l\":[1", ",1", "]}", "\"x\" in l"},
        {"{\"k\":\"a\",\"o\":{\"b\":1", ",\"\\u0062\":1", "}}", "k in o"},
        {"{\"t\":\"", "\\u0061", "\"}", "t != t"},
    };
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        uint64_t cost_ns;
        buf_clear(&record);
        repeat(attacks[i].before, attacks[i].piece, attacks[i].after);
        if (judge(attacks[i].condition, 80, &cost_ns) != FILTER_TOO_COSTLY) {
            fail_msg("%s: %llu", attacks[i].condition, (unsigned long long)cost_ns);
        }
        assert_true(cost_ns <= FILTER_MAX_COST_NS * 2 + 1); /* the last one was not paid for */
        assert_int_equal(judge(attacks[i].condition, 1, &cost_ns), FILTER_DROPS);
    }
}

/* These are done once per record, so that they may be as many as they like. */
static void what_is_shared_costs_no_filter(void **state)
{
    (void)state;
    static const struct {
        const char *before, *piece, *after, *condition;
    } shared[] = {
        {"{\"t\":\"", "\\u0061", "\"}", "size(t) == 1"},
        {"{\"t\":\"", "\\u0061", "\"}", "t.endsWith('b')"},
        {"{\"l\":[1", ",1", "]}", "size(l) == 1"},
        {"{\"l\":[1", ",1", "]}", "l[100000] == 2"},
        {"{\"o\":{\"b\":1", ",\"\\u0062\":1", "}}", "o.a.b.c == 1"},
        {"{\"o\":{\"b\":1", ",\"\\u0062\":1", "}}", "'a' in o"},
        {"{\"b\":1", ",\"\\u0062\":2", "}", "b == 1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
        uint64_t cost_ns;
        buf_clear(&record);
        repeat(shared[i].before, shared[i].piece, shared[i].after);
        assert_int_equal(judge(shared[i].condition, 60, &cost_ns), FILTER_DROPS);
        assert_true(cost_ns < 20000);
    }
}

static void what_people_ask_for_is_allowed(void **state)
{
    (void)state;
    uint64_t cost_ns;
    repeat("{\"wiki\":\"enwiki\",\"n\":5,\"t\":\"", "It is \\\"said\\\".\\n", "\"}");
    assert_int_equal(judge("wiki == 'enwiki' && (t.contains('a word') || t.contains('other') || "
                           "t.contains('third') || n > 4)",
                           1, &cost_ns),
                     FILTER_KEEPS);
    /* Conditions after a decisive one are not evaluated. */
    assert_int_equal(judge("wiki == 'dewiki' && t.contains('a word')", 30, &cost_ns), FILTER_DROPS);
    assert_true(cost_ns < 10000);
}

static void a_selection_says_why(void **state)
{
    (void)state;
    struct selection_scratch scratch;
    struct selection *selection = selection_new();
    struct filter *filter;
    struct filter_fault fault;
    repeat("{\"l\":[1", ",1", "]}");
    /* It would keep it in the end. */
    struct slice text = slice_str("1 in l && !(2 in l) && !(3 in l) && !(4 in l) && !(5 in l) && "
                                  "!(6 in l)");
    assert_int_equal(selection_scratch_init(&scratch), 0);
    assert_int_equal(filter_parse(text, NULL, NULL, &filter, &fault), 0);
    assert_int_equal(selection_take_filter(selection, filter), 0);
    assert_int_equal(selection_attach(selection, &scratch), 0);
    assert_int_equal(selection_attach(selection, &scratch), 0);
    selection_detach(selection, &scratch);
    struct ksse_event event = {
        .topic = "t", .offset = 17, .data = record.data, .data_len = record.len};
    struct slice data;
    selection_scratch_set(&scratch, buf_slice(&record));
    assert_int_equal(selection_apply(selection, &scratch, &event, &data), SELECTION_FAILED);
    buf_append_char(&scratch.why, '\0');
    assert_non_null(strstr(scratch.why.data, "Record 17 of partition 0, of 10000"));
    selection_detach(selection, &scratch);
    selection_unref(selection);
    selection_scratch_fini(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_evaluation_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_shared_costs_no_filter, setup, teardown),
        cmocka_unit_test_setup_teardown(what_people_ask_for_is_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_selection_says_why, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
