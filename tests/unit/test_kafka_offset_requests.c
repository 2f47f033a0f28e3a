/* Whose questions are asked next, how many at a time, and what a leader that is away costs. */
#include "support/questions_fixture.h"
#include "support/rng.h"

#include <time.h>

/* Distinct questions about one partition. */
static void flood(uint64_t requester, int count)
{
    for (int i = 0; i < count; i++) {
        queue_ask(&q, requester, "a", 0, 10 * (int64_t)i);
    }
}

static size_t requests_until_done(const struct offset_lookup *lookup)
{
    size_t requests = 0;
    while (!queue_is_done(&q, lookup)) {
        assert_true(queue_step(&q));
        requests++;
    }
    return requests;
}

static void a_strangers_thousand_do_not_delay_a_newcomer(void **state)
{
    static const char *const topics[] = {"a", "b"};
    (void)state;
    q.end = 10000;
    flood(7, 1000);
    for (int i = 0; i < 5; i++) {
        queue_step(&q);
    }
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        struct offset_lookup *lookup = queue_ask(&q, 8, topics[i], 0, 55555);
        assert_true(requests_until_done(lookup) <= 2);
        assert_int_equal(queue_collect(&q, lookup), 5556);
    }
}

/* Behind a proxy all have one address. */
static void a_long_line_does_not_delay_a_newcomer_of_the_same_address(void **state)
{
    (void)state;
    q.end = 10000;
    flood(7, 1000);
    for (int i = 0; i < 5; i++) {
        queue_step(&q);
    }
    struct offset_lookup *other = queue_ask(&q, 7, "a", 3, 55555);
    assert_int_equal(requests_until_done(other), 1);
    struct offset_lookup *same = queue_ask(&q, 7, "a", 0, 55555);
    assert_true(requests_until_done(same) <= 2);
}

/* ... and whoever came first is not forgotten, however many come after him. */
static void the_oldest_has_its_turn(void **state)
{
    (void)state;
    q.end = 100000;
    struct offset_lookup *lookups[10];
    for (int64_t i = 0; i < 10; i++) {
        lookups[i] = queue_ask(&q, 7, "a", 0, 1000 * i);
    }
    for (int64_t i = 0; i < 30; i++) {
        for (int64_t n = 0; n < 10; n++) {
            queue_ask(&q, 7, "a", 0, 50000 + 1000 * i + 10 * n);
        }
        assert_true(queue_step(&q));
    }
    for (size_t i = 0; i < ARRAY_LEN(lookups); i++) {
        assert_true(queue_is_done(&q, lookups[i]));
    }
}

/* Each of them has a turn before anybody has two. */
static void requesters_take_turns(void **state)
{
    struct offset_lookup *lookups[10];
    (void)state;
    q.end = 10000;
    flood(7, 1000);
    for (uint64_t i = 0; i < ARRAY_LEN(lookups); i++) {
        lookups[i] = queue_ask(&q, 100 + i, "a", 0, 50000 + 10 * (int64_t)i);
    }
    for (size_t i = 0; i < ARRAY_LEN(lookups); i++) {
        assert_true(requests_until_done(lookups[i]) <= (i == 0 ? 2 : 1));
    }
}

static void a_set_of_many_partitions_leaves_room(void **state)
{
    (void)state;
    struct offset_lookup *large = offset_lookup_new(PARTITIONS);
    large->requester = 7;
    for (int32_t i = 0; i < PARTITIONS; i++) {
        large->queries[i] = (struct offset_query){.topic = "a", .partition = i, .at_ms = 500};
    }
    questions_add(&q.questions, large, 0);
    struct offset_lookup *lookup = queue_ask(&q, 8, "b", 0, 500);
    assert_int_equal(requests_until_done(lookup), 1);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, large), 50);
}

static void the_feeds_own_come_first(void **state)
{
    (void)state;
    for (uint64_t requester = 1; requester < 500; requester++) {
        queue_ask(&q, requester, "a", 0, 10 * (int64_t)requester);
    }
    struct offset_lookup *own = queue_ask(&q, LOOKUP_OWN, "a", 0, OFFSET_AT_LATEST);
    assert_int_equal(requests_until_done(own), 1);
}

/* As the feed asks: both ends of each partition. */
static void ends_of_many_partitions_take_few_requests(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 60; i++) {
        struct offset_lookup *lookup = offset_lookup_new(2);
        lookup->requester = LOOKUP_OWN;
        lookup->queries[0] =
            (struct offset_query){.topic = "a", .partition = 3 * i, .at_ms = OFFSET_AT_LATEST};
        lookup->queries[1] =
            (struct offset_query){.topic = "a", .partition = 3 * i, .at_ms = OFFSET_AT_EARLIEST};
        questions_add(&q.questions, lookup, 0);
    }
    queue_run(&q);
    assert_int_equal(q.asked, 120);
    assert_true(q.requests <= 10);
}

static void equal_questions_are_asked_once(void **state)
{
    struct offset_lookup *lookups[3000];
    static const int64_t moments[] = {500, OFFSET_AT_LATEST, OFFSET_AT_EARLIEST};
    (void)state;
    for (uint64_t i = 0; i < ARRAY_LEN(lookups); i++) {
        lookups[i] = queue_ask(&q, 1 + i % 50, "a", 0, moments[i % 3]);
    }
    queue_run(&q);
    assert_int_equal(q.asked, 3);
    for (size_t i = 0; i < ARRAY_LEN(lookups); i++) {
        assert_int_equal(queue_collect(&q, lookups[i]), i % 3 == 0 ? 50 : i % 3 == 1 ? 100 : 0);
    }
}

/* 2,000 times in a log of 50 records: what is between two of one answer is known. */
static void near_questions_share_answers(void **state)
{
    (void)state;
    struct rng rng = {1};
    q.end = 50;
    for (int i = 0; i < 2000; i++) {
        queue_ask(&q, 1, "a", 0, rng_between(&rng, 0, 490));
    }
    queue_run(&q);
    assert_true(q.asked < 300); /* of 490 different ones */
    LIST_EACH(lookup, &q.questions.done, struct offset_lookup, node)
    {
        assert_true(lookup->queries[0].is_known);
        assert_int_equal(lookup->queries[0].offset, (lookup->queries[0].at_ms + 9) / 10);
    }
}

/* CPU time of one question among `count` distinct ones, by as many requesters or by one. */
static double cost(int count, bool is_many)
{
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        teardown(NULL);
        setup(NULL);
        q.end = 1000000;
        clock_t begin = clock();
        for (int n = 0; n < count; n++) {
            queue_ask(&q, is_many ? 1 + (uint64_t)n : 1, "a", 0, 10 * (int64_t)n);
        }
        queue_run(&q);
        double spent = (double)(clock() - begin) / count;
        best = spent < best ? spent : best;
        assert_int_equal(q.asked, count);
    }
    return best;
}

static void work_is_linear(void **state)
{
    (void)state;
    for (int is_many = 0; is_many < 2; is_many++) {
        assert_true(cost(32000, is_many) < 4 * cost(2000, is_many)); /* quadratic: 16 times */
    }
}

/* ---- leaders that are away ---- */

static void a_mute_leader_delays_its_own_only(void **state)
{
    struct offset_lookup *lookups[LEADERS];
    struct offset_request *away = malloc(sizeof(*away));
    (void)state;
    q.is_mute[1] = true;
    lookups[1] = queue_ask(&q, 1, "a", 1, 500);
    assert_true(queue_take(&q, away)); /* and does not come back for long */
    lookups[0] = queue_ask(&q, 1, "a", 0, 500);
    lookups[2] = queue_ask(&q, 1, "a", 2, 500);
    struct offset_lookup *behind = queue_ask(&q, 2, "b", 1, 500);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, lookups[0]), 50);
    assert_int_equal(queue_collect(&q, lookups[2]), 50);
    assert_false(queue_is_done(&q, behind));
    struct offset_lookup *after = queue_ask(&q, 2, "b", 4, 500);
    queue_answer_request(&q, away);
    assert_int_equal(queue_collect(&q, lookups[1]), -1);
    free(away);
    /* The others have been asked about after it was sent. */
    assert_false(queue_is_done(&q, behind));
    q.is_mute[1] = false;
    queue_run(&q);
    assert_int_equal(queue_collect(&q, behind), 50);
    assert_int_equal(queue_collect(&q, after), 50);
}

/* Those that waited before it was sent have waited long enough. */
static void what_a_mute_leader_was_to_tell_is_unknown(void **state)
{
    (void)state;
    q.is_mute[0] = true;
    struct offset_lookup *asked = queue_ask(&q, 1, "a", 0, 500);
    struct offset_lookup *other = queue_ask(&q, 1, "a", 0, 600);
    struct offset_lookup *third = queue_ask(&q, 2, "a", 0, 700);
    assert_true(queue_step(&q));
    assert_int_equal(queue_collect(&q, asked), -1);
    assert_int_equal(queue_collect(&q, other), -1);
    assert_int_equal(queue_collect(&q, third), -1);
    assert_int_equal(q.questions.requester_queues.count, 0);
}

static void a_leader_that_failed_is_tried_with_one(void **state)
{
    static const int tries_ms[] = {REQUEST_TIMEOUT_MS, 250, 500, 1000, 2000, 250};
    (void)state;
    q.is_mute[0] = true;
    for (size_t i = 0; i < ARRAY_LEN(tries_ms); i++) {
        struct offset_lookup *lookups[4];
        for (int32_t n = 0; n < 4; n++) {
            lookups[n] = queue_ask(&q, 1, "a", 3 * (n + 4 * (int32_t)i), 500);
        }
        assert_true(queue_take(&q, &q.request));
        assert_int_equal(q.request.timeout_ms, tries_ms[i]);
        assert_int_equal(q.request.count, i == 0 ? 4 : 1);
        queue_answer_request(&q, &q.request);
        for (int32_t n = 0; n < 4; n++) {
            assert_int_equal(queue_collect(&q, lookups[n]), -1);
        }
    }
    q.is_mute[0] = false;
    queue_ask(&q, 1, "a", 300, 500);
    assert_true(queue_step(&q));
    queue_ask(&q, 1, "a", 303, 500);
    queue_ask(&q, 1, "a", 306, 500);
    assert_true(queue_step(&q));
    assert_int_equal(q.request.count, 2);
    assert_int_equal(q.request.timeout_ms, REQUEST_TIMEOUT_MS);
}

static void those_that_failed_come_last(void **state)
{
    (void)state;
    q.is_mute[0] = true;
    queue_ask(&q, 1, "a", 0, 500);
    assert_true(queue_step(&q));
    for (int i = 0; i < 10; i++) {
        queue_ask(&q, 1, "a", 0, 500 + i);
        queue_ask(&q, 1, "a", 1, 500 + 10 * i);
    }
    for (int i = 0; i < 10; i++) {
        assert_true(queue_step(&q));
        assert_int_equal(q.request.leader->id, 1);
    }
    assert_true(queue_step(&q));
    assert_int_equal(q.request.leader->id, 0);
}

static void what_waits_for_a_leader_that_is_away_expires(void **state)
{
    (void)state;
    q.is_mute[0] = true;
    queue_ask(&q, 1, "a", 0, 500);
    assert_true(queue_step(&q));
    struct offset_lookup *waits = queue_ask(&q, 1, "a", 0, 500);
    struct offset_lookup *fine = queue_ask(&q, 1, "a", 1, 500);
    q.now_ms = QUESTION_TIMEOUT_MS - 1;
    questions_expire(&q.questions, q.now_ms);
    assert_false(queue_is_done(&q, waits));
    q.now_ms++;
    questions_expire(&q.questions, q.now_ms);
    assert_int_equal(queue_collect(&q, waits), -1);
    assert_false(queue_is_done(&q, fine));
}

/* One partition that cannot be told fails a whole request once, and is alone from then on. */
static void a_bad_partition_is_asked_about_alone(void **state)
{
    (void)state;
    q.bad_partition = 3;
    struct offset_lookup *bad = queue_ask(&q, 1, "a", 3, 500);
    struct offset_lookup *good = queue_ask(&q, 1, "a", 0, 500);
    struct offset_lookup *equal = queue_ask(&q, 2, "a", 3, 600);
    assert_true(queue_step(&q));
    assert_int_equal(q.request.count, 2);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, bad), -1);
    assert_int_equal(queue_collect(&q, equal), -1);
    assert_int_equal(queue_collect(&q, good), 50);
    for (uint64_t i = 0; i < 4; i++) {
        q.now_ms += 500;
        queue_ask(&q, i, "a", 0, 900 - 10 * (int64_t)i);
        queue_ask(&q, i, "a", 3, 500);
        queue_ask(&q, i, "a", 6, 900 - 10 * (int64_t)i);
        for (int n = 0; n < 2; n++) {
            assert_true(queue_step(&q));
            bool is_bad = q.request.items[0].partition->number == 3;
            assert_int_equal(q.request.is_bad, is_bad);
            assert_int_equal(q.request.count, is_bad ? 1 : 2);
        }
        assert_false(queue_step(&q));
    }
    q.bad_partition = -1;
    bad = queue_ask(&q, 1, "a", 3, 500);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, bad), 50);
}

/* A partition that nobody leads makes its leader look away: it must not do so for the others. */
static void a_bad_partition_that_is_silent_is_no_leaders_fault(void **state)
{
    (void)state;
    q.bad_partition = 3;
    queue_ask(&q, 1, "a", 3, 500);
    queue_run(&q);
    q.is_mute[0] = true; /* of this request */
    struct offset_lookup *bad = queue_ask(&q, 1, "a", 3, 500);
    assert_true(queue_take(&q, &q.request));
    struct offset_lookup *good = queue_ask(&q, 2, "a", 0, 500);
    queue_answer_request(&q, &q.request);
    assert_int_equal(queue_collect(&q, bad), -1);
    q.is_mute[0] = false;
    assert_int_equal(requests_until_done(good), 1);
    assert_int_equal(q.request.timeout_ms, REQUEST_TIMEOUT_MS);
}

/* There was no time for them: they are asked again. */
static void what_was_not_answered_in_time_is_asked_again(void **state)
{
    (void)state;
    struct offset_lookup *lookup = queue_ask(&q, 1, "a", 0, 500);
    assert_true(queue_take(&q, &q.request));
    questions_answer(&q.questions, &q.request, 0);
    assert_false(queue_is_done(&q, lookup));
    queue_run(&q);
    assert_int_equal(queue_collect(&q, lookup), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_strangers_thousand_do_not_delay_a_newcomer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_long_line_does_not_delay_a_newcomer_of_the_same_address,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_has_its_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(requesters_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_set_of_many_partitions_leaves_room, setup, teardown),
        cmocka_unit_test_setup_teardown(the_feeds_own_come_first, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_of_many_partitions_take_few_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(equal_questions_are_asked_once, setup, teardown),
        cmocka_unit_test_setup_teardown(near_questions_share_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(work_is_linear, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mute_leader_delays_its_own_only, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_mute_leader_was_to_tell_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_leader_that_failed_is_tried_with_one, setup, teardown),
        cmocka_unit_test_setup_teardown(those_that_failed_come_last, setup, teardown),
        cmocka_unit_test_setup_teardown(what_waits_for_a_leader_that_is_away_expires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_bad_partition_is_asked_about_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_partition_that_is_silent_is_no_leaders_fault, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_not_answered_in_time_is_asked_again, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
