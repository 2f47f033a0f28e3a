/* Look-ups in the queue: asked, answered, cancelled, expired. What a request takes is tested in
 * test_kafka_offset_requests.c. */
#include "support/questions_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void each_moment_has_its_answer(void **state)
{
    static const struct {
        const char *topic;
        int32_t partition;
        int64_t at_ms;
        int64_t offset; /* -1: unknown */
    } cases[] = {
        {"a", 0, 0, 10},
        {"a", 0, 500, 50},
        {"a", 1, 501, 51},
        {"a", 2, 990, 99},
        {"a", 2, 991, 100}, /* behind the newest record: the end */
        {"b", 0, INT64_MAX / 2, 100},
        {"b", 0, OFFSET_AT_LATEST, 100},
        {"b", 0, OFFSET_AT_EARLIEST, 10},
        {"b", PARTITIONS, 0, -1},
        {"b", -1, 0, -1},
        {"b", INT32_MAX, OFFSET_AT_LATEST, -1},
        {"nosuch", 0, 0, -1},
        {"", 0, 0, -1},
    };
    struct offset_lookup *lookups[ARRAY_LEN(cases)];
    (void)state;
    q.begin = 10;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        lookups[i] = queue_ask(&q, i, cases[i].topic, cases[i].partition, cases[i].at_ms);
    }
    queue_run(&q);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(queue_collect(&q, lookups[i]), cases[i].offset);
    }
}

/* A record that comes between two answers about a time that has none yet must not be lost. */
static void a_record_that_comes_between_the_answers(void **state)
{
    (void)state;
    for (size_t after = 0; after < 4; after++) {
        q.end = 100;
        struct offset_lookup *lookup = queue_ask(&q, 1, "a", 0, 995);
        for (size_t i = 0; i < after; i++) {
            queue_step(&q);
        }
        q.end = 102; /* offset 100 has the time 1000 */
        queue_run(&q);
        assert_int_equal(queue_collect(&q, lookup), 100);
        q.now_ms += 10000;
    }
}

static void a_set_is_done_with_its_last_question(void **state)
{
    (void)state;
    struct offset_lookup *lookup = offset_lookup_new(4);
    for (int32_t i = 0; i < 4; i++) {
        lookup->queries[i] = (struct offset_query){
            .topic = "a", .partition = i < 3 ? i : 2, .at_ms = i < 3 ? 100 * i : OFFSET_AT_LATEST};
    }
    questions_add(&q.questions, lookup, 0);
    for (int i = 0; i < 3; i++) {
        assert_false(queue_is_done(&q, lookup));
        assert_true(queue_step(&q));
    }
    assert_false(queue_is_done(&q, lookup));
    queue_run(&q);
    assert_int_equal(lookup->queries[1].offset, 10);
    assert_int_equal(lookup->queries[2].offset, 20);
    assert_int_equal(lookup->queries[3].offset, 100);
    assert_int_equal(queue_collect(&q, lookup), 0);
}

static void none_is_done_at_once(void **state)
{
    (void)state;
    struct offset_lookup *lookup = offset_lookup_new(0);
    questions_add(&q.questions, lookup, 0);
    assert_true(queue_is_done(&q, lookup));
}

static void questions_wait_for_the_cluster(void **state)
{
    (void)state;
    questions_set_cluster(&q.questions, &q.metadata, false, 0);
    struct offset_lookup *early = queue_ask(&q, 1, "a", 0, 500);
    q.now_ms = 1000;
    struct offset_lookup *late = queue_ask(&q, 1, "a", 0, 500);
    assert_false(queue_step(&q));
    q.now_ms = QUESTION_TIMEOUT_MS;
    questions_expire(&q.questions, q.now_ms);
    assert_int_equal(queue_collect(&q, early), -1);
    questions_set_cluster(&q.questions, &q.metadata, true, q.now_ms);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, late), 50);
}

static void the_cluster_goes_with_questions_on_their_way(void **state)
{
    (void)state;
    struct offset_lookup *first = queue_ask(&q, 1, "a", 0, 500);
    struct offset_lookup *second = queue_ask(&q, 1, "a", 0, 600);
    assert_true(queue_take(&q, &q.request));
    questions_set_cluster(&q.questions, &q.metadata, false, 0);
    q.now_ms = QUESTION_TIMEOUT_MS;
    questions_expire(&q.questions, q.now_ms);
    assert_false(queue_is_done(&q, first)); /* it may still be answered */
    assert_int_equal(queue_collect(&q, second), -1);
    queue_answer_request(&q, &q.request);
    assert_int_equal(queue_collect(&q, first), 50);
}

/* Who is not away is waited for, however long the queue is. */
static void what_waits_for_others_does_not_expire(void **state)
{
    (void)state;
    struct offset_lookup *lookup = queue_ask(&q, 1, "a", 0, 500);
    q.now_ms = 100 * QUESTION_TIMEOUT_MS;
    questions_expire(&q.questions, q.now_ms);
    assert_false(queue_is_done(&q, lookup));
    queue_run(&q);
    assert_int_equal(queue_collect(&q, lookup), 50);
}

static void cancelled_ones_are_not_asked(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        questions_cancel(&q.questions, queue_ask(&q, 1, "a", 0, i), 0);
    }
    assert_false(queue_step(&q));
    assert_int_equal(q.questions.requester_queues.count, 0);
}

static void cancelled_wherever_it_is(void **state)
{
    (void)state;
    struct offset_lookup *asked = queue_ask(&q, 1, "a", 0, 500);
    struct offset_lookup *waits = queue_ask(&q, 1, "a", 0, 600);
    assert_true(queue_take(&q, &q.request));
    questions_cancel(&q.questions, asked, 0);
    queue_answer_request(&q, &q.request);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, waits), 60);
    struct offset_lookup *answered = queue_ask(&q, 1, "a", 0, 700);
    queue_run(&q);
    questions_cancel(&q.questions, answered, 0);
    assert_true(list_is_empty(&q.questions.done));
    questions_set_cluster(&q.questions, NULL, false, 0);
    questions_cancel(&q.questions, queue_ask(&q, 1, "a", 0, 800), 0);
    assert_true(list_is_empty(&q.questions.waiting_cluster));
}

/* What nobody asks about any more is forgotten, so that memory follows what is asked. */
static void partitions_are_forgotten(void **state)
{
    (void)state;
    for (int32_t i = 0; i < PARTITIONS; i++) {
        queue_ask(&q, 1, "a", i, 500);
    }
    queue_run(&q);
    assert_int_equal(q.questions.partitions.count, PARTITIONS);
    q.now_ms = 60000;
    questions_expire(&q.questions, q.now_ms);
    assert_int_equal(q.questions.partitions.count, 0);
    assert_int_equal(q.questions.requester_queues.count, 0);
}

static void the_same_question_again_is_answered_by_memory(void **state)
{
    (void)state;
    queue_ask(&q, 1, "a", 0, 500);
    queue_run(&q);
    size_t requests = q.requests;
    struct offset_lookup *again = queue_ask(&q, 2, "a", 0, 500);
    queue_run(&q);
    assert_int_equal(q.requests, requests);
    assert_int_equal(queue_collect(&q, again), 50);
}

static void a_topic_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    queue_ask(&q, 1, "b", 0, 500);
    queue_run(&q);
    q.metadata.count = 1;
    questions_set_cluster(&q.questions, &q.metadata, true, 0);
    assert_int_equal(queue_collect(&q, queue_ask(&q, 1, "b", 0, 500)), -1);
    q.metadata.count = 2;
    q.begin = 80; /* another topic of that name */
    questions_set_cluster(&q.questions, &q.metadata, true, 0);
    struct offset_lookup *again = queue_ask(&q, 1, "b", 0, 500);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, again), 80);
}

static void a_partition_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    queue_ask(&q, 1, "b", 5, 500);
    queue_run(&q);
    q.topics[1].partition_count = 5;
    questions_set_cluster(&q.questions, &q.metadata, true, 0);
    q.topics[1].partition_count = 6;
    questions_set_cluster(&q.questions, &q.metadata, true, 0);
    q.begin = 80;
    struct offset_lookup *again = queue_ask(&q, 1, "b", 5, 500);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, again), 80);
}

static void leaders_move(void **state)
{
    (void)state;
    q.leaders[0] = -1;
    questions_set_cluster(&q.questions, &q.metadata, true, 0);
    assert_int_equal(queue_collect(&q, queue_ask(&q, 1, "a", 0, 500)), -1);
    q.leaders[0] = 0;
    questions_set_cluster(&q.questions, &q.metadata, true, 0);
    struct offset_lookup *again = queue_ask(&q, 1, "a", 0, 500);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, again), 50);
}

static struct offset_lookup *ask_many(uint64_t requester, size_t count)
{
    struct offset_lookup *lookup = offset_lookup_new(count);
    lookup->requester = requester;
    for (size_t i = 0; i < count; i++) {
        lookup->queries[i] = (struct offset_query){
            .topic = "a", .partition = (int32_t)(i % PARTITIONS), .at_ms = 500};
    }
    questions_add(&q.questions, lookup, q.now_ms);
    return lookup;
}

/* What is too much is unknown at once; others, and the feed itself, do not notice. */
static void the_queue_of_one_is_bounded(void **state)
{
    (void)state;
    struct offset_lookup *first = ask_many(7, QUESTIONS_OF_REQUESTER - 1);
    struct offset_lookup *last = queue_ask(&q, 7, "a", 0, 600);
    assert_int_equal(queue_collect(&q, queue_ask(&q, 7, "a", 0, 500)), -1);
    struct offset_lookup *others = queue_ask(&q, 8, "a", 0, 500);
    struct offset_lookup *own = ask_many(LOOKUP_OWN, QUESTIONS_OF_REQUESTER);
    own = ask_many(LOOKUP_OWN, QUESTIONS_OF_REQUESTER);
    assert_false(queue_is_done(&q, own));
    questions_cancel(&q.questions, last, 0); /* which makes room at once */
    last = queue_ask(&q, 7, "a", 0, 600);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, first), 50);
    assert_int_equal(queue_collect(&q, last), 60);
    assert_int_equal(queue_collect(&q, others), 50);
    assert_int_equal(q.questions.open_count, 0);
}

static void the_queue_of_all_is_bounded(void **state)
{
    (void)state;
    for (uint64_t requester = 1; requester <= QUESTIONS_OF_ALL / QUESTIONS_OF_REQUESTER;
         requester++) {
        ask_many(requester, QUESTIONS_OF_REQUESTER - 1);
    }
    ask_many(100, 4);
    assert_int_equal(q.questions.open_count, QUESTIONS_OF_ALL);
    assert_int_equal(queue_collect(&q, queue_ask(&q, 100, "a", 0, 500)), -1);
    struct offset_lookup *newcomers = queue_ask(&q, 101, "a", 0, 500);
    queue_run(&q);
    assert_int_equal(queue_collect(&q, newcomers), 50);
    LIST_EACH(lookup, &q.questions.done, struct offset_lookup, node)
    {
        assert_true(lookup->queries[0].is_known);
    }
}

static void without_memory_it_is_unknown(void **state)
{
    (void)state;
    for (long n = 0; n < 100; n++) {
        struct offset_lookup *lookup = offset_lookup_new(1);
        lookup->requester = (uint64_t)n + 1;
        lookup->queries[0] = (struct offset_query){.topic = "b", .partition = (int32_t)n};
        mem_fail_after(n);
        questions_add(&q.questions, lookup, 0);
        queue_run(&q);
        bool has_failed = mem_has_failed() != 0;
        mem_fail_after(-1);
        int64_t offset = queue_collect(&q, lookup);
        assert_true(offset == 0 || has_failed);
        if (!has_failed) {
            assert_true(n > 3);
            return;
        }
    }
    fail();
}

/* ---- the check itself ---- */

static struct offset_request under_way;

static void count_one_more(void)
{
    q.questions.open_count++;
}

static void forget_a_busy_leader(void)
{
    under_way.leader->failures++; /* a retry that nobody counted */
}

static void leave_a_list(void)
{
    LIST_EACH(lookup, &q.questions.open, struct offset_lookup, node)
    {
        if (lookup->questions[0].item == NULL) {
            list_remove(&lookup->questions[0].node);
        }
    }
}

static void count_a_user_less(void)
{
    under_way.items[0].partition->users = 0;
}

static void confuse_items(void)
{
    under_way.items[0].question->item = &under_way.items[1];
}

static void be_done_too_soon(void)
{
    list_move_back(&q.questions.done, q.questions.open.next);
}

/* Whether the check ends the process after `spoil`. */
static bool is_found(void (*spoil)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        signal(SIGABRT, SIG_DFL);
        spoil();
        questions_check(&q.questions);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void do_nothing(void)
{
}

static void the_check_finds_what_is_spoiled(void **state)
{
    static void (*const spoils[])(void) = {count_one_more, forget_a_busy_leader,
                                           leave_a_list,   count_a_user_less,
                                           confuse_items,  be_done_too_soon};
    (void)state;
    queue_ask(&q, 1, "a", 0, 100);
    queue_ask(&q, 1, "a", 0, 200); /* waits for another request */
    queue_ask(&q, 2, "a", 3, 300);
    assert_true(queue_take(&q, &under_way));
    assert_int_equal(under_way.count, 2);
    assert_false(is_found(do_nothing));
    for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
        if (!is_found(spoils[i])) {
            fail_msg("spoil %zu", i);
        }
    }
    queue_answer_request(&q, &under_way);
    queue_run(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_check_finds_what_is_spoiled, setup, teardown),
        cmocka_unit_test_setup_teardown(each_moment_has_its_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_that_comes_between_the_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_set_is_done_with_its_last_question, setup, teardown),
        cmocka_unit_test_setup_teardown(none_is_done_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(questions_wait_for_the_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cluster_goes_with_questions_on_their_way, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_waits_for_others_does_not_expire, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_ones_are_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_wherever_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(partitions_are_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_question_again_is_answered_by_memory, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_topic_that_is_gone_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(a_partition_that_is_gone_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(leaders_move, setup, teardown),
        cmocka_unit_test_setup_teardown(the_queue_of_one_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(the_queue_of_all_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_it_is_unknown, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
