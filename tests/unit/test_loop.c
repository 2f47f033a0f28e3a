/*
 * The loop turned from outside: whoever waits for its descriptor for as long as it says misses
 * nothing, and does not spin either.
 */
#include "net/loop.h"
#include "support/unit.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 20,
    LONG_TICK_MS = 60000,
    PATIENCE_MS = 50000
};

struct fixture {
    struct loop *loop;
    int turns;
    int ticks;
    int wakes;
    int reads;
    int reads_seen; /* by on_turn */
    int busy_turns; /* so many more */
    int fd;
    struct watch *watch;
    bool stops_when_read;
};

static void on_readable(void *opaque)
{
    struct fixture *f = opaque;
    eventfd_t value;
    assert_int_equal(eventfd_read(f->fd, &value), 0);
    f->reads++;
}

static bool on_turn(void *opaque)
{
    struct fixture *f = opaque;
    f->turns++;
    f->reads_seen = f->reads;
    if (f->stops_when_read && f->reads > 0) {
        loop_stop(f->loop);
    }
    return f->busy_turns > 0 && --f->busy_turns > 0;
}

static void on_tick(void *opaque)
{
    struct fixture *f = opaque;
    f->ticks++;
}

static void on_wake(void *opaque)
{
    struct fixture *f = opaque;
    f->wakes++;
}

static void init(struct fixture *f, int tick_ms)
{
    struct loop_hooks hooks = {on_turn, on_tick, on_wake, f};
    *f = (struct fixture){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    f->loop = loop_new(&hooks, tick_ms);
    assert_non_null(f->loop);
}

static void fini(struct fixture *f)
{
    watch_stop(f->watch);
    loop_free(f->loop);
    close(f->fd);
}

/* Waits as a program does. False when nothing has come in time. */
static bool wait_and_turn(struct fixture *f, int patience_ms)
{
    struct pollfd watched = {.fd = loop_fd(f->loop), .events = POLLIN};
    int timeout_ms = loop_timeout_ms(f->loop);
    bool is_late = timeout_ms < 0 || timeout_ms > patience_ms;
    int found = poll(&watched, 1, is_late ? patience_ms : timeout_ms);
    if (found == 0 && is_late) {
        return false;
    }
    return loop_turn(f->loop);
}

/* Until nothing is left to be done; fails if that does not happen. */
static void settle(struct fixture *f)
{
    for (int i = 0; loop_timeout_ms(f->loop) == 0; i++) {
        assert_true(i < 100);
        assert_true(loop_turn(f->loop));
    }
}

static void test_a_watch_from_between_turns_is_not_missed(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, LONG_TICK_MS);
    settle(&f);
    f.watch = watch_start(f.loop, f.fd, on_readable, &f);
    loop_touch(f.loop);
    assert_int_equal(loop_timeout_ms(f.loop), 0);
    settle(&f);
    assert_int_equal(eventfd_write(f.fd, 1), 0);
    assert_true(wait_and_turn(&f, PATIENCE_MS));
    assert_int_equal(f.reads, 1);
    fini(&f);
}

static void test_on_turn_sees_what_was_read_before_anybody_waits(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, LONG_TICK_MS);
    f.watch = watch_start(f.loop, f.fd, on_readable, &f);
    settle(&f);
    for (int i = 1; i <= 10; i++) {
        assert_int_equal(eventfd_write(f.fd, 1), 0);
        assert_true(wait_and_turn(&f, PATIENCE_MS));
        settle(&f);
        assert_int_equal(f.reads_seen, i);
    }
    fini(&f);
}

static void test_work_that_is_left_is_not_waited_for(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, LONG_TICK_MS);
    settle(&f);
    f.busy_turns = 5;
    loop_touch(f.loop);
    settle(&f);
    assert_int_equal(f.busy_turns, 0);
    fini(&f);
}

static void test_nothing_to_do_is_waited_out(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, LONG_TICK_MS);
    settle(&f);
    int turns = f.turns;
    assert_true(loop_timeout_ms(f.loop) > LONG_TICK_MS / 2);
    assert_false(wait_and_turn(&f, 50));
    assert_int_equal(f.turns, turns);
    fini(&f);
}

/* The clock stands still between turns: what has passed must not be waited for again. */
static void test_ticks_come_in_time(void **state)
{
    struct fixture f;
    struct timespec pause = {0, 2 * TICK_MS * 1000000L};
    (void)state;
    init(&f, TICK_MS);
    settle(&f);
    nanosleep(&pause, NULL); /* the program does something else */
    assert_int_equal(loop_timeout_ms(f.loop), 0);
    while (f.ticks < 5) {
        assert_true(wait_and_turn(&f, PATIENCE_MS));
    }
    assert_true(f.turns < 60);
    fini(&f);
}

static void test_a_turn_that_is_due_is_made(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, LONG_TICK_MS);
    settle(&f);
    loop_turn_at(f.loop, loop_now_ms(f.loop) + 2 * TICK_MS);
    loop_turn_at(f.loop, loop_now_ms(f.loop) + TICK_MS); /* the last call counts */
    int turns = f.turns;
    int timeout_ms = loop_timeout_ms(f.loop);
    assert_true(timeout_ms >= 0 && timeout_ms <= TICK_MS);
    while (f.turns == turns) {
        assert_true(wait_and_turn(&f, PATIENCE_MS));
    }
    settle(&f);
    assert_true(loop_timeout_ms(f.loop) > LONG_TICK_MS / 2); /* once */
    loop_turn_at(f.loop, loop_now_ms(f.loop) + TICK_MS);
    loop_turn_at(f.loop, INT64_MAX);
    assert_true(loop_timeout_ms(f.loop) > LONG_TICK_MS / 2);
    loop_turn_at(f.loop, 0); /* is over */
    assert_int_equal(loop_timeout_ms(f.loop), 0);
    fini(&f);
}

static void test_wakes_and_stops(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, LONG_TICK_MS);
    loop_wake(f.loop);
    settle(&f);
    assert_int_equal(f.wakes, 1);
    loop_wake(f.loop);
    loop_wake(f.loop);
    assert_true(wait_and_turn(&f, PATIENCE_MS));
    assert_int_equal(f.wakes, 2);
    settle(&f);
    f.stops_when_read = true;
    f.watch = watch_start(f.loop, f.fd, on_readable, &f);
    assert_int_equal(eventfd_write(f.fd, 1), 0);
    loop_touch(f.loop);
    while (loop_turn(f.loop)) {
    }
    assert_false(loop_turn(f.loop));
    assert_int_equal(loop_timeout_ms(f.loop), 0);
    assert_int_equal(f.reads, 1);
    fini(&f);
}

static void test_within_another_epoll(void **state)
{
    struct fixture f;
    int outer = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    (void)state;
    init(&f, LONG_TICK_MS);
    f.watch = watch_start(f.loop, f.fd, on_readable, &f);
    assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, loop_fd(f.loop), &event), 0);
    settle(&f);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(epoll_wait(outer, &event, 1, 0), 0);
        assert_int_equal(eventfd_write(f.fd, 1), 0);
        assert_int_equal(epoll_wait(outer, &event, 1, PATIENCE_MS), 1);
        assert_int_equal(epoll_wait(outer, &event, 1, 0), 1); /* level-triggered */
        settle(&f);
        assert_true(loop_turn(f.loop));
        assert_int_equal(f.reads, i);
    }
    close(outer);
    fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_watch_from_between_turns_is_not_missed),
        cmocka_unit_test(test_on_turn_sees_what_was_read_before_anybody_waits),
        cmocka_unit_test(test_work_that_is_left_is_not_waited_for),
        cmocka_unit_test(test_nothing_to_do_is_waited_out),
        cmocka_unit_test(test_ticks_come_in_time),
        cmocka_unit_test(test_a_turn_that_is_due_is_made),
        cmocka_unit_test(test_wakes_and_stops),
        cmocka_unit_test(test_within_another_epoll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
