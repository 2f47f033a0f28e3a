/* Requests for streams: where they start, what they name, how they want it. */
#include "support/request_fixture.h"

static struct config_snapshot *snapshot;

static void set_route(struct ksse_config *c, const char *path, const char *name, const char *value)
{
    assert_int_equal(ksse_config_set_route(c, path, name, value, NULL), 0);
}

static int setup(void **state)
{
    (void)state;
    struct ksse_config *said = ksse_config_new();
    assert_int_equal(ksse_config_set(said, "max-topics", "4", NULL), 0);
    assert_int_equal(ksse_config_set(said, "max-partitions", "3", NULL), 0);
    assert_int_equal(ksse_config_set_alias(said, "pair", "x , y", NULL), 0);
    set_route(said, "/fixed", "topics", "a,  b");
    set_route(said, "/fixed", "default-start", "earliest");
    set_route(said, "/fixed", "id-format", "timestamp");
    set_route(said, "/fixed", "gap", "error");
    set_route(said, "/{topics}", NULL, NULL);
    snapshot = snapshot_of_server(said);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    config_snapshot_unref(snapshot);
    return 0;
}

static struct stream_request *read_it(const char *head, struct view *view, struct refusal *refusal)
{
    struct http_request http;
    return read_head(snapshot, head, &http, view, refusal);
}

static const struct {
    const char *head;
    const char *asked; /* names, and for objects partition@value */
    enum start_kind otherwise;
    int64_t value;
} good[] = {
    {"GET /a HTTP/1.1\r\nHost:\r\n\r\n", "a ", START_LATEST, 0},
    {"GET /a,b HTTP/1.1\r\nHost:\r\n\r\n", "a b ", START_LATEST, 0},
    {"GET /pair HTTP/1.1\r\nHost:\r\n\r\n", "x y ", START_LATEST, 0},
    {"GET /pair,a,pair,y HTTP/1.1\r\nHost:\r\n\r\n", "x y a ", START_LATEST, 0},
    {"GET /a,pair,b HTTP/1.1\r\nHost:\r\n\r\n", "a x y b ", START_LATEST, 0},
    {"GET /, HTTP/1.1\r\nHost:\r\n\r\n", " ", START_LATEST, 0},
    {"GET /a, HTTP/1.1\r\nHost:\r\n\r\n", "a  ", START_LATEST, 0},
    {"GET /fixed HTTP/1.1\r\nHost:\r\n\r\n", "a b ", START_EARLIEST, 0},
    {"GET /a?since=5 HTTP/1.1\r\nHost:\r\n\r\n", "a ", START_TIMESTAMP, 5},
    {"GET /a?since=-5 HTTP/1.1\r\nHost:\r\n\r\n", "a ", START_TIMESTAMP, 0},
    {"GET /a?since= HTTP/1.1\r\nHost:\r\n\r\n", "a ", START_LATEST, 0},
    {"GET /a?since=1970-01-01T00:00:01Z HTTP/1.1\r\nHost:\r\n\r\n", "a ", START_TIMESTAMP, 1000},
    {"GET /fixed?since=7 HTTP/1.1\r\nHost:\r\n\r\n", "a b ", START_TIMESTAMP, 7},
    {"GET /a HTTP/1.1\r\nHost:\r\nLast-Event-ID: [\"c\"]\r\n\r\n", "c ", START_LATEST, 0},
    {"GET /a HTTP/1.1\r\nHost:\r\nLast-Event-ID:\r\n\r\n", "a ", START_LATEST, 0},
    {"GET /a?lastEventId=%5B%22d%22%5D HTTP/1.1\r\nHost:\r\n\r\n", "d ", START_LATEST, 0},
    {"GET /a?lastEventId= HTTP/1.1\r\nHost:\r\n\r\n", "a ", START_LATEST, 0},
    {"GET /a?lastEventId=nonsense HTTP/1.1\r\nHost:\r\nlast-event-id: [\"c\"]\r\n\r\n", "c ",
     START_LATEST, 0},
    {"GET /a HTTP/1.1\r\nHost:\r\n"
     "Last-Event-ID: [{\"topic\":\"c\",\"partition\":1,\"offset\":9}]\r\n\r\n",
     "c/1@9 ", START_LATEST, 0},
    {"GET /a,b,c,d HTTP/1.1\r\nHost:\r\n\r\n", "a b c d ", START_LATEST, 0},
};

static void reads_what_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct view view;
        struct refusal refusal = REFUSAL_INIT;
        struct buf asked = BUF_INIT;
        struct stream_request *r = read_it(good[i].head, &view, &refusal);
        assert_non_null(r);
        for (size_t n = 0; n < r->assignments.count; n++) {
            const struct assignment *item = &r->assignments.items[n];
            buf_append_str(&asked, assignment_topic(&r->assignments, n));
            if (item->partition != ALL_PARTITIONS) {
                buf_printf(&asked, "/%d@%lld", (int)item->partition, (long long)item->start.value);
            }
            buf_append_char(&asked, ' ');
        }
        if (!slice_eq_str(buf_slice(&asked), good[i].asked)) {
            fail_msg("%s asks for %.*s", good[i].head, SLICE_ARG(buf_slice(&asked)));
        }
        assert_int_equal(r->otherwise.kind, good[i].otherwise);
        assert_int_equal(r->otherwise.value, good[i].value);
        buf_fini(&asked);
        stream_request_free(r);
    }
}

static const struct {
    const char *head;
    enum refusal_code code;
} bad[] = {
    {"GET /a,b,c,d,e HTTP/1.1\r\nHost:\r\n\r\n", REFUSED_TOO_MANY_TOPICS},
    {"GET /pair,a,b,c HTTP/1.1\r\nHost:\r\n\r\n", REFUSED_TOO_MANY_TOPICS},
    {"GET /a?since=yesterday HTTP/1.1\r\nHost:\r\n\r\n", REFUSED_BAD_SINCE},
    {"GET /a?since=%zz HTTP/1.1\r\nHost:\r\n\r\n", REFUSED_BAD_URL},
    {"GET /a?lastEventId=%zz HTTP/1.1\r\nHost:\r\n\r\n", REFUSED_BAD_URL},
    {"GET /a?lastEventId=nonsense HTTP/1.1\r\nHost:\r\n\r\n", REFUSED_BAD_ID},
    {"GET /a HTTP/1.1\r\nHost:\r\nLast-Event-ID: []\r\n\r\n", REFUSED_BAD_ID},
    {"GET /a HTTP/1.1\r\nHost:\r\nLast-Event-ID: [\"a\",\"b\",\"c\",\"d\"]\r\n\r\n",
     REFUSED_TOO_MANY_TOPICS},
    {"GET /a?since=x HTTP/1.1\r\nHost:\r\nLast-Event-ID: [\"c\"]\r\n\r\n", REFUSED_BAD_SINCE},
};

static void refuses_what_makes_no_sense(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct view view;
        struct refusal refusal = REFUSAL_INIT;
        assert_null(read_it(bad[i].head, &view, &refusal));
        if (refusal.code != bad[i].code) {
            fail_msg("%s: %d", bad[i].head, (int)refusal.code);
        }
        refusal_fini(&refusal);
    }
}

/* The same head, with another id in it, is not longer than it may be. */
static void knows_how_long_ids_may_become(void **state)
{
    (void)state;
    static const char plain[] = "GET /a HTTP/1.1\r\nHost: x\r\nCookie: abc\r\n\r\n";
    size_t limit = (size_t)snapshot->config->settings.max_head_bytes;
    size_t room = limit - strlen(plain) - strlen("Last-Event-ID: \r\n");
    static const struct {
        const char *head;
        bool is_limited;
    } cases[] = {
        {"GET /a HTTP/1.1\r\nHost: x\r\nCookie: abc\r\n\r\n", true},
        {"GET /a HTTP/1.1\r\nHost: x\r\nlast-event-id: [\"a\"]\r\nCookie: abc\r\n\r\n", true},
        {"GET /a HTTP/1.1\r\nHost: x\r\nLast-Event-ID: [{\"topic\":\"a\",\"partition\":0,"
         "\"offset\":1}]\r\nCookie: abc\r\n\r\n",
         false}, /* it has come back */
        {"GET /a HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view view;
        struct refusal refusal = REFUSAL_INIT;
        struct stream_request *r = read_it(cases[i].head, &view, &refusal);
        assert_non_null(r);
        if (cases[i].is_limited) {
            assert_in_range(r->max_id_len, room - 500, room);
        } else {
            assert_int_equal(r->max_id_len, SIZE_MAX);
        }
        stream_request_free(r);
    }
}

static const struct {
    const char *head;
    struct view view;
    bool is_json;
    bool is_head;
} requested_views[] = {
    {"GET /a HTTP/1.1\r\nHost:\r\n\r\n", {FORMAT_SSE, ID_OFFSET, GAP_EVENT, true}, false, false},
    {"GET /a HTTP/1.0\r\n\r\n", {FORMAT_SSE, ID_OFFSET, GAP_EVENT, false}, false, false},
    {"HEAD /fixed HTTP/1.1\r\nHost:\r\n\r\n",
     {FORMAT_SSE, ID_TIMESTAMP, GAP_ERROR, true},
     false,
     true},
    {"GET /a HTTP/1.1\r\nHost:\r\nAccept: application/json, text/event-stream\r\n\r\n",
     {FORMAT_NDJSON, ID_OFFSET, GAP_EVENT, true},
     true,
     false},
    {"GET /a HTTP/1.1\r\nHost:\r\nAccept: application/x-ndjson\r\n\r\n",
     {FORMAT_NDJSON, ID_OFFSET, GAP_EVENT, true},
     false,
     false},
    {"GET /a HTTP/1.1\r\nHost:\r\nAccept: text/html\r\n\r\n",
     {FORMAT_SSE, ID_OFFSET, GAP_EVENT, true},
     false,
     false},
};

static void reads_the_view(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requested_views); i++) {
        struct view view;
        struct refusal refusal = REFUSAL_INIT;
        struct stream_request *r = read_it(requested_views[i].head, &view, &refusal);
        assert_non_null(r);
        assert_int_equal(view.format, requested_views[i].view.format);
        assert_int_equal(view.id_format, requested_views[i].view.id_format);
        assert_int_equal(view.gap, requested_views[i].view.gap);
        assert_int_equal(view.is_chunked, requested_views[i].view.is_chunked);
        assert_int_equal(r->is_json, requested_views[i].is_json);
        assert_int_equal(r->is_head, requested_views[i].is_head);
        stream_request_free(r);
    }
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct stream_request *r = NULL;
        for (long n = 0; r == NULL; n++) {
            struct view view;
            struct refusal refusal = REFUSAL_INIT;
            mem_fail_after(n);
            r = read_it(good[i].head, &view, &refusal);
            int has_failed = mem_has_failed();
            mem_fail_after(-1);
            assert_true(r != NULL ? !has_failed : refusal.code == REFUSED_NO_MEMORY);
            refusal_fini(&refusal);
        }
        stream_request_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_asked_for),
        cmocka_unit_test(refuses_what_makes_no_sense),
        cmocka_unit_test(knows_how_long_ids_may_become),
        cmocka_unit_test(reads_the_view),
        cmocka_unit_test(says_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
