/*
 * Streams that the program pulls from a server in its own loop: what comes out of them, and when
 * they say so. How they end: test_pull_ends.c.
 */
#include "support/pull_reader.h"

#include <unistd.h>

enum {
    COMPARED_BYTES = 150000,
    MANY = 1000
};

/* ---- what comes out ---- */

#define FIRST_OF(topic, partition)                                                                 \
    "{\"topic\":\"" topic "\",\"partition\":" partition ",\"offset\":0}"
#define ONE "[" FIRST_OF("demo.recentchange", "0") "]"
#define SEVERAL                                                                                    \
    "[" FIRST_OF("demo.recentchange", "0") "," FIRST_OF("demo.recentchange", "1") "," FIRST_OF(    \
        "demo.recentchange", "2") "," FIRST_OF("demo.recentchange", "3") "]"

static void test_the_body_is_that_of_a_connection(void **state)
{
    static const struct ksse_field fields[] = {{"Last-Event-ID", ONE}};
    static const struct ksse_stream_request request = {
        .topics = "demo.recentchange", .fields = fields, .field_count = 1};
    static char text[TEXT_LEN];
    struct reader r;
    int fds[2];
    size_t len = 0;
    (void)state;
    make(&(struct demo_setting){"http1-framing", "close"}, 1);
    open_reader(&r, &request);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(ksse_serve_fd(server, fds[0], &request, NULL), 0);
    while (r.len < 10000 || len < 12000) {
        assert_true(demo_turn(server));
        ssize_t got = recv(fds[1], text + len, TEXT_LEN - 1 - len, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
    }
    text[len] = '\0';
    const char *body = strstr(text, "\r\n\r\n") + 4;
    assert_int_equal(ksse_stream_status(r.stream), 200);
    assert_string_equal(ksse_stream_content_type(r.stream), "text/event-stream; charset=utf-8");
    assert_memory_equal(r.text, body, 10000);
    close(fds[1]);
    fini_reader(&r);
    stop();
}

static const struct ksse_field wants_json[] = {{"Accept", "application/json"}};
static const struct ksse_field bad_id[] = {{"Last-Event-ID", "x"}};

static const struct {
    struct ksse_stream_request request;
    int status;
    const char *content_type;
    const char *body; /* NULL: none */
} answered_requests[] = {
    {{.topics = "nothing"}, 404, "application/json; charset=utf-8", "\"statusCode\":404"},
    {{.topics = "a b"}, 404, "application/json; charset=utf-8", "\"statusCode\":404"},
    {{.topics = "demo.recentchange", .query = "since=x"},
     400,
     "application/json; charset=utf-8",
     "\"statusCode\":400"},
    {{.topics = "demo.recentchange", .fields = bad_id, .field_count = 1},
     400,
     "application/json; charset=utf-8",
     "\"statusCode\":400"},
    {{.topics = "demo.recentchange", .is_head = true},
     200,
     "text/event-stream; charset=utf-8",
     NULL},
    {{.topics = "nothing", .is_head = true}, 404, "application/json; charset=utf-8", NULL},
    {{.topics = "demo.recentchange", .is_head = true, .fields = wants_json, .field_count = 1},
     200,
     "application/json; charset=utf-8",
     NULL},
};

static void test_answers(void **state)
{
    (void)state;
    make(&(struct demo_setting){"http1-framing", "chunked"}, 1);
    settle();
    for (size_t i = 0; i < ARRAY_LEN(answered_requests); i++) {
        struct reader r;
        open_reader(&r, &answered_requests[i].request);
        turn_until_end(&r);
        assert_int_equal(ksse_stream_status(r.stream), answered_requests[i].status);
        assert_string_equal(ksse_stream_content_type(r.stream), answered_requests[i].content_type);
        assert_true(answered_requests[i].body == NULL ? r.len == 0
                                                      : has(&r, answered_requests[i].body));
        assert_int_equal(ksse_stream_read(r.stream, &(char){0}, 1), 0);
        fini_reader(&r);
    }
    stop();
}

static void test_newline_delimited_json(void **state)
{
    static const struct ksse_field ndjson[] = {{"Accept", "application/x-ndjson"}};
    static const struct ksse_stream_request request = {
        .topics = "demo.recentchange", .fields = ndjson, .field_count = 1};
    struct reader r;
    (void)state;
    make(NULL, 0);
    open_reader(&r, &request);
    r.reads_when_told = false;
    while (r.calls == 0) {
        assert_true(demo_turn(server));
    }
    assert_int_equal(ksse_stream_status(r.stream), 200);
    r.reads_when_told = true;
    read_all(&r);
    turn_until_has(&r, "{");
    assert_null(strstr(r.text, "data:"));
    fini_reader(&r);
    stop();
}

static void test_what_cannot_be_opened(void **state)
{
    static const struct ksse_stream_request good = {.topics = "demo.recentchange"};
    static const struct ksse_stream_request bad_query = {.topics = "a", .query = " "};
    static const struct ksse_stream_request bad_route = {.topics = "a", .route = "/x"};
    struct ksse_stream *stream = NULL;
    (void)state;
    make(NULL, 0);
    assert_int_equal(ksse_stream_open(server, &bad_query, &ops, NULL, &stream, NULL), KSSE_EVALUE);
    assert_int_equal(ksse_stream_open(server, &bad_route, &ops, NULL, &stream, NULL),
                     KSSE_EUNKNOWN);
    mem_fail_after(1);
    int result = ksse_stream_open(server, &good, &ops, NULL, &stream, NULL);
    mem_fail_after(-1);
    assert_int_equal(result, KSSE_ENOMEM);
    drain();
    assert_int_equal(ksse_stream_open(server, &good, &ops, NULL, &stream, NULL), KSSE_ESYSTEM);
    assert_null(stream);
    ksse_server_free(server);
}

/* ---- pulling ---- */

/* The offset of the next record of a partition, behind which *at stands then; -1: no more. */
static long next_offset(const char **at, int partition)
{
    char what[50];
    snprintf(what, sizeof(what), "\"partition\":%d,\"offset\":", partition);
    while ((*at = strstr(*at, what)) != NULL) {
        char *end;
        long offset = strtol(*at + strlen(what), &end, 10);
        *at = end;
        if (strncmp(end, ",\"timestamp\"", 12) == 0) { /* else it stands in an id */
            return offset;
        }
    }
    return -1;
}

/* Compares what both have of a partition; returns how many records that is. */
static int check_same_records(const char *one, const char *other, int partition)
{
    for (int count = 0;; count++) {
        long offset = next_offset(&one, partition);
        long other_offset = next_offset(&other, partition);
        if (offset < 0 || other_offset < 0) {
            return count;
        }
        assert_int_equal(offset, other_offset);
    }
}

/* A stream that is read slowly holds little, and misses nothing of the partitions it shows. */
static void test_a_slow_reader(void **state)
{
    static const struct ksse_field fields[] = {{"Last-Event-ID", SEVERAL}};
    static const struct ksse_stream_request request = {
        .topics = "demo.recentchange", .fields = fields, .field_count = 1};
    struct reader r;
    (void)state;
    make(NULL, 0);
    settle();
    open_reader(&r, &request);
    r.reads_when_told = false;
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    /* Time to send all, if it were so inclined; more of it where the machine is slow. */
    for (int64_t wait_ms = 500; r.largest < BUFFER_BYTES / 2; wait_ms *= 2) {
        assert_true(now_ms() < deadline_ms);
        turn_for(wait_ms);
        assert_true(r.calls > 0);
        read_all(&r);
    }
    assert_true(r.largest <= BUFFER_BYTES);
    while (r.len < COMPARED_BYTES) {
        assert_true(now_ms() < deadline_ms);
        assert_true(demo_turn(server));
        (void)!read_once(&r, 1000);
    }
    assert_in_range(r.largest, BUFFER_BYTES / 2, BUFFER_BYTES);
    struct reader fast;
    open_reader(&fast, &request);
    while (fast.len < r.len) {
        assert_true(demo_turn(server));
    }
    int count = 0;
    for (int partition = 0; partition < 4; partition++) {
        count += check_same_records(r.text, fast.text, partition);
    }
    assert_true(count > 60);
    fini_reader(&fast);
    fini_reader(&r);
    stop();
}

/* Not told again before nothing was found; then told of what came meanwhile. */
static void test_told_once(void **state)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    struct reader r;
    (void)state;
    make(NULL, 0);
    settle();
    open_reader(&r, &request);
    r.reads_when_told = false;
    turn_for(1500);
    assert_int_equal(r.calls, 1);
    assert_int_equal(read_once(&r, 1), 1);
    assert_true(demo_turn(server));
    assert_int_equal(r.calls, 1);
    r.reads_when_told = true;
    read_all(&r);
    assert_int_equal(r.calls, 1);
    size_t len = r.len;
    while (r.len == len) {
        assert_true(demo_turn(server));
    }
    assert_int_equal(r.calls, 2);
    fini_reader(&r);
    stop();
}

static void test_a_thousand(void **state)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    static struct reader readers[MANY];
    (void)state;
    make(NULL, 0);
    for (size_t i = 0; i < MANY; i++) {
        open_reader(&readers[i], &request);
    }
    for (size_t i = 0; i < MANY; i++) {
        turn_until_has(&readers[i], "event: message");
    }
    for (size_t i = 0; i < MANY / 2; i++) {
        fini_reader(&readers[i]);
    }
    drain();
    for (size_t i = MANY / 2; i < MANY; i++) {
        assert_true(readers[i].has_ended);
        assert_true(has(&readers[i], "retry: "));
        assert_string_equal(readers[i].text + readers[i].len - 2, "\n\n");
        fini_reader(&readers[i]);
    }
    ksse_server_free(server);
}

static void test_limits_count(void **state)
{
    static const struct demo_setting settings[] = {{"max-clients", "1"},
                                                   {"max-clients-per-address", "1"}};
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    struct reader first;
    struct reader second;
    (void)state;
    make(settings, ARRAY_LEN(settings));
    open_reader(&first, &request);
    turn_until_has(&first, ":ok\n\n");
    open_reader(&second, &request);
    turn_until_end(&second);
    assert_int_equal(ksse_stream_status(second.stream), 200);
    assert_true(has(&second, "retry: "));
    fini_reader(&second);
    close_reader(&first);
    open_reader(&second, &request);
    turn_until_has(&second, "event: message");
    fini_reader(&second);
    fini_reader(&first);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_body_is_that_of_a_connection),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_newline_delimited_json),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_a_slow_reader),
        cmocka_unit_test(test_told_once),
        cmocka_unit_test(test_a_thousand),
        cmocka_unit_test(test_limits_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
