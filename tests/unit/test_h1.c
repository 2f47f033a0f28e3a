/*
 * HTTP/1.1 connections as the front sees them: the order of answers, whose turn it is, what is read
 * and what is thrown away, whose limits begin anew, and which idle connection goes first.
 */
#include "support/h1_fixture.h"

#include "serve/request/stream.h"

/* ---- requests that follow each other ---- */

static void answers_come_in_order(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    ask(p,
        "GET /first HTTP/1.1\r\nHost: a\r\n\r\n" METRICS
        "GET /third HTTP/1.1\r\nHost: a\r\n\r\n" HEALTHY "GET /fifth HTTP/1.1\r\nHost: a\r\n\r\n");
    turn_until_answers(p, 5);
    static const char *const order[] = {"first", "kafkasse_requests_total", "third", "healthy",
                                        "fifth"};
    const char *at = p->text;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    turn_until_state(p, CONNECTION_WAITING);
}

static void a_turn_answers_one_request_of_each(void **state)
{
    (void)state;
    enum {
        REQUESTS = 20
    };
    struct test_peer *two[] = {open_peer(1), open_peer(2)};
    for (int i = 0; i < REQUESTS; i++) {
        ask(two[0], HEALTHY);
        ask(two[1], HEALTHY);
    }
    turn_until_state(two[0], CONNECTION_READY);
    turn_until_state(two[1], CONNECTION_READY);
    hear(two[0]);
    hear(two[1]);
    for (int i = 0; i < 3; i++) {
        int before[] = {answers(two[0]), answers(two[1])};
        assert_true(connections_are_due(all));
        connections_turn(all);
        for (size_t n = 0; n < 2; n++) {
            hear(two[n]);
            assert_int_equal(answers(two[n]), before[n] + 1);
        }
    }
    loop_touch(all->loop);
    turn_until_answers(two[0], REQUESTS);
    turn_until_answers(two[1], REQUESTS);
    assert_false(connections_are_due(all));
}

static void a_turn_is_not_for_all(void **state)
{
    (void)state;
    for (int i = 0; i < PEERS; i++) {
        struct test_peer *p = open_peer((unsigned char)i);
        for (int n = 0; n < 12; n++) {
            ask(p, HEALTHY);
        }
    }
    for (int i = 0; i < PEERS; i++) {
        turn_until_state(&peers[i], CONNECTION_READY);
    }
    uint64_t before = front->exchanges.counters.requests;
    int answers_before[PEERS];
    for (int i = 0; i < PEERS; i++) {
        hear(&peers[i]);
        answers_before[i] = answers(&peers[i]);
    }
    connections_turn(all);
    assert_int_equal(front->exchanges.counters.requests, before + TURNS_AT_ONCE);
    connections_turn(all); /* those that were left go first */
    assert_int_equal(front->exchanges.counters.requests, before + 2 * TURNS_AT_ONCE);
    for (int i = 0; i < PEERS; i++) {
        hear(&peers[i]);
        assert_in_range(answers(&peers[i]) - answers_before[i], 1, 2);
    }
    loop_touch(all->loop);
}

/* ---- what is read ---- */

static void requests_wait_while_answers_do(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    ask(p, METRICS);
    turn_until_state(p, CONNECTION_ENDING); /* it does not fit into the socket */
    int count = 1;
    while (send(p->fd, HEALTHY, strlen(HEALTHY), MSG_NOSIGNAL) == (ssize_t)strlen(HEALTHY)) {
        count++;
    }
    assert_in_range(count, 100, 100000);
    turn_for(100);
    assert_int_equal(p->connection->state, CONNECTION_ENDING);
    assert_int_equal(conn_in(p->connection->conn).len, 0);
    turn_until_answers(p, count);
    turn_until_state(p, CONNECTION_WAITING);
}

static struct exchange *stream_of(struct test_peer *p)
{
    struct list *streaming = &front->exchanges.by_state[EXCHANGE_STREAMING];
    turn_until_answers(p, 1);
    assert_false(list_is_empty(streaming));
    return LIST_FIRST(streaming, struct exchange, node);
}

static void behind_a_stream_a_request_may_come(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    ask(p, STREAM);
    stream_end(stream_of(p));
    loop_touch(all->loop);
    turn_until_state(p, CONNECTION_WAITING);
    ask(p, HEALTHY);
    turn_until_answers(p, 2);
    assert_non_null(strstr(p->text, "\r\n0\r\n\r\nHTTP/1.1 200")); /* behind the last chunk */
}

static void within_a_stream_all_is_thrown_away(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    ask(p, STREAM HEALTHY);
    struct exchange *x = stream_of(p);
    ask(p, HEALTHY);
    turn_for(100);
    assert_int_equal(conn_in(p->connection->conn).len, 0);
    assert_false(conn_has_all_input(p->connection->conn));
    stream_end(x);
    assert_int_equal(p->connection->state, CONNECTION_ENDING);
    loop_touch(all->loop);
    turn_until_end(p);
    assert_int_equal(answers(p), 1);
}

/* ---- limits ---- */

static void ask_for(struct test_peer *p, size_t len)
{
    char head[2000];
    int used = snprintf(head, sizeof(head), "GET /-/healthy HTTP/1.1\r\nHost: a\r\nA: ");
    memset(head + used, 'x', len - (size_t)used - 4);
    memcpy(head + len - 4, "\r\n\r\n", 5);
    ask(p, head);
}

static void each_head_may_be_as_long(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    for (int i = 1; i <= 3; i++) {
        ask_for(p, 1024);
        turn_until_answers(p, i);
    }
    ask(p, HEALTHY); /* nothing is left of the long ones */
    turn_until_answers(p, 4);
    assert_null(strstr(p->text, " 431 "));
    ask_for(p, 1025);
    turn_until_answers(p, 5);
    assert_non_null(strstr(p->text, " 431 "));
    turn_until_end(p);
}

/* As if the connection were in its state for so much longer: nobody waits here. */
static void age(struct test_peer *p, int64_t ms)
{
    p->connection->since_ms -= ms;
}

static void each_head_may_take_as_long(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    int64_t most_ms = all->head_timeout_ms;
    for (int i = 1; i <= 3; i++) {
        ask(p, "GET /-/healthy HTTP/1.1\r\n");
        turn_until_state(p, CONNECTION_READING);
        age(p, most_ms * 3 / 4);
        connections_tick(all);
        ask(p, "Host: a\r\n\r\n");
        turn_until_answers(p, i);
        turn_until_state(p, CONNECTION_WAITING);
        age(p, most_ms * 3 / 4); /* being idle does not count for the next */
        connections_tick(all);
    }
    assert_null(strstr(p->text, " 408 "));
    ask(p, "GET /-/healthy HTTP/1.1\r\n");
    turn_until_state(p, CONNECTION_READING);
    age(p, most_ms);
    turn_until_end(p);
    assert_non_null(strstr(p->text, " 408 "));
}

static void the_bytes_of_heads_are_given_back(void **state)
{
    (void)state;
    struct test_peer *p = open_peer(1);
    for (int i = 1; i <= 3; i++) {
        ask(p, "GET /-/healthy HTTP/1.1\r\n");
        turn_until_state(p, CONNECTION_READING);
        assert_int_equal(all->head_bytes, strlen("GET /-/healthy HTTP/1.1\r\n"));
        ask(p, "Host: a\r\n\r\n");
        turn_until_answers(p, i);
        assert_int_equal(all->head_bytes, 0);
    }
}

/* ---- who goes ---- */

/* The greediest address loses its oldest idle one; what was answered is young again, and what is
 * busy stays. */
static void idle_ones_go_in_order(void **state)
{
    (void)state;
    struct test_peer *streaming = open_peer(1);
    ask(streaming, STREAM);
    stream_of(streaming);
    struct test_peer *answered = open_peer(1);
    struct test_peer *older = open_peer(1);
    struct test_peer *younger = open_peer(1);
    struct test_peer *other = open_peer(2);
    ask(answered, HEALTHY);
    turn_until_answers(answered, 1);
    turn_until_state(answered, CONNECTION_WAITING);
    open_peer(1);
    open_peer(1); /* so that this address remains the greediest */
    all->options.admission->limits.connections = (int64_t)all->open + 1;
    struct test_peer *order[] = {older, younger, answered};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        hear(order[i]);
        assert_false(order[i]->has_ended);
        open_peer((unsigned char)(3 + i));
        hear(order[i]);
        assert_true(order[i]->has_ended);
        assert_int_equal(front->exchanges.counters.connections_evicted, i + 1);
        connections_check(all);
    }
    hear(streaming);
    hear(other);
    assert_false(streaming->has_ended || other->has_ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_come_in_order),
        TEST(a_turn_answers_one_request_of_each),
        TEST(a_turn_is_not_for_all),
        TEST(requests_wait_while_answers_do),
        TEST(behind_a_stream_a_request_may_come),
        TEST(within_a_stream_all_is_thrown_away),
        TEST(each_head_may_be_as_long),
        TEST(each_head_may_take_as_long),
        TEST(the_bytes_of_heads_are_given_back),
        TEST(idle_ones_go_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
