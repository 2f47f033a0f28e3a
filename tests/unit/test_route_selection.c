/* What clients may ask of a route's records, and what they are told when they may not. */
#include "serve/config/route_selection.h"
#include "support/request_fixture.h"

static struct config_snapshot *snapshot;

enum {
    OPEN,  /* takes filters and fields, and redacts a little */
    CLOSED /* takes none */
};

static int setup(void **state)
{
    struct ksse_config *said = ksse_config_new();
    (void)state;
    assert_int_equal(ksse_config_set_route(said, "/a/{topics}", "redact", "user.ip", NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/b/{topics}", "client-filter", "no", NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/b/{topics}", "client-fields", "no", NULL), 0);
    snapshot = snapshot_of_server(said);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    config_snapshot_unref(snapshot);
    return 0;
}

static int look(size_t route, const char *filter, const char *fields, struct selection **out,
                struct refusal *refusal)
{
    struct selection_request selection_request = {
        .filter = filter == NULL ? slice_of(NULL, 0) : slice_str(filter),
        .fields = fields == NULL ? slice_of(NULL, 0) : slice_str(fields),
    };
    return route_select(snapshot, route, &selection_request, out, refusal);
}

static const struct {
    size_t route;
    const char *filter;
    const char *fields;
    const char *key; /* of the selection */
} good[] = {
    {CLOSED, NULL, NULL, ""},
    {CLOSED, " ", "", ""},
    {OPEN, NULL, NULL, "redact=user.ip"},
    {OPEN, "a  ==  1", "b , a", "a == 1"},
    {OPEN, "user.ip == 1", NULL, "~user.ip"},
};

static void test_what_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct refusal refusal = REFUSAL_INIT;
        struct buf key = BUF_INIT;
        struct selection *selection;
        assert_int_equal(look(good[i].route, good[i].filter, good[i].fields, &selection, &refusal),
                         0);
        assert_int_equal(selection_is_clear(selection), good[i].key[0] == '\0');
        selection_append_key(selection, &key);
        buf_append_char(&key, '\0');
        assert_non_null(strstr(key.data, good[i].key));
        buf_fini(&key);
        selection_unref(selection);
    }
}

static const struct {
    size_t route;
    const char *filter;
    const char *fields;
    enum refusal_code code;
    const char *message;
} bad[] = {
    {OPEN, "price >= && wiki", NULL, REFUSED_BAD_FILTER,
     "Expected a value, at character 10: price >= >>>&& wiki"},
    {OPEN, "_kafka.headers.a == 'b'", NULL, REFUSED_BAD_FILTER,
     "Streams of this URL have no _kafka.headers."},
    {CLOSED, "a", NULL, REFUSED_BAD_FILTER, "Streams of this URL take no filter."},
    {OPEN, NULL, "a,,b", REFUSED_BAD_FIELDS, "Expected a name, at character 3: a,>>>,b"},
    {OPEN, NULL, "\xc3\xa4, *", REFUSED_BAD_FIELDS, NULL},
    {OPEN, NULL, "a,", REFUSED_BAD_FIELDS, "Expected a name, at the end: a,>>>"},
    {OPEN, NULL, "a[0]", REFUSED_BAD_FIELDS, NULL},
    {CLOSED, NULL, "a", REFUSED_BAD_FIELDS, "Streams of this URL take no fields."},
    {OPEN, "a &&", "b,", REFUSED_BAD_FILTER, "Expected a value, at the end: a &&>>>"},
};

static void test_what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct refusal refusal = REFUSAL_INIT;
        struct selection *selection = NULL;
        assert_int_equal(look(bad[i].route, bad[i].filter, bad[i].fields, &selection, &refusal),
                         KSSE_EREFUSED);
        assert_null(selection);
        assert_int_equal(refusal.code, bad[i].code);
        struct slice message = buf_slice(&refusal.message);
        if (bad[i].message != NULL && !slice_eq_str(message, bad[i].message)) {
            fail_msg("not \"%s\", but \"%.*s\"", bad[i].message, SLICE_ARG(message));
        }
        refusal_fini(&refusal);
    }
}

static bool attempt(void)
{
    struct refusal refusal = REFUSAL_INIT;
    struct selection *selection = NULL;
    bool is_done = look(OPEN, "a == 1 && b in ['c']", "a,b.c", &selection, &refusal) == 0;
    assert_int_equal(refusal.code, is_done ? REFUSED_NOT : REFUSED_NO_MEMORY);
    selection_unref(selection);
    refusal_fini(&refusal);
    return is_done;
}

static void test_without_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, true); /* a filter may keep more than it needs */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_for),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
