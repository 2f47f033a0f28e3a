/*
 * Requests that the program has read itself, on sockets of its own: they are answered as those that
 * came to the server, from any thread, and none gets lost when the server stops.
 */
#include "base/list.h"
#include "support/demo_server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    COMPARED_BYTES = 20000, /* of a stream */
    SENDERS = 2,
    MOST_SENT = 4000 /* by each */
};

static struct ksse_server *server;
static pthread_t thread;

static void start(const struct demo_setting *settings, size_t count)
{
    server = demo_server_new(settings, count, NULL);
    thread = demo_run(server);
}

static void stop(void)
{
    ksse_server_stop(server);
    demo_join(thread);
    ksse_server_free(server);
}

/* ---- the same bytes ---- */

/* Up to the end, or to so many bytes. The date is taken out. */
static size_t read_answer(int fd, char *text, size_t most)
{
    size_t len = 0;
    while (len < most) {
        ssize_t got = recv(fd, text + len, most - len, 0);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    text[len] = '\0';
    char *date = strstr(text, "Date: ");
    if (date != NULL) {
        char *end = strchr(date, '\n') + 1;
        memmove(date, end, strlen(end) + 1);
        len -= (size_t)(end - date);
    }
    close(fd);
    return len;
}

struct same_case {
    const char *path; /* on the wire */
    struct ksse_stream_request given;
    struct ksse_field fields[2];
};

static int send_head(const struct same_case *c)
{
    char head[1000];
    int fd = demo_connect(server);
    int len = snprintf(head, sizeof(head), "%s %s HTTP/1.%d\r\nHost: a\r\nConnection: close\r\n",
                       c->given.is_head ? "HEAD" : "GET", c->path, c->given.is_http_10 ? 0 : 1);
    for (size_t i = 0; i < c->given.field_count; i++) {
        len += snprintf(head + len, sizeof(head) - (size_t)len, "%s: %s\r\n", c->fields[i].name,
                        c->fields[i].value);
    }
    len += snprintf(head + len, sizeof(head) - (size_t)len, "\r\n");
    assert_int_equal(send(fd, head, (size_t)len, MSG_NOSIGNAL), len);
    return fd;
}

/* Where all streams begin: what the demo has is the same for all then. */
#define FIRST "[{\"topic\":\"demo.recentchange\",\"partition\":0,\"offset\":0}]"
#define FIRST_ENCODED                                                                              \
    "%5B%7B%22topic%22:%22demo.recentchange%22,%22partition%22:0,%22offset%22:0%7D%5D"

static const struct same_case same_cases[] = {
    {"/demo.recentchange",
     {.topics = "demo.recentchange", .field_count = 1},
     {{"Last-Event-ID", FIRST}}},
    {"/v2/stream/demo.recentchange?lastEventId=" FIRST_ENCODED,
     {.topics = "demo.recentchange",
      .route = "/v2/stream/{topics}",
      .query = "lastEventId=" FIRST_ENCODED},
     {{NULL, NULL}}},
    {"/demo.recentchange",
     {.topics = "demo.recentchange", .field_count = 2},
     {{"Last-Event-ID", FIRST}, {"Accept", "application/json"}}},
    {"/demo.recentchange",
     {.topics = "demo.recentchange", .field_count = 2},
     {{"Last-Event-ID", FIRST}, {"Origin", "https://b.example"}}},
    {"/nothing", {.topics = "nothing", .field_count = 1}, {{"Origin", "https://a.example"}}},
    {"/demo.recentchange",
     {.topics = "demo.recentchange", .field_count = 2},
     {{"Last-Event-ID", FIRST}, {"Origin", "https://a.example"}}},
    {"/demo.recentchange",
     {.topics = "demo.recentchange", .field_count = 1, .is_http_10 = true},
     {{"Last-Event-ID", FIRST}}},
    {"/demo.recentchange", {.topics = "demo.recentchange", .is_head = true}, {{NULL, NULL}}},
    {"/nothing", {.topics = "nothing"}, {{NULL, NULL}}},
    {"/no%20name,%C3%A4", {.topics = "no name,\xc3\xa4"}, {{NULL, NULL}}},
    {"/demo.recentchange,", {.topics = "demo.recentchange,"}, {{NULL, NULL}}},
    {"/demo.recentchange?since=x",
     {.topics = "demo.recentchange", .query = "since=x"},
     {{NULL, NULL}}},
    {"/demo.recentchange?since=%zz",
     {.topics = "demo.recentchange", .query = "since=%zz"},
     {{NULL, NULL}}},
    {"/demo.recentchange",
     {.topics = "demo.recentchange", .field_count = 1},
     {{"Last-Event-ID", "x"}}},
    {"/nothing", {.topics = "nothing", .is_head = true}, {{NULL, NULL}}},
};

static void check_same(const struct same_case *c)
{
    static char expected[TEXT_LEN];
    static char found[TEXT_LEN];
    struct ksse_stream_request given = c->given;
    given.fields = c->fields;
    size_t expected_len = read_answer(send_head(c), expected, COMPARED_BYTES);
    size_t found_len = read_answer(demo_hand_over(server, &given), found, COMPARED_BYTES);
    assert_true(expected_len > 0);
    assert_int_equal(expected_len, found_len);
    assert_string_equal(expected, found);
}

static void test_the_same_bytes(void **state)
{
    static const struct demo_setting settings[] = {{"http1-framing", "close"},
                                                   {"cors-origin", "https://a.example"}};
    (void)state;
    start(settings, ARRAY_LEN(settings));
    for (size_t i = 0; i < ARRAY_LEN(same_cases); i++) {
        check_same(&same_cases[i]);
    }
    stop();
}

static void test_the_same_bytes_in_chunks(void **state)
{
    static const struct demo_setting settings[] = {{"http1-framing", "chunked"}, {"workers", "2"}};
    (void)state;
    start(settings, ARRAY_LEN(settings));
    for (size_t i = 0; i < ARRAY_LEN(same_cases); i++) {
        check_same(&same_cases[i]);
    }
    stop();
}

/* ---- limits and refusals ---- */

static void test_what_is_not_taken_stays_the_callers(void **state)
{
    static const struct ksse_stream_request good = {.topics = "demo.recentchange"};
    static const struct ksse_stream_request bad_query = {.topics = "a", .query = " "};
    static const struct ksse_stream_request bad_route = {.topics = "a", .route = "/x"};
    struct ksse_error error;
    int ours;
    int theirs;
    int pipe_fds[2];
    (void)state;
    start(NULL, 0);
    demo_make_pair(&ours, &theirs);
    assert_int_equal(ksse_serve_fd(server, ours, &bad_query, &error), KSSE_EVALUE);
    assert_int_equal(ksse_serve_fd(server, ours, &bad_route, &error), KSSE_EUNKNOWN);
    assert_int_equal(ksse_serve_fd(server, -1, &good, &error), KSSE_ESYSTEM);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(ksse_serve_fd(server, pipe_fds[0], &good, &error), KSSE_ESYSTEM);
    assert_non_null(strstr(error.message, "socket"));
    int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(ksse_serve_fd(server, datagrams, &good, NULL), KSSE_ESYSTEM);
    int alone = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(ksse_serve_fd(server, alone, &good, NULL), KSSE_ESYSTEM);
    /* It is as it was: it blocks, and can be written to. */
    assert_int_equal(fcntl(ours, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(send(ours, "x", 1, MSG_NOSIGNAL), 1);
    int fds[] = {ours, theirs, pipe_fds[0], pipe_fds[1], datagrams, alone};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        assert_int_equal(close(fds[i]), 0);
    }
    stop();
}

/* The limits count it; but a Unix socket has no network address that could have too many. */
static void test_limits_count(void **state)
{
    static const struct demo_setting settings[] = {{"max-clients", "2"},
                                                   {"max-clients-per-address", "1"}};
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    static char text[TEXT_LEN];
    int fds[3];
    (void)state;
    start(settings, ARRAY_LEN(settings));
    for (size_t i = 0; i < 2; i++) {
        fds[i] = demo_hand_over(server, &request);
        assert_true(read_until(fds[i], ":ok\n\n", text));
    }
    fds[2] = demo_hand_over(server, &request);
    assert_true(read_until(fds[2], "retry: ", text));
    assert_non_null(strstr(text, " 200 "));
    for (size_t i = 0; i < 3; i++) {
        close(fds[i]);
    }
    stop();
}

static void test_bytes_behind_the_request_are_thrown_away(void **state)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    static char text[TEXT_LEN];
    int ours;
    int theirs;
    (void)state;
    start(NULL, 0);
    demo_make_pair(&ours, &theirs);
    assert_int_equal(send(theirs, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    assert_int_equal(ksse_serve_fd(server, ours, &request, NULL), 0);
    assert_true(read_until(theirs, "event: message", text));
    close(theirs);
    stop();
}

/* ---- stopping ---- */

static const struct ksse_stream_request any_stream = {.topics = "demo.recentchange"};

static void test_a_stopping_server_ends_and_refuses(void **state)
{
    static char text[TEXT_LEN];
    int ours;
    int theirs;
    (void)state;
    start(NULL, 0);
    int before = demo_hand_over(server, &any_stream);
    assert_true(read_until(before, ":ok\n\n", text));
    ksse_server_stop(server);
    assert_false(read_until(before, NULL, text));
    assert_non_null(strstr(text, "retry: "));
    close(before);
    demo_join(thread);
    demo_make_pair(&ours, &theirs);
    assert_int_equal(ksse_serve_fd(server, ours, &any_stream, NULL), KSSE_ESYSTEM);
    close(ours);
    close(theirs);
    ksse_server_free(server);
}

static void test_a_server_that_never_ran_closes_what_it_was_given(void **state)
{
    char byte;
    (void)state;
    server = demo_server_new(NULL, 0, NULL);
    int fd = demo_hand_over(server, &any_stream);
    ksse_server_free(server);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static atomic_int sent;

/* Until one is refused, which is when the server stops. */
static void *send_all(void *opaque)
{
    int *theirs = opaque;
    for (int i = 0; i < MOST_SENT; i++) {
        int ours;
        demo_make_pair(&ours, &theirs[i]);
        if (ksse_serve_fd(server, ours, &any_stream, NULL) < 0) {
            close(ours);
            close(theirs[i]);
            theirs[i] = -1;
            break;
        }
        atomic_fetch_add(&sent, 1);
    }
    return NULL;
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static int theirs_of[SENDERS][MOST_SENT];

/* Everything that was taken comes to an end; nothing is left open. */
static void stop_among_senders(const char *workers)
{
    static char text[TEXT_LEN];
    const struct demo_setting settings[] = {{"workers", workers}, {"drain-timeout", "1s"}};
    pthread_t senders[SENDERS];
    int before = count_descriptors();
    atomic_store(&sent, 0);
    start(settings, ARRAY_LEN(settings));
    for (size_t i = 0; i < SENDERS; i++) {
        for (size_t at = 0; at < MOST_SENT; at++) {
            theirs_of[i][at] = -1;
        }
        assert_int_equal(pthread_create(&senders[i], NULL, send_all, theirs_of[i]), 0);
    }
    while (atomic_load(&sent) < 50) {
        usleep(100);
    }
    ksse_server_stop(server);
    for (size_t i = 0; i < SENDERS; i++) {
        pthread_join(senders[i], NULL);
        for (size_t at = 0; at < MOST_SENT && theirs_of[i][at] >= 0; at++) {
            assert_false(read_until(theirs_of[i][at], NULL, text));
            assert_true(errno != EAGAIN);
            close(theirs_of[i][at]);
        }
    }
    stop();
    assert_int_equal(count_descriptors(), before);
}

static void test_stopping_among_senders(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        stop_among_senders("1");
        stop_among_senders("2");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bytes),
        cmocka_unit_test(test_the_same_bytes_in_chunks),
        cmocka_unit_test(test_what_is_not_taken_stays_the_callers),
        cmocka_unit_test(test_limits_count),
        cmocka_unit_test(test_bytes_behind_the_request_are_thrown_away),
        cmocka_unit_test(test_a_stopping_server_ends_and_refuses),
        cmocka_unit_test(test_a_server_that_never_ran_closes_what_it_was_given),
        cmocka_unit_test(test_stopping_among_senders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
