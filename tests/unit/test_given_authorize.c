/*
 * Requests that the program brings, and that its authorize callback decides on: streams that are
 * pulled, and sockets. What the callback does stands in the query, or in a field.
 */
#include "support/pull_reader.h"

#include <unistd.h>

#define R "demo.recentchange"
#define P "demo.page-create"

static int calls;
static char peer[64];
static char target[200];

static int on_authorize(void *opaque, struct ksse_request *request)
{
    const char *narrow = ksse_request_query(request, "narrow");
    const char *only = ksse_request_query(request, "only");
    const char *answer = ksse_request_field(request, "X-Answer");
    assert_null(opaque);
    calls++;
    snprintf(peer, sizeof(peer), "%s", ksse_request_peer(request));
    snprintf(target, sizeof(target), "%s %s", ksse_request_route(request),
             ksse_request_target(request));
    if (narrow != NULL) {
        assert_int_equal(ksse_request_narrow(request, narrow), 0);
    }
    if (only != NULL) {
        assert_int_equal(ksse_request_add_filter(request, only), 0);
    }
    ksse_request_explain(request, "Not you.");
    return answer == NULL ? 0 : atoi(answer);
}

static void make_deciding(void)
{
    struct ksse_config *config = pull_config(NULL, 0);
    ksse_config_set_authorize(config, on_authorize, NULL);
    server = demo_server_of(config);
    settle();
    calls = 0;
}

static const struct ksse_field denied_403[] = {{"X-Answer", "403"}};
static const struct ksse_field denied_418[] = {{"X-Answer", "418"}};
static const struct ksse_field broken[] = {{"X-Answer", "-1"}};

static const struct {
    struct ksse_stream_request request;
    int status;
    const char *target;
    const char *part; /* of the body */
} cases[] = {
    {{.topics = R}, 200, "/{topics} /" R, "event: message"},
    {{.topics = R "," P, .query = "since=0"}, 200, "/{topics} /" R "," P "?since=0", P},
    {{.topics = R, .route = "/v2/stream/{topics}"},
     200,
     "/v2/stream/{topics} /v2/stream/" R,
     "event: message"},
    {{.topics = R, .fields = denied_403, .field_count = 1}, 403, "/{topics} /" R, "Not you."},
    {{.topics = R, .fields = denied_418, .field_count = 1}, 418, "/{topics} /" R, "Not you."},
    {{.topics = R, .fields = broken, .field_count = 1}, 500, "/{topics} /" R, "Not you."},
    {{.topics = R, .query = "narrow=" R}, 200, "/{topics} /" R "?narrow=" R, "event: message"},
    {{.topics = P, .query = "narrow=" R},
     404,
     "/{topics} /" P "?narrow=" R,
     P " are not available"},
    {{.topics = R, .query = "narrow="}, 404, "/{topics} /" R "?narrow=", "are not available"},
};

static void test_pulled(void **state)
{
    (void)state;
    make_deciding();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct reader r;
        calls = 0;
        strcpy(peer, "?");
        open_reader(&r, &cases[i].request);
        turn_until_has(&r, cases[i].part);
        assert_int_equal(ksse_stream_status(r.stream), cases[i].status);
        assert_int_equal(calls, 1);
        assert_string_equal(peer, "");
        assert_string_equal(target, cases[i].target);
        fini_reader(&r);
    }
    stop();
}

/* Turns until the peer of the server's end has got `what`. */
static void turn_until_got(int fd, const char *what, char *text)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    size_t len = 0;
    text[0] = '\0';
    while (strstr(text, what) == NULL) {
        assert_true(now_ms() < deadline_ms);
        assert_true(demo_turn(server));
        ssize_t got = recv(fd, text + len, TEXT_LEN - 1 - len, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
        text[len] = '\0';
    }
}

static void test_on_a_socket(void **state)
{
    static char text[TEXT_LEN];
    (void)state;
    make_deciding();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char status[32];
        calls = 0;
        strcpy(peer, "?");
        int fd = demo_hand_over(server, &cases[i].request);
        turn_until_got(fd, cases[i].part, text);
        snprintf(status, sizeof(status), "HTTP/1.1 %d ", cases[i].status);
        assert_ptr_equal(strstr(text, status), text);
        assert_int_equal(calls, 1);
        assert_string_equal(peer, "");
        assert_string_equal(target, cases[i].target);
        close(fd);
    }
    stop();
}

/* A connection of TCP in two ends. */
static void connect_pair(int *ours, int *theirs)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    *theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(*theirs, (struct sockaddr *)&address, len), 0);
    *ours = accept(listener, NULL, NULL);
    assert_true(*ours >= 0);
    close(listener);
}

static void test_a_socket_has_a_peer(void **state)
{
    static const struct ksse_stream_request request = {.topics = R};
    static char text[TEXT_LEN];
    int ours;
    int theirs;
    (void)state;
    make_deciding();
    connect_pair(&ours, &theirs);
    assert_int_equal(ksse_serve_fd(server, ours, &request, NULL), 0);
    turn_until_got(theirs, "event: message", text);
    assert_string_equal(peer, "127.0.0.1");
    close(theirs);
    stop();
}

static void test_a_filter_of_a_pulled_stream(void **state)
{
    static const struct ksse_stream_request all = {.topics = R, .query = "since=0"};
    static const struct ksse_stream_request some = {.topics = R, .query = "since=0&only=!bot"};
    struct reader r;
    (void)state;
    make_deciding();
    open_reader(&r, &all);
    turn_until_has(&r, "\"bot\":true");
    fini_reader(&r);
    open_reader(&r, &some);
    while (r.len < TEXT_LEN) {
        assert_true(demo_turn(server));
    }
    assert_true(has(&r, "\"bot\":false"));
    assert_false(has(&r, "\"bot\":true"));
    fini_reader(&r);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pulled),
        cmocka_unit_test(test_on_a_socket),
        cmocka_unit_test(test_a_socket_has_a_peer),
        cmocka_unit_test(test_a_filter_of_a_pulled_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
