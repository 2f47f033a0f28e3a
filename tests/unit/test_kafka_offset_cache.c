/* What is remembered of a partition's offsets, for whom, and for how long. */
#include "kafka/offset_cache.h"

#include "base/mem.h"
#include "feed/log/source.h"
#include "support/unit.h"

static struct offset_cache a;
static uint64_t request_number;

static int setup(void **state)
{
    (void)state;
    a = (struct offset_cache){0};
    request_number = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    offset_cache_fini(&a);
    return 0;
}

static void take(int64_t moment, int64_t offset, int64_t now_ms)
{
    struct offset_answer answer = {offset < 0 ? ANSWER_NO_RECORD : ANSWER_OFFSET, offset,
                                   ++request_number};
    offset_cache_add(&a, moment, &answer, now_ms);
}

/* To somebody who asks just now. -1: nothing is known. */
static int64_t look(int64_t moment, int64_t now_ms)
{
    struct offset_answer answer = offset_cache_find(&a, moment, request_number, now_ms);
    return answer.kind == ANSWER_OFFSET ? answer.offset : -1;
}

static enum offset_answer_kind look_since(int64_t moment, uint64_t after)
{
    return offset_cache_find(&a, moment, after, 1000000).kind;
}

static void times_between_two_of_one_answer_have_it_too(void **state)
{
    (void)state;
    take(1000, 7, 0);
    assert_int_equal(look(1000, 0), 7);
    assert_int_equal(look(1001, 0), -1);
    take(2000, 7, 0);
    assert_int_equal(look(1500, 0), 7);
    assert_int_equal(look(999, 0), -1);
    assert_int_equal(look(2001, 0), -1);
    take(500, 7, 0);
    assert_int_equal(look(500, 0), 7);
    assert_int_equal(look(750, 0), 7);
    take(2500, 9, 0);
    assert_int_equal(look(2200, 0), -1); /* 7, 8 or 9 */
    assert_int_equal(look(2500, 0), 9);
    assert_int_equal(look(600, 0), 7);
}

static void times_are_remembered_for_a_moment(void **state)
{
    (void)state;
    take(1000, 7, 0);
    assert_int_equal(look(1000, OFFSET_CACHE_MS), 7);
    assert_int_equal(look(1000, OFFSET_CACHE_MS + 1), -1);
    /* An interval is as old as its older end. */
    take(2000, 7, OFFSET_CACHE_MS);
    assert_int_equal(look(1500, OFFSET_CACHE_MS), 7);
    assert_int_equal(look(2000, OFFSET_CACHE_MS + 1), -1);
    /* ... and one that is too old is begun anew. */
    take(2000, 7, 5000);
    assert_int_equal(look(2000, 5000 + OFFSET_CACHE_MS), 7);
    assert_int_equal(look(1500, 5000), -1);
}

/* Whoever had asked before the request was sent takes its answer, however late. */
static void an_answer_is_good_for_all_who_waited(void **state)
{
    (void)state;
    take(1000, 7, 0);
    take(OFFSET_AT_LATEST, 20, 0);
    take(OFFSET_AT_EARLIEST, 2, 0);
    take(5000, -1, 0);
    assert_int_equal(look_since(1000, 0), ANSWER_OFFSET);
    assert_int_equal(look_since(1000, 1), ANSWER_MISSING);
    assert_int_equal(look_since(OFFSET_AT_LATEST, 1), ANSWER_OFFSET);
    assert_int_equal(look_since(OFFSET_AT_LATEST, 2), ANSWER_MISSING);
    assert_int_equal(look_since(OFFSET_AT_EARLIEST, 2), ANSWER_OFFSET);
    assert_int_equal(look_since(OFFSET_AT_EARLIEST, 3), ANSWER_MISSING);
    assert_int_equal(look_since(5000, 3), ANSWER_NO_RECORD);
    assert_int_equal(look_since(6000, 3), ANSWER_NO_RECORD);
    assert_int_equal(look_since(4999, 3), ANSWER_MISSING);
    assert_int_equal(look_since(5000, 4), ANSWER_MISSING);
}

static void ends_and_no_record_are_never_remembered(void **state)
{
    (void)state;
    take(OFFSET_AT_LATEST, 20, 0);
    take(OFFSET_AT_EARLIEST, 2, 0);
    take(5000, -1, 0);
    assert_int_equal(look(OFFSET_AT_LATEST, 0), -1);
    assert_int_equal(look(OFFSET_AT_EARLIEST, 0), -1);
    assert_int_equal(offset_cache_find(&a, 5000, request_number, 0).kind, ANSWER_MISSING);
}

static void what_contradicts_means_another_log(void **state)
{
    static const struct {
        int64_t moment;
        int64_t offset;
        bool is_kept; /* that 1000 to 2000 are offset 7 */
    } cases[] = {
        {500, 3, true},
        {500, 7, true},
        {500, 8, false}, /* an earlier time, a later record */
        {3000, 9, true},
        {3000, 6, false},
        {1500, 8, false}, /* within */
        {OFFSET_AT_LATEST, 50, true},
        {OFFSET_AT_LATEST, 8, false}, /* shorter than it was */
        {OFFSET_AT_EARLIEST, 7, true},
        {OFFSET_AT_EARLIEST, 8, false}, /* expired */
        {OFFSET_AT_EARLIEST, 1, false}, /* it began later */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        offset_cache_clear(&a);
        take(OFFSET_AT_EARLIEST, 2, 0);
        take(OFFSET_AT_LATEST, 40, 0);
        take(1000, 7, 0);
        take(2000, 7, 0);
        take(cases[i].moment, cases[i].offset, 0);
        bool is_kept = look(1200, 0) == 7;
        assert_int_equal(is_kept, cases[i].is_kept);
    }
}

static void a_log_that_ends_before_what_is_remembered(void **state)
{
    (void)state;
    take(1000, 7, 0);
    take(OFFSET_AT_LATEST, 7, 0);
    assert_int_equal(look(1000, 0), -1);
}

static void the_oldest_make_room(void **state)
{
    (void)state;
    for (int i = 0; i < OFFSET_CACHE_INTERVALS + 10; i++) {
        take(1000 + i, i, i);
    }
    assert_int_equal(a.count, OFFSET_CACHE_INTERVALS);
    assert_int_equal(look(1000 + 9, 100), -1);
    assert_int_equal(look(1000 + 10, 100), 10);
    assert_int_equal(look(1000 + OFFSET_CACHE_INTERVALS + 9, 100), OFFSET_CACHE_INTERVALS + 9);
}

static void without_memory_nothing_is_remembered(void **state)
{
    (void)state;
    mem_fail_after(0);
    take(1000, 7, 0);
    assert_true(mem_has_failed());
    mem_fail_after(-1);
    assert_int_equal(look(1000, 0), -1);
    take(1000, 7, 0);
    assert_int_equal(look(1000, 0), 7);
}

static void a_failure_is_for_those_who_waited(void **state)
{
    (void)state;
    struct offset_answer failed = {.kind = ANSWER_FAILED, .request = ++request_number};
    offset_cache_add(&a, 1000, &failed, 0);
    assert_int_equal(look_since(1000, 0), ANSWER_FAILED);
    assert_int_equal(look_since(OFFSET_AT_LATEST, 0), ANSWER_FAILED);
    assert_int_equal(look_since(1000, 1), ANSWER_MISSING);
    take(2000, 7, 0);
    assert_int_equal(look_since(1000, 0), ANSWER_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(times_between_two_of_one_answer_have_it_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(times_are_remembered_for_a_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_good_for_all_who_waited, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_and_no_record_are_never_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(what_contradicts_means_another_log, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_that_ends_before_what_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_is_for_those_who_waited, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
