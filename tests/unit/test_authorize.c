/* What a program does to a request, and what comes of its answer. */
#include "core/json/json.h"
#include "support/authorize_fixture.h"

/* ---- answers ---- */

static const struct {
    struct script script;
    int status; /* 0: allowed */
    const char *name;
    const char *message; /* NULL: some */
} answers[] = {
    {{.answer = 0}, 0, NULL, NULL},
    {{.answer = 0, .sentence = "unused"}, 0, NULL, NULL},
    {{.answer = 0, .narrow = {"a"}, .filter = "x == 1"}, 0, NULL, NULL},
    {{.answer = 401}, 401, "AuthorizationError", "Access to this stream is denied."},
    {{.answer = 403}, 403, "AuthorizationError", NULL},
    {{.answer = 403, .sentence = "Not \"you\"."}, 403, "AuthorizationError", "Not \"you\"."},
    {{.answer = 403, .sentence = ""},
     403,
     "AuthorizationError",
     "Access to this stream is denied."},
    {{.answer = 400}, 400, "RequestDeniedError", NULL},
    {{.answer = 429, .sentence = "Later."}, 429, "RequestDeniedError", "Later."},
    {{.answer = 503}, 503, "RequestDeniedError", NULL},
    {{.answer = 599}, 599, "RequestDeniedError", NULL},
    {{.answer = 600}, 500, "InternalError", NULL},
    {{.answer = 399}, 500, "InternalError", NULL},
    {{.answer = 200}, 500, "InternalError", NULL},
    {{.answer = 1}, 500, "InternalError", "The server could not decide on this request."},
    {{.answer = -1, .sentence = "Broken."}, 500, "InternalError", "Broken."},
    {{.answer = INT32_MIN}, 500, "InternalError", NULL},
    /* What could not be narrowed as it should be is not served. */
    {{.answer = 0, .narrow = {"a", "^("}}, 500, "InternalError", NULL},
    {{.answer = 0, .narrow = {"a b", "a"}}, 500, "InternalError", NULL},
    {{.answer = 0, .narrow = {"__consumer_offsets"}}, 500, "InternalError", NULL},
    {{.answer = 0, .filter = "(("}, 500, "InternalError", NULL},
    {{.answer = 0, .filter = ""}, 500, "InternalError", NULL},
    {{.answer = 0, .filter = "((", .sentence = "unused"},
     500,
     "InternalError",
     "The server could not decide on this request."},
    {{.answer = 0, .filter = "!has(_kafka.headers['secret'])"}, 500, "InternalError", NULL},
    {{.answer = 404, .narrow = {"^("}}, 404, "RequestDeniedError", NULL},
};

static void assert_message(const struct refusal *refusal, const char *message, int status)
{
    char end[40];
    struct buf json = BUF_INIT;
    struct buf quoted = BUF_INIT;
    snprintf(end, sizeof(end), "\"statusCode\":%d}", status);
    json_append_string(&quoted, slice_str(message));
    buf_append_char(&quoted, '\0');
    refusal_append_json(refusal, &json);
    buf_append_char(&json, '\0');
    assert_non_null(strstr(json.data, end));
    assert_non_null(strstr(json.data, quoted.data));
    buf_fini(&json);
    buf_fini(&quoted);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct script script = answers[i].script;
        struct config_snapshot *snapshot = new_snapshot(&script);
        struct refusal refusal = REFUSAL_INIT;
        int status = answers[i].status;
        assert_int_equal(ask(snapshot, plain, &nobody, NULL, &refusal),
                         status == 0 ? 0 : KSSE_EREFUSED);
        assert_int_equal(script.calls, 1);
        if (status == 0) {
            assert_int_equal(refusal.code, REFUSED_NOT);
        } else {
            assert_int_equal(refusal_http_status(&refusal), status);
            assert_string_equal(refusal_name(refusal.code), answers[i].name);
        }
        if (answers[i].message != NULL) {
            assert_message(&refusal, answers[i].message, status);
        }
        refusal_fini(&refusal);
        config_snapshot_unref(snapshot);
    }
}

static void test_results_are_told_at_once(void **state)
{
    struct script script = {.narrow = {"^(", "a"}, .filter = "price >="};
    struct config_snapshot *snapshot = new_snapshot(&script);
    struct refusal refusal = REFUSAL_INIT;
    (void)state;
    assert_int_equal(ask(snapshot, plain, &nobody, NULL, &refusal), KSSE_EREFUSED);
    assert_int_equal(script.results[0], KSSE_EVALUE);
    assert_int_equal(script.results[1], 0);
    assert_int_equal(script.results[2], KSSE_EVALUE);
    refusal_fini(&refusal);
    config_snapshot_unref(snapshot);
}

static void test_long_sentences_are_cut_between_characters(void **state)
{
    static const struct {
        size_t ascii;
        size_t expected;
    } cases[] = {{248, 250}, {249, 249}, {250, 250}, {251, 250}, {247, 249}, {1000, 250}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char sentence[1100];
        memset(sentence, 'x', cases[i].ascii);
        strcpy(sentence + cases[i].ascii, "\xc3\xa9\xc3\xa9");
        struct script script = {.answer = 403, .sentence = sentence};
        struct config_snapshot *snapshot = new_snapshot(&script);
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(ask(snapshot, plain, &nobody, NULL, &refusal), KSSE_EREFUSED);
        assert_int_equal(refusal.message.len, cases[i].expected);
        assert_memory_equal(refusal.message.data, sentence, cases[i].expected);
        refusal_fini(&refusal);
        config_snapshot_unref(snapshot);
    }
}

static void test_nobody_wants_to_be_asked(void **state)
{
    struct config_snapshot *snapshot = new_snapshot(NULL);
    struct refusal refusal = REFUSAL_INIT;
    (void)state;
    snapshot->config->authorize = NULL;
    assert_int_equal(ask(snapshot, plain, &nobody, NULL, &refusal), 0);
    config_snapshot_unref(snapshot);
}

/* ---- what is granted ---- */

static bool has_filter(const struct stream_request *r, const char *text)
{
    struct buf key = BUF_INIT;
    selection_append_key(r->selection, &key);
    buf_append_char(&key, '\0');
    bool has = strstr(key.data, text) != NULL;
    buf_fini(&key);
    return has;
}

static void test_the_grant_is_kept_with_the_request(void **state)
{
    struct script script = {.narrow = {"a,b", "^[ac]"}, .filter = "x  ==  1"};
    struct config_snapshot *snapshot = new_snapshot(&script);
    struct stream_request *r;
    struct refusal refusal = REFUSAL_INIT;
    (void)state;
    assert_int_equal(ask(snapshot, plain, &nobody, &r, &refusal), 0);
    assert_true(stream_request_allows(r, "a"));
    assert_false(stream_request_allows(r, "b"));
    assert_false(stream_request_allows(r, "c"));
    assert_false(stream_request_allows(r, "d"));
    assert_true(has_filter(r, "x == 1"));
    stream_request_free(r);
    config_snapshot_unref(snapshot);
}

/* Where they are not shown they are always missing: `!has()` of one would keep everything. */
static void test_filters_of_headers_need_the_headers(void **state)
{
    static const struct {
        const char *head;
        int result;
    } cases[] = {
        {plain, KSSE_EVALUE},
        {"GET /fixed HTTP/1.1\r\nHost: h\r\n\r\n", 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct script script = {.filter = "!has(_kafka.headers['secret'])"};
        struct config_snapshot *snapshot = new_snapshot(&script);
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(ask(snapshot, cases[i].head, &nobody, NULL, &refusal),
                         cases[i].result == 0 ? 0 : KSSE_EREFUSED);
        assert_int_equal(script.results[2], cases[i].result);
        refusal_fini(&refusal);
        config_snapshot_unref(snapshot);
    }
}

static void test_the_route_still_counts(void **state)
{
    struct script script = {.narrow = {"^."}};
    struct config_snapshot *snapshot = new_snapshot(&script);
    struct stream_request *r;
    struct refusal refusal = REFUSAL_INIT;
    (void)state;
    assert_int_equal(ask(snapshot, plain, &nobody, &r, &refusal), 0);
    assert_true(stream_request_allows(r, "a"));
    assert_false(stream_request_allows(r, "A"));
    stream_request_free(r);
    config_snapshot_unref(snapshot);
}

/* ---- memory ---- */

static const char full[] = "GET /a?token=x%20y&z=2 HTTP/1.1\r\nHost: h\r\nAuthorization: z\r\n\r\n";
static struct config_snapshot *shared;

static bool has_seen_all;

static bool attempt_to_allow(void)
{
    struct stream_request *r = NULL;
    struct refusal refusal = REFUSAL_INIT;
    bool is_done = ask(shared, full, &nobody, &r, &refusal) == 0;
    assert_int_equal(is_done, refusal.code == REFUSED_NOT);
    if (is_done) {
        assert_true(has_seen_all);
        assert_int_equal(r->grant.narrowing_count, 2);
        assert_false(selection_is_clear(r->selection));
    }
    stream_request_free(r);
    refusal_fini(&refusal);
    return is_done;
}

static void look_carefully(struct ksse_request *request)
{
    bool has_target = ksse_request_target(request)[0] != '\0';
    bool has_field = ksse_request_field(request, "Authorization") != NULL;
    bool has_token = ksse_request_query(request, "token") != NULL;
    bool has_topic = ksse_request_topic(request, 0) != NULL;
    has_seen_all = has_target && has_field && has_token && has_topic;
}

/* A text that could not be shown, a narrowing that could not be kept: none is served then. */
static void test_nothing_is_allowed_without_memory(void **state)
{
    struct script script = {
        .look = look_carefully, .narrow = {"a,b", "^a"}, .filter = "x == 1 && y", .sentence = "s"};
    (void)state;
    shared = new_snapshot(&script);
    fail_each_allocation(attempt_to_allow, true); /* a filter may keep more than it needs */
    config_snapshot_unref(shared);
}

static bool attempt_to_deny(void)
{
    struct refusal refusal = REFUSAL_INIT;
    assert_int_not_equal(ask(shared, full, &nobody, NULL, &refusal), 0);
    bool is_done = refusal.code == REFUSED_NO_ACCESS && buf_ok(&refusal.message);
    refusal_fini(&refusal);
    return is_done;
}

static void test_denials_without_memory(void **state)
{
    struct script script = {.look = look_carefully, .answer = 401, .sentence = "Who are you?"};
    (void)state;
    shared = new_snapshot(&script);
    fail_each_allocation(attempt_to_deny, true);
    config_snapshot_unref(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_results_are_told_at_once),
        cmocka_unit_test(test_long_sentences_are_cut_between_characters),
        cmocka_unit_test(test_nobody_wants_to_be_asked),
        cmocka_unit_test(test_the_grant_is_kept_with_the_request),
        cmocka_unit_test(test_filters_of_headers_need_the_headers),
        cmocka_unit_test(test_the_route_still_counts),
        cmocka_unit_test(test_nothing_is_allowed_without_memory),
        cmocka_unit_test(test_denials_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
