/* Unit tests of serve/given_request. */
#include "serve/request/given_request.h"
#include "support/unit.h"

static struct config_snapshot *snapshot;

static int setup(void **state)
{
    (void)state;
    struct ksse_config *said = ksse_config_new();
    assert_int_equal(ksse_config_set(said, "max-head", "1KiB", NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/v2/{topics}/all", NULL, NULL, NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/fixed", "topics", "a", NULL), 0);
    assert_int_equal(ksse_config_set(said, "demo", "yes", NULL), 0);
    assert_int_equal(config_snapshot_new(said, NULL, true, &snapshot, NULL), 0);
    ksse_config_free(said);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    config_snapshot_unref(snapshot);
    return 0;
}

static const struct ksse_field fields[] = {
    {"Accept", "  text/event-stream\t"}, {"LAST-EVENT-ID", "[]"}, {"X", ""}};

static void test_what_a_client_would_have_asked(void **state)
{
    static const struct {
        struct ksse_stream_request from;
        const char *target;
        const char *path;
        const char *topics;
    } cases[] = {
        {{.topics = "a"}, "/v2/a/all", "/v2/a/all", "a"},
        {{.topics = "a,b-1"}, "/v2/a,b-1/all", "/v2/a,b-1/all", "a,b-1"},
        {{.topics = ""}, "/v2//all", "/v2//all", ""},
        {{.topics = ","}, "/v2/,/all", "/v2/,/all", ","},
        {{.topics = "a/b?\n\xff"},
         "/v2/a%2Fb%3F%0A%FF/all",
         "/v2/a%2Fb%3F%0A%FF/all",
         "a/b?\n\xff"},
        {{.topics = "a", .query = "since=1&x=%zz"}, "/v2/a/all?since=1&x=%zz", "/v2/a/all", "a"},
        {{.topics = "a", .query = ""}, "/v2/a/all?", "/v2/a/all", "a"},
        {{.route = "/fixed"}, "/fixed", "/fixed", ""},
        {{.route = "/v2/{topics}/all", .topics = "a"}, "/v2/a/all", "/v2/a/all", "a"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct given_request given;
        struct ksse_error error;
        assert_int_equal(given_request_init(&given, snapshot, &cases[i].from, &error), 0);
        assert_true(slice_eq_str(given.http.target, cases[i].target));
        assert_true(slice_eq_str(given.http.path, cases[i].path));
        assert_true(slice_eq_str(given.target.topics, cases[i].topics));
        assert_true(
            slice_eq_str(given.http.query, cases[i].from.query == NULL ? "" : cases[i].from.query));
        assert_int_equal(given.http.method, HTTP_GET);
        assert_int_equal(given.http.minor_version, 1);
        given_request_fini(&given);
    }
}

static void test_fields_are_copied(void **state)
{
    struct ksse_stream_request from = {.topics = "a",
                                       .fields = fields,
                                       .field_count = ARRAY_LEN(fields),
                                       .is_head = true,
                                       .is_http_10 = true};
    struct given_request given;
    (void)state;
    assert_int_equal(given_request_init(&given, snapshot, &from, NULL), 0);
    assert_int_equal(given.http.method, HTTP_HEAD);
    assert_int_equal(given.http.minor_version, 0);
    assert_int_equal(given.http.field_count, 3);
    assert_true(slice_eq_str(http_request_field(&given.http, "accept"), "text/event-stream"));
    assert_true(slice_eq_str(http_request_field(&given.http, "Last-Event-ID"), "[]"));
    assert_non_null(http_request_field(&given.http, "x").data);
    assert_null(http_request_field(&given.http, "y").data);
    given_request_fini(&given);
}

static char long_text[1026];
static struct ksse_field many[HTTP_MAX_FIELDS + 1];

static const struct {
    struct ksse_stream_request from;
    int result;
    const char *word;
} refused_requests[] = {
    {{.topics = "a", .route = "/v2"}, KSSE_EUNKNOWN, "/v2"},
    {{.topics = "a", .route = ""}, KSSE_EUNKNOWN, "route"},
    {{.topics = NULL}, KSSE_EVALUE, "needs topics"},
    {{.topics = "a", .route = "/fixed"}, KSSE_EVALUE, "of its own"},
    {{.topics = "a", .query = "a b"}, KSSE_EVALUE, "query"},
    {{.topics = "a", .query = "a#b"}, KSSE_EVALUE, "query"},
    {{.topics = "a", .query = "a\r\n"}, KSSE_EVALUE, "query"},
    {{.topics = "a", .query = "\xc3\xa4"}, KSSE_EVALUE, "query"},
    {{.topics = long_text}, KSSE_EVALUE, "max-head"},
    {{.topics = "a", .query = long_text}, KSSE_EVALUE, "max-head"},
    {{.topics = "a", .fields = many, .field_count = ARRAY_LEN(many)}, KSSE_EVALUE, "100"},
};

static void test_what_no_request_can_hold_is_refused(void **state)
{
    static const struct ksse_field bad_fields[][1] = {
        {{"", "x"}},   {{"a b", "x"}},  {{"a:", "x"}},      {{"a\n", "x"}},   {{NULL, "x"}},
        {{"a", NULL}}, {{"a", "\r\n"}}, {{"a", "x\nb: c"}}, {{"a", "x\x7f"}}, {{"a", "\x01"}},
    };
    struct given_request given;
    struct ksse_error error;
    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        many[i] = (struct ksse_field){"a", "b"};
    }
    for (size_t i = 0; i < ARRAY_LEN(refused_requests); i++) {
        int result = given_request_init(&given, snapshot, &refused_requests[i].from, &error);
        assert_int_equal(result, refused_requests[i].result);
        assert_non_null(strstr(error.message, refused_requests[i].word));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad_fields); i++) {
        struct ksse_stream_request from = {
            .topics = "a", .fields = bad_fields[i], .field_count = 1};
        assert_int_equal(given_request_init(&given, snapshot, &from, &error), KSSE_EVALUE);
        assert_non_null(strstr(error.message, "field"));
    }
}

static bool attempt(void)
{
    struct ksse_stream_request from = {
        .topics = "a", .fields = fields, .field_count = ARRAY_LEN(fields)};
    struct given_request given;
    int result = given_request_init(&given, snapshot, &from, NULL);
    if (result < 0) {
        assert_int_equal(result, KSSE_ENOMEM);
        return false;
    }
    given_request_fini(&given);
    return true;
}

static void test_without_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_client_would_have_asked),
        cmocka_unit_test(test_fields_are_copied),
        cmocka_unit_test(test_what_no_request_can_hold_is_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
