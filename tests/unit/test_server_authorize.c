/*
 * A whole server in this process, whose requests the program decides on: what clients are told, and
 * what it is asked about. The callback does what the query says.
 */
#include "support/demo_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    READY_TRIES = 10000
};

static struct ksse_server *server;
static pthread_t thread;
static atomic_int calls;
static char text[TEXT_LEN];

static void narrow(struct ksse_request *request, const char *name)
{
    const char *topics = ksse_request_query(request, name);
    if (topics != NULL) {
        int result = ksse_request_narrow(request, topics);
        assert_true(result == 0 || result == KSSE_EVALUE);
    }
}

static int on_authorize(void *opaque, struct ksse_request *request)
{
    assert_ptr_equal(opaque, &calls);
    calls++;
    assert_string_equal(ksse_request_peer(request), "127.0.0.1");
    narrow(request, "narrow");
    narrow(request, "further");
    const char *filter = ksse_request_query(request, "only");
    if (filter != NULL) {
        int result = ksse_request_add_filter(request, filter);
        assert_true(result == 0 || result == KSSE_EVALUE);
    }
    const char *sentence = ksse_request_query(request, "say");
    if (sentence != NULL) {
        ksse_request_explain(request, sentence);
    }
    const char *token = ksse_request_field(request, "Authorization");
    if (token != NULL && strcmp(token, "Bearer good") != 0) {
        return 403;
    }
    const char *answer = ksse_request_query(request, "answer");
    return answer == NULL ? 0 : atoi(answer);
}

/* Sends the request and reads the answer into `text`, to its end or until it has `what`. */
static void ask(const char *method_and_path, const char *fields, const char *what)
{
    char head[1000];
    int fd = demo_connect(server);
    int len = snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n",
                       method_and_path, fields == NULL ? "" : fields);
    assert_int_equal(send(fd, head, (size_t)len, MSG_NOSIGNAL), len);
    (void)read_until(fd, what, text);
    close(fd);
}

static int start(void **state)
{
    static const struct demo_setting settings[] = {{"heartbeat", "1s"}, {"cors-origin", "*"}};
    struct ksse_config *config = demo_config(settings, ARRAY_LEN(settings));
    (void)state;
    assert_int_equal(
        ksse_config_set_alias(config, "both", "demo.recentchange,demo.page-create", NULL), 0);
    assert_int_equal(
        ksse_config_set_route(config, "/all", "topics", "demo.recentchange,demo.page-create", NULL),
        0);
    assert_int_equal(ksse_config_set_route(config, "/{topics}", "topics", "^demo", NULL), 0);
    ksse_config_set_authorize(config, on_authorize, &calls);
    server = demo_server_of(config);
    thread = demo_run(server);
    for (int i = 0; i < READY_TRIES; i++) {
        ask("GET /-/ready", NULL, NULL);
        if (strstr(text, " 200 ") != NULL) {
            return 0;
        }
    }
    return -1;
}

static int stop(void **state)
{
    (void)state;
    ksse_server_stop(server);
    demo_join(thread);
    ksse_server_free(server);
    return 0;
}

struct request {
    const char *path; /* with the method */
    const char *fields;
    const char *status;
    const char *parts[4]; /* of the answer */
    int calls;
};

static void assert_has(const struct request *request, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("%s: no \"%s\" in\n%s", request->path, part, text);
    }
}

static void check(const struct request *requests, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        const struct request *request = &requests[i];
        int before = calls;
        char line[64];
        ask(request->path, request->fields, what);
        snprintf(line, sizeof(line), "HTTP/1.1 %s\r\n", request->status);
        assert_has(request, line);
        for (size_t p = 0; p < ARRAY_LEN(request->parts) && request->parts[p] != NULL; p++) {
            assert_has(request, request->parts[p]);
        }
        assert_int_equal(calls - before, request->calls);
    }
}

#define R "demo.recentchange"
#define P "demo.page-create"
#define NOT_THERE "TopicNotAvailableError"
#define FROM_P "Last-Event-ID: [{\"topic\":\"" P "\",\"partition\":0,\"offset\":0}]\r\n"
#define FROM_BOTH                                                                                  \
    "Last-Event-ID: [{\"topic\":\"" R "\",\"partition\":0,\"offset\":0},\"" P "\"]\r\n"

/* An id of an earlier stream, which had both. */
#define ENTRY(topic) "{\"topic\":\"" topic "\",\"partition\":0,\"offset\":0}"
#define WITH(topic) "Last-Event-ID: [" ENTRY(R) "," ENTRY(topic) "]\r\n"
#define GONE(topic)                                                                                \
    "event: gap\nid: [" ENTRY(R) "]\ndata: {\"topic\":\"" topic "\",\"partition\":0,"              \
                                 "\"from\":0,\"to\":null,\"reason\":\"gone\"}\n\n"

static void test_allowed(void **state)
{
    static const struct request requests[] = {
        {"GET /" R "?since=0", NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /" R "?since=0", "Authorization: Bearer good\r\n", "200 OK", {":ok\n\n"}, 1},
        {"GET /" R "?since=0&say=unused", NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /both?since=0", NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /all?since=0", NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /" R "?since=0&narrow=" R, NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /" R "?since=0&narrow=^demo&further=x," R, NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /both?since=0&narrow=" R "," P, NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /all?since=0&narrow=^demo", NULL, "200 OK", {":ok\n\n"}, 1},
        {"GET /nosuch?narrow=" P, FROM_P, "200 OK", {":ok\n\n"}, 1},
        {"GET /" R "?since=0&only=bot%3D%3Dfalse", NULL, "200 OK", {":ok\n\n"}, 1},
    };
    (void)state;
    check(requests, ARRAY_LEN(requests), "event: ");
}

static void test_denied(void **state)
{
    static const char cors[] = "Access-Control-Allow-Origin: *\r\n";
    static const struct request requests[] = {
        {"GET /" R "?answer=401",
         NULL,
         "401 Unauthorized",
         {"WWW-Authenticate: Bearer\r\n", cors,
          "{\"message\":\"Access to this stream is denied.\",\"origin\":\"KafkaSSE\",\"name\":"
          "\"AuthorizationError\",\"statusCode\":401}\n"},
         1},
        {"GET /" R "?answer=403&say=Not+you.",
         NULL,
         "403 Forbidden",
         {"\"message\":\"Not you.\"", "\"statusCode\":403", cors},
         1},
        {"GET /" R, "Authorization: Bearer bad\r\n", "403 Forbidden", {cors}, 1},
        {"GET /" R "?answer=429", NULL, "429 Too Many Requests", {"\"statusCode\":429", cors}, 1},
        {"GET /" R "?answer=400", NULL, "400 Bad Request", {"RequestDeniedError"}, 1},
        {"GET /" R "?answer=599", NULL, "599 Unknown", {"\"statusCode\":599", cors}, 1},
        {"GET /" R "?answer=600", NULL, "500 Internal Server Error", {"\"statusCode\":500"}, 1},
        {"GET /" R "?answer=-1", NULL, "500 Internal Server Error", {"InternalError"}, 1},
        {"GET /" R "?answer=200", NULL, "500 Internal Server Error", {"InternalError"}, 1},
        /* What does not exist is denied in the same words as what does. */
        {"GET /demo.nosuch?answer=403", NULL, "403 Forbidden", {"AuthorizationError"}, 1},
        {"GET /nosuch?answer=403", NULL, "403 Forbidden", {"AuthorizationError"}, 1},
        {"GET /all?answer=403", NULL, "403 Forbidden", {"AuthorizationError"}, 1},
        {"GET /" R "?narrow=^(", NULL, "500 Internal Server Error", {"InternalError"}, 1},
        {"GET /" R "?only=((", NULL, "500 Internal Server Error", {"InternalError"}, 1},
        {"GET /" R "?only=((&answer=403", NULL, "403 Forbidden", {"AuthorizationError"}, 1},
    };
    (void)state;
    check(requests, ARRAY_LEN(requests), NULL);
}

static void test_narrowed_away(void **state)
{
    static const struct request requests[] = {
        {"GET /" P "?narrow=" R, NULL, "404 Not Found", {NOT_THERE, P " are not available"}, 1},
        {"GET /" P "?narrow=" R "&since=0", NULL, "404 Not Found", {NOT_THERE}, 1},
        {"GET /" R "?narrow=", NULL, "404 Not Found", {NOT_THERE}, 1},
        {"GET /" R "?narrow=^demo&further=" P, NULL, "404 Not Found", {NOT_THERE}, 1},
        {"GET /" R "?narrow=" P "&further=" R, NULL, "404 Not Found", {NOT_THERE}, 1},
        {"GET /both?narrow=" R, NULL, "404 Not Found", {"\"Topics " P " are not"}, 1},
        {"GET /all?narrow=" R, NULL, "404 Not Found", {"\"Topics " P " are not"}, 1},
        {"GET /" R "?narrow=" R, FROM_P, "404 Not Found", {"\"Topics " P " are not"}, 1},
        {"GET /" R "?narrow=" R, FROM_BOTH, "404 Not Found", {"\"Topics " P " are not"}, 1},
        {"HEAD /" P "?narrow=" R, NULL, "404 Not Found", {NULL}, 1},
        /* One that does not exist looks the same; the callback is not asked again meanwhile. */
        {"GET /demo.nosuch?narrow=" R, NULL, "404 Not Found", {"\"Topics demo.nosuch are not"}, 1},
        {"GET /demo.nosuch", NULL, "404 Not Found", {"\"Topics demo.nosuch are not"}, 1},
        /* The route still counts. */
        {"GET /other?narrow=other", NULL, "404 Not Found", {NOT_THERE}, 1},
    };
    (void)state;
    check(requests, ARRAY_LEN(requests), NULL);
}

/* What is hidden, does not exist, or is not the route's looks the same, and the rest goes on. */
static void test_gone_for_this_client(void **state)
{
    static const struct request requests[] = {
        {"GET /" R "?narrow=" R, WITH(P), "200 OK", {GONE(P)}, 1},
        {"GET /" R "?narrow=" R, WITH("demo.nosuch"), "200 OK", {GONE("demo.nosuch")}, 1},
        {"GET /" R, WITH("demo.nosuch"), "200 OK", {GONE("demo.nosuch")}, 1},
        {"GET /" R, WITH("other"), "200 OK", {GONE("other")}, 1},
    };
    (void)state;
    check(requests, ARRAY_LEN(requests), "event: message");
}

static void test_what_is_not_asked_about(void **state)
{
    static const struct request requests[] = {
        {"OPTIONS /" R "?answer=403", NULL, "204 No Content", {NULL}, 0},
        {"GET /-/healthy?answer=403", NULL, "200 OK", {NULL}, 0},
        {"GET /-/topics?answer=403", NULL, "200 OK", {NULL}, 0},
        {"GET /?answer=403", NULL, "200 OK", {NULL}, 0},
        {"GET /no/such/route?answer=403", NULL, "404 Not Found", {"NotFoundError"}, 0},
        {"GET /%zz?answer=403", NULL, "400 Bad Request", {NULL}, 0},
        {"GET /" R "?answer=403&since=x", NULL, "400 Bad Request", {NULL}, 0},
        {"GET /" R "?answer=403", "Last-Event-ID: {}\r\n", "400 Bad Request", {NULL}, 0},
        {"POST /" R "?answer=403", NULL, "405 Method Not Allowed", {NULL}, 0},
    };
    (void)state;
    check(requests, ARRAY_LEN(requests), NULL);
}

static void test_head_gets_the_head_only(void **state)
{
    static const struct request requests[] = {
        {"HEAD /" R, NULL, "200 OK", {"text/event-stream"}, 1},
        {"HEAD /" R "?answer=401", NULL, "401 Unauthorized", {"WWW-Authenticate"}, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        check(&requests[i], 1, NULL);
        assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    }
}

/* ---- filters that it adds ---- */

static int count_of(const char *what)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what)) {
        count++;
    }
    return count;
}

static void test_a_filter_hides_records(void **state)
{
    (void)state;
    ask("GET /" R "?since=0&only=bot", NULL, "\"bot\":true");
    assert_true(count_of("\"bot\":true") > 0); /* there is something to hide */
    ask("GET /" R "?since=0&only=!bot", NULL, "until `text` is full");
    assert_true(count_of("\"bot\":false") > 20);
    assert_int_equal(count_of("\"bot\":true"), 0);
    /* A client's own filter comes on top, and cannot bring back what is hidden. */
    ask("GET /" R "?since=0&only=!bot&filter=bot%20%7C%7C%20true&fields=bot", NULL, "\"bot\"");
    assert_int_equal(count_of("\"bot\":true"), 0);
    assert_true(count_of("\"bot\":false") > 0);
}

/* All offsets of the id of the last `position` event. */
static long last_position(void)
{
    static const char event[] = "event: position\nid: ";
    const char *at = text;
    const char *last = NULL;
    long sum = 0;
    while ((at = strstr(at, event)) != NULL) {
        last = at;
        at += sizeof(event) - 1;
    }
    assert_non_null(last);
    const char *end = strstr(last + sizeof(event), "\n");
    assert_non_null(end);
    while ((last = strstr(last, "\"offset\":")) != NULL && last < end) {
        last += strlen("\"offset\":");
        sum += strtol(last, NULL, 10);
    }
    return sum;
}

/* Of a stream that shows nothing at all. */
static void test_the_id_moves_behind_what_is_hidden(void **state)
{
    static const char nothing[] = "/" R "?only=has(no.such)";
    (void)state;
    int fd = demo_ask(server, nothing);
    assert_true(read_until(fd, "data: \n\n", text)); /* as only a position has it */
    assert_null(strstr(text, "event: message"));
    long first = last_position();
    assert_true(read_until(fd, "data: \n\n", text));
    assert_null(strstr(text, "event: message"));
    assert_true(last_position() > first);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_narrowed_away),
        cmocka_unit_test(test_gone_for_this_client),
        cmocka_unit_test(test_what_is_not_asked_about),
        cmocka_unit_test(test_head_gets_the_head_only),
        cmocka_unit_test(test_a_filter_hides_records),
        cmocka_unit_test(test_the_id_moves_behind_what_is_hidden),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
