/*
 * Streams that the program pulls come to an end: by the program at any time, by the server, and for
 * want of memory.
 */
#include "support/pull_reader.h"

static void test_closed_at_any_time(void **state)
{
    static const struct ksse_stream_request unknown = {.topics = "nothing"};
    static const struct ksse_stream_request known = {.topics = "demo.recentchange",
                                                     .query = "since=0"};
    struct reader r;
    (void)state;
    ksse_stream_close(NULL);
    make(NULL, 0);
    open_reader(&r, &known); /* nothing is known of Kafka yet */
    fini_reader(&r);
    open_reader(&r, &known);
    assert_true(ksse_server_turn(server));
    fini_reader(&r);
    settle();
    open_reader(&r, &unknown); /* metadata is asked for */
    fini_reader(&r);
    for (int turns = 0; turns < 12; turns++) { /* placing, reading, full */
        open_reader(&r, &known);
        r.reads_when_told = turns % 2 == 0;
        for (int i = 0; i < turns; i++) {
            assert_true(demo_turn(server));
        }
        fini_reader(&r);
    }
    settle();
    stop();
}

static void test_closed_when_told(void **state)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    struct reader readers[4];
    (void)state;
    make(NULL, 0);
    settle();
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        open_reader(&readers[i], &request);
        readers[i].closes_when_told = true;
    }
    readers[0].also_closes = &readers[2]; /* which is to be told in the same turn */
    while (readers[3].stream != NULL) {
        assert_true(demo_turn(server));
    }
    assert_null(readers[2].stream);
    assert_int_equal(readers[2].calls, 0);
    assert_int_equal(readers[0].calls + readers[1].calls + readers[3].calls, 3);
    stop();
}

/* What is left is read after the last turn. */
static void test_the_rest_outlives_the_drain(void **state)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange",
                                                       .query = "since=0"};
    struct reader r;
    (void)state;
    make(NULL, 0);
    settle();
    open_reader(&r, &request);
    r.reads_when_told = false;
    turn_for(500);
    drain();
    read_all(&r);
    assert_true(r.has_ended);
    assert_true(r.len > BUFFER_BYTES / 2);
    assert_true(has(&r, "retry: "));
    assert_string_equal(r.text + r.len - 2, "\n\n");
    fini_reader(&r);
    ksse_server_free(server);
}

/* Whether the drain came before Kafka's word that there is no such topic. */
static bool breaks_off(void)
{
    static const struct ksse_stream_request unknown = {.topics = "nothing"};
    struct reader r;
    make(NULL, 0);
    settle();
    open_reader(&r, &unknown);
    assert_int_equal(ksse_stream_status(r.stream), 0);
    drain();
    assert_true(r.has_ended);
    int status = ksse_stream_status(r.stream);
    assert_true(status == 0 || status == 404);
    assert_int_equal(ksse_stream_content_type(r.stream) == NULL, status == 0);
    fini_reader(&r);
    ksse_server_free(server);
    return status == 0;
}

/* A drain breaks off what has no answer yet. On a busy machine the answer may be quicker. */
static void test_broken_off_without_an_answer(void **state)
{
    bool is_broken_off = false;
    (void)state;
    for (int i = 0; i < 50 && !is_broken_off; i++) {
        is_broken_off = breaks_off();
    }
    assert_true(is_broken_off);
}

/* The n-th allocation fails: the stream may end, the server may not. */
static void test_without_memory(void **state)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange",
                                                       .query = "since=0"};
    (void)state;
    make(NULL, 0);
    settle();
    for (int n = 0; n < 100; n++) {
        struct reader r = {.may_be_called = true, .reads_when_told = true};
        mem_fail_after(n);
        if (ksse_stream_open(server, &request, &ops, &r, &r.stream, NULL) == 0) {
            while (!r.has_ended && !has(&r, "event: message")) {
                assert_true(demo_turn(server));
            }
        }
        mem_fail_after(-1);
        fini_reader(&r);
    }
    settle();
    stop();
}

/* ---- with ksse_server_run() ---- */

static void stop_when_told(struct ksse_stream *stream, void *opaque)
{
    on_readable(stream, opaque);
    if (has(opaque, "event: message")) {
        ksse_server_stop(server);
    }
}

static void test_run_by_the_library(void **state)
{
    static const struct ksse_stream_ops stopping = {stop_when_told};
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    struct reader r = {.may_be_called = true, .reads_when_told = true};
    (void)state;
    make(NULL, 0);
    assert_int_equal(ksse_stream_open(server, &request, &stopping, &r, &r.stream, NULL), 0);
    assert_int_equal(ksse_server_run(server), 0);
    assert_true(r.has_ended);
    fini_reader(&r);
    ksse_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_at_any_time),
        cmocka_unit_test(test_closed_when_told),
        cmocka_unit_test(test_the_rest_outlives_the_drain),
        cmocka_unit_test(test_broken_off_without_an_answer),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_run_by_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
