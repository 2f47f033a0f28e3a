/* Unit tests of daemon/log_queue: a pipe stands for standard error. */
#include "daemon/log.c"

#include "daemon/log_queue.c"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum {
    SMALL_QUEUE = 8 * 1024,
    PIPE_BYTES = 4096,
    PATIENCE_MS = 60000
};

struct fixture {
    int fds[2];
    struct log_queue *queue;
    char *text; /* what was read */
    size_t len;
};

static void open_queue(struct fixture *f, size_t bytes)
{
    assert_int_equal(pipe2(f->fds, O_CLOEXEC), 0);
    assert_true(fcntl(f->fds[1], F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES);
    struct log_queue_options options = {f->fds[1], false, bytes};
    f->queue = log_queue_new(&options);
    assert_non_null(f->queue);
    f->text = calloc(1, 1024 * 1024);
    f->len = 0;
}

static void close_queue(struct fixture *f)
{
    log_queue_free(f->queue, PATIENCE_MS);
    close(f->fds[0]);
    close(f->fds[1]);
    free(f->text);
}

static void put_number(struct fixture *f, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    const struct ksse_log_field fields[] = {{"n", text}};
    log_queue_line(f->queue, KSSE_LOG_INFO, "an-event", "message", fields, 1);
}

static void read_some(struct fixture *f)
{
    struct pollfd watched = {f->fds[0], POLLIN, 0};
    assert_int_equal(poll(&watched, 1, PATIENCE_MS), 1);
    ssize_t got = read(f->fds[0], f->text + f->len, PIPE_BYTES);
    assert_true(got > 0);
    f->len += (size_t)got;
}

static void read_until(struct fixture *f, const char *what)
{
    while (strstr(f->text, what) == NULL) {
        read_some(f);
    }
}

/* The numbers n= of all lines, which grow; returns how many there are. */
static int count_numbers(const struct fixture *f, int *last)
{
    int count = 0;
    *last = -1;
    for (const char *at = f->text; (at = strstr(at, " n=")) != NULL; at++) {
        int number = atoi(at + 3);
        assert_true(number > *last);
        *last = number;
        count++;
    }
    return count;
}

/* The sum of what lines tell of others that were dropped. */
static uint64_t count_told(const struct fixture *f)
{
    uint64_t sum = 0;
    for (const char *at = f->text; (at = strstr(at, "lines=")) != NULL && strchr(at, '\n'); at++) {
        sum += strtoull(at + strlen("lines="), NULL, 10);
    }
    return sum;
}

static void lines_come_in_order(void **state)
{
    struct fixture f;
    int last;
    (void)state;
    open_queue(&f, LOG_QUEUE_BYTES);
    for (int i = 0; i < 500; i++) { /* several pipes full */
        put_number(&f, i);
    }
    read_until(&f, " n=499\n");
    assert_int_equal(count_numbers(&f, &last), 500);
    assert_int_equal(log_queue_dropped(f.queue), 0);
    close_queue(&f);
}

/* Without a reader no call waits; lines without room are counted, and told of in their place. */
static void what_finds_no_room_is_dropped_and_told(void **state)
{
    struct fixture f;
    int last;
    (void)state;
    open_queue(&f, SMALL_QUEUE);
    int put = 0;
    while (log_queue_dropped(f.queue) < 1000) {
        assert_true(put < 100000);
        put_number(&f, put++);
    }
    uint64_t dropped = log_queue_dropped(f.queue);
    while (count_told(&f) < dropped) {
        read_some(&f);
    }
    put_number(&f, put);
    char after[32];
    snprintf(after, sizeof after, " n=%d\n", put);
    read_until(&f, after);
    assert_int_equal(log_queue_dropped(f.queue), dropped);
    assert_int_equal(count_told(&f), dropped);
    assert_int_equal(count_numbers(&f, &last), put + 1 - (int)dropped);
    close_queue(&f);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A program ends even if its log has no reader. */
static void the_end_waits_for_a_reader_but_not_for_long(void **state)
{
    struct fixture f;
    (void)state;
    open_queue(&f, SMALL_QUEUE);
    for (int i = 0; log_queue_dropped(f.queue) == 0; i++) {
        put_number(&f, i);
    }
    int64_t begun_ms = now_ms();
    log_queue_free(f.queue, 300);
    assert_true(now_ms() - begun_ms >= 290);
    assert_true(now_ms() - begun_ms < PATIENCE_MS / 2);
    close(f.fds[0]); /* the other end is still the thread's, which ends now */
    free(f.text);
}

static void *read_to_the_end(void *opaque)
{
    struct fixture *f = opaque;
    read_until(f, " n=99\n");
    return NULL;
}

static void the_end_writes_what_is_queued(void **state)
{
    struct fixture f;
    pthread_t reader;
    int last;
    (void)state;
    open_queue(&f, LOG_QUEUE_BYTES);
    for (int i = 0; i < 100; i++) { /* more than the pipe takes */
        put_number(&f, i);
    }
    assert_int_equal(pthread_create(&reader, NULL, read_to_the_end, &f), 0);
    log_queue_free(f.queue, PATIENCE_MS);
    f.queue = NULL;
    pthread_join(reader, NULL);
    assert_int_equal(count_numbers(&f, &last), 100);
    close_queue(&f);
}

/* As a shell or another process that shares the terminal may leave it. */
static void a_descriptor_may_be_non_blocking(void **state)
{
    struct fixture f;
    int last;
    (void)state;
    open_queue(&f, LOG_QUEUE_BYTES);
    assert_int_equal(fcntl(f.fds[1], F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < 500; i++) {
        put_number(&f, i);
    }
    read_until(&f, " n=499\n");
    assert_int_equal(count_numbers(&f, &last), 500);
    close_queue(&f);
}

static void nobody_at_the_other_end(void **state)
{
    struct fixture f;
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    open_queue(&f, LOG_QUEUE_BYTES);
    close(f.fds[0]);
    put_number(&f, 0);
    put_number(&f, 1);
    for (int64_t until_ms = now_ms() + PATIENCE_MS; log_queue_dropped(f.queue) < 2;) {
        assert_true(now_ms() < until_ms);
        sched_yield();
    }
    close_queue(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_in_order),
        cmocka_unit_test(what_finds_no_room_is_dropped_and_told),
        cmocka_unit_test(the_end_waits_for_a_reader_but_not_for_long),
        cmocka_unit_test(the_end_writes_what_is_queued),
        cmocka_unit_test(a_descriptor_may_be_non_blocking),
        cmocka_unit_test(nobody_at_the_other_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
