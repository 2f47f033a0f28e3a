/* The worker group: sums of reports, who is the first and the last, from several threads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mem.h"
#include "serve/worker/worker_group.h"

#include <kafkasse.h>
#include <stdio.h>

static const struct admission_limits limits = {10, 10};

static struct report report_of(uint64_t number, bool is_up, const char *not_ready)
{
    struct report report = {.is_up = is_up};
    report.feed.sends = number;
    report.counters.requests = 10 * number;
    report.gauges.channels = 100 * number;
    report.avro.schema_lookups = 1000 * number;
    for (uint64_t i = 0; i < UNDECODABLE_REASONS; i++) {
        report.feed.records_undecodable[i] = number * (i + 1);
    }
    snprintf(report.not_ready, sizeof(report.not_ready), "%s", not_ready);
    return report;
}

static void test_reports_add_up(void **state)
{
    struct worker_group group;
    (void)state;
    assert_int_equal(worker_group_init(&group, 3, &limits, 0), 0);
    for (uint64_t i = 0; i < 3; i++) {
        struct report report = report_of(i + 1, true, "");
        worker_group_report(&group, i, &report);
    }
    /* What worker 1 says of itself wins over what it said last. */
    struct report sum = report_of(50, true, "");
    worker_group_add_others(&group, 1, &sum);
    assert_int_equal(sum.feed.sends, 1 + 50 + 3);
    assert_int_equal(sum.counters.requests, 10 * (1 + 50 + 3));
    assert_int_equal(sum.gauges.channels, 100 * (1 + 50 + 3));
    assert_int_equal(sum.avro.schema_lookups, 1000 * (1 + 50 + 3));
    for (uint64_t i = 0; i < UNDECODABLE_REASONS; i++) {
        assert_int_equal(sum.feed.records_undecodable[i], (i + 1) * (1 + 50 + 3));
    }
    assert_true(sum.is_up);
    assert_string_equal(sum.not_ready, "");
    worker_group_fini(&group);
}

static void test_what_is_held_longest_counts(void **state)
{
    static const struct {
        struct waiting_partition held[2];
        struct waiting_partition sum;
    } cases[] = {
        {{{9, 9, ""}, {8, 8, ""}}, {0, 0, ""}},    {{{5, 1, "a"}, {9, 9, ""}}, {5, 1, "a"}},
        {{{9, 9, ""}, {5, 2, "b"}}, {5, 2, "b"}},  {{{5, 1, "a"}, {6, 2, "b"}}, {6, 2, "b"}},
        {{{6, 1, "a"}, {5, 2, "b"}}, {6, 1, "a"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct report sum = {.waiting = cases[i].held[0]};
        struct report other = {.waiting = cases[i].held[1]};
        report_add(&sum, &other);
        assert_string_equal(sum.waiting.topic, cases[i].sum.topic);
        if (sum.waiting.topic[0] != '\0') {
            assert_int_equal(sum.waiting.waited_ms, cases[i].sum.waited_ms);
            assert_int_equal(sum.waiting.partition, cases[i].sum.partition);
        }
    }
}

static void test_one_worker_has_no_others(void **state)
{
    struct worker_group group;
    struct report sum = report_of(7, true, "");
    (void)state;
    assert_int_equal(worker_group_init(&group, 1, &limits, 0), 0);
    worker_group_add_others(&group, 0, &sum);
    assert_int_equal(sum.feed.sends, 7);
    assert_string_equal(sum.not_ready, "");
    worker_group_fini(&group);
}

static void test_up_and_ready_only_if_all_are(void **state)
{
    static const struct {
        const char *own;
        const char *others[2]; /* NULL: has not reported yet */
        const char *all;
    } cases[] = {
        {"", {"", ""}, ""},
        {"", {"", NULL}, "The server is starting."},
        {"", {NULL, NULL}, "The server is starting."},
        {"", {"", "away"}, "away"},
        {"", {"away", ""}, "away"},
        {"mine", {"", ""}, "mine"},
        {"mine", {"away", NULL}, "mine"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct worker_group group;
        assert_int_equal(worker_group_init(&group, 3, &limits, 0), 0);
        for (size_t other = 0; other < 2; other++) {
            const char *said = cases[i].others[other];
            if (said != NULL) {
                struct report report = report_of(0, said[0] == '\0', said);
                worker_group_report(&group, other + 1, &report);
            }
        }
        struct report sum = report_of(0, cases[i].own[0] == '\0', cases[i].own);
        worker_group_add_others(&group, 0, &sum);
        assert_string_equal(sum.not_ready, cases[i].all);
        /* Who has not reported is not known to be down. */
        bool is_starting = strcmp(cases[i].all, "The server is starting.") == 0;
        assert_int_equal(sum.is_up, cases[i].all[0] == '\0' || is_starting);
        worker_group_fini(&group);
    }
}

static void test_once_only(void **state)
{
    struct worker_group group;
    (void)state;
    assert_int_equal(worker_group_init(&group, 2, &limits, 0), 0);
    assert_true(worker_group_begins_drain(&group));
    assert_false(worker_group_begins_drain(&group));
    assert_false(worker_group_has_ended(&group));
    assert_true(worker_group_has_ended(&group));
    worker_group_fini(&group);
}

static void test_a_broker_is_up_if_all_reach_it(void **state)
{
    struct report sum = {.broker_count = 2,
                         .brokers = {{1, true}, {2, false}},
                         .partitions_wanted = 3,
                         .degraded = "broker 2"};
    struct report other = {.broker_count = 3,
                           .brokers = {{3, true}, {2, true}, {1, false}},
                           .partitions_wanted = 4,
                           .degraded = "broker 1"};
    static const struct broker_report expected[] = {{1, false}, {2, false}, {3, true}};
    (void)state;
    report_add(&sum, &other);
    assert_int_equal(sum.broker_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sum.brokers[i].id, expected[i].id);
        assert_int_equal(sum.brokers[i].is_up, expected[i].is_up);
    }
    assert_int_equal(sum.partitions_wanted, 7);
    assert_string_equal(sum.degraded, "broker 2");
}

enum {
    THREADS = 3,
    ROUNDS = 1000
};

struct part {
    struct worker_group *group;
    size_t index;
    size_t lines;
    bool is_torn;
};

/* A report is taken whole or not at all. */
static void *report_and_add(void *opaque)
{
    struct part *part = opaque;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct report report = report_of(i, true, "");
        worker_group_report(part->group, part->index, &report);
        worker_group_add_others(part->group, part->index, &report);
        part->is_torn |= report.counters.requests != 10 * report.feed.sends ||
                         report.gauges.channels != 100 * report.feed.sends;
        part->lines += line_is_due(&part->group->log.lost_line, (int64_t)i + 1, ROUNDS);
    }
    return NULL;
}

static void test_several_threads(void **state)
{
    struct worker_group group;
    pthread_t threads[THREADS];
    struct part parts[THREADS];
    size_t lines = 0;
    (void)state;
    assert_int_equal(worker_group_init(&group, THREADS, &limits, 0), 0);
    for (size_t i = 0; i < THREADS; i++) {
        parts[i] = (struct part){&group, i, 0, false};
        assert_int_equal(pthread_create(&threads[i], NULL, report_and_add, &parts[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(parts[i].is_torn);
        lines += parts[i].lines;
    }
    assert_int_equal(lines, 1);
    struct report sum = report_of(0, true, "");
    worker_group_add_others(&group, THREADS, &sum);
    assert_int_equal(sum.feed.sends, THREADS * (ROUNDS - 1));
    worker_group_fini(&group);
}

static void test_without_memory(void **state)
{
    struct worker_group group;
    (void)state;
    mem_fail_after(0);
    int result = worker_group_init(&group, 2, &limits, 0);
    mem_fail_after(-1);
    assert_int_equal(result, KSSE_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports_add_up),
        cmocka_unit_test(test_what_is_held_longest_counts),
        cmocka_unit_test(test_one_worker_has_no_others),
        cmocka_unit_test(test_up_and_ready_only_if_all_are),
        cmocka_unit_test(test_once_only),
        cmocka_unit_test(test_a_broker_is_up_if_all_reach_it),
        cmocka_unit_test(test_several_threads),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
