/* Records that were skipped, gathered for lines of the log: when one is due, and what it tells. */
#include "core/stream/record.h"
#include "serve/worker/skips.h"

#include "support/unit.h"

static struct skips skips;
static struct skip told;

static int setup(void **state)
{
    (void)state;
    skips_init(&skips);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    skips_fini(&skips);
    return 0;
}

static bool add(enum undecodable reason, int64_t offset, int64_t now_ms)
{
    struct record record = {.topic = "t", .partition = 3, .offset = offset};
    struct deserializer_fault fault = {reason, undecodable_clause(reason)};
    return skips_add(&skips, &record, &fault, now_ms, &told);
}

static void check_told(enum undecodable reason, uint64_t count, int64_t offset)
{
    assert_int_equal(told.reason, reason);
    assert_int_equal(told.count, count);
    assert_int_equal(told.offset, offset);
    assert_int_equal(told.partition, 3);
    assert_string_equal(told.topic, "t");
    assert_string_equal(told.why, undecodable_clause(reason));
}

/* The first one at once, the others together when the pause is over, with the first of these. */
static void one_reason(void **state)
{
    (void)state;
    assert_false(skips_take(&skips, 1000, true, &told));
    assert_true(add(UNDECODABLE_NAN, 5, 1000));
    check_told(UNDECODABLE_NAN, 1, 5);
    assert_false(add(UNDECODABLE_NAN, 6, 1000));
    assert_false(add(UNDECODABLE_NAN, 7, 1000 + SKIPS_PAUSE_MS - 1));
    assert_false(skips_take(&skips, 1000 + SKIPS_PAUSE_MS - 1, false, &told));
    assert_true(skips_take(&skips, 1000 + SKIPS_PAUSE_MS, false, &told));
    check_told(UNDECODABLE_NAN, 2, 6);
    assert_false(skips_take(&skips, 1000 + SKIPS_PAUSE_MS, true, &told));
    /* Nothing happened meanwhile: the next one is told at once again. */
    assert_false(add(UNDECODABLE_NAN, 8, 1001 + SKIPS_PAUSE_MS));
    assert_true(add(UNDECODABLE_NAN, 9, 1000 + 2 * SKIPS_PAUSE_MS));
    check_told(UNDECODABLE_NAN, 2, 8);
    assert_false(skips_take(&skips, 1000 + 9 * SKIPS_PAUSE_MS, false, &told));
    assert_true(add(UNDECODABLE_NAN, 10, 1000 + 9 * SKIPS_PAUSE_MS));
    check_told(UNDECODABLE_NAN, 1, 10);
}

static void each_reason_has_its_own_line(void **state)
{
    (void)state;
    for (enum undecodable reason = 0; reason < UNDECODABLE_REASONS; reason++) {
        assert_true(add(reason, reason, 1000));
        check_told(reason, 1, reason);
    }
    for (enum undecodable reason = 0; reason < UNDECODABLE_REASONS; reason++) {
        for (int64_t i = 0; i < 3; i++) {
            assert_false(add(reason, 100 + reason + i, 1001));
        }
    }
    for (enum undecodable reason = 0; reason < UNDECODABLE_REASONS; reason++) {
        assert_true(skips_take(&skips, 1000 + SKIPS_PAUSE_MS, false, &told));
        check_told(reason, 3, 100 + reason);
    }
    assert_false(skips_take(&skips, 1000 + SKIPS_PAUSE_MS, true, &told));
}

static void what_is_left_can_be_had_at_once(void **state)
{
    (void)state;
    assert_true(add(UNDECODABLE_BOM, 1, 1000));
    assert_false(add(UNDECODABLE_BOM, 2, 1001));
    assert_false(skips_take(&skips, 1002, false, &told));
    assert_true(skips_take(&skips, 1002, true, &told));
    check_told(UNDECODABLE_BOM, 1, 2);
    assert_false(skips_take(&skips, 1002, true, &told));
}

static void long_words_are_cut_off(void **state)
{
    (void)state;
    char topic[400];
    memset(topic, 'x', sizeof topic - 1);
    topic[sizeof topic - 1] = '\0';
    struct record record = {.topic = topic};
    struct deserializer_fault fault = {UNDECODABLE_DESERIALIZER, topic};
    assert_true(skips_add(&skips, &record, &fault, 1, &told));
    assert_int_equal(strlen(told.topic), sizeof told.topic - 1);
    assert_int_equal(strlen(told.why), sizeof told.why - 1);
}

enum {
    THREADS = 3,
    ROUNDS = 2000
};

static void *add_many(void *opaque)
{
    uint64_t *count = opaque;
    for (int64_t i = 0; i < ROUNDS; i++) {
        struct record record = {.topic = "t", .offset = i};
        struct deserializer_fault fault = {UNDECODABLE_EMPTY, "it is empty"};
        struct skip skip;
        if (skips_add(&skips, &record, &fault, 1 + i * 100, &skip)) {
            *count += skip.count;
        }
    }
    return NULL;
}

static void none_is_lost_between_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t counts[THREADS] = {0};
    uint64_t all = 0;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &counts[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all += counts[i];
    }
    if (skips_take(&skips, 1, true, &told)) {
        all += told.count;
    }
    assert_int_equal(all, THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(each_reason_has_its_own_line, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_left_can_be_had_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(long_words_are_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(none_is_lost_between_threads, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
