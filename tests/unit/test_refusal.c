/* Refusals: the table, and the JSON that clients get. */
#include "core/stream/refusal.h"

#include "core/json/json.h"
#include "support/unit.h"

static void every_row_is_whole(void **state)
{
    (void)state;
    for (int code = REFUSED_NOT + 1; code < REFUSAL_COUNT; code++) {
        int status = refusal_status((enum refusal_code)code);
        assert_in_range(status, 400, 599);
        assert_true(strlen(refusal_name((enum refusal_code)code)) > 0);
        struct refusal r = REFUSAL_INIT;
        struct buf json = BUF_INIT;
        struct buf out = BUF_INIT;
        bool has_members;
        r.code = (enum refusal_code)code;
        refusal_append_json(&r, &json);
        assert_int_equal(json_minify_object(buf_slice(&json), &out, &has_members), JSON_OK);
        assert_true(has_members);
        buf_fini(&json);
        buf_fini(&out);
        refusal_fini(&r);
    }
}

static void assert_json(const struct refusal *r, const char *expected)
{
    struct buf json = BUF_INIT;
    refusal_append_json(r, &json);
    assert_true(buf_ok(&json));
    assert_int_equal(json.len, strlen(expected));
    assert_memory_equal(json.data, expected, json.len);
    buf_fini(&json);
}

static void json_is_as_kafkasse(void **state)
{
    (void)state;
    struct refusal r = REFUSAL_INIT;
    r.code = REFUSED_BAD_URL;
    assert_json(&r, "{\"message\":\"The URL is not well encoded.\",\"origin\":\"KafkaSSE\","
                    "\"name\":\"InvalidAssignmentError\",\"statusCode\":400}");
    buf_append_str(&r.message, "a \"b\"\n\xff");
    buf_append_str(&r.extra, ",\"x\":[1]");
    assert_json(&r, "{\"message\":\"a \\\"b\\\"\\n\xef\xbf\xbd\",\"origin\":\"KafkaSSE\","
                    "\"name\":\"InvalidAssignmentError\",\"x\":[1],\"statusCode\":400}");
    refusal_fini(&r);
}

static void names_of_kafkasse(void **state)
{
    (void)state;
    assert_int_equal(refusal_status(REFUSED_BAD_ID), 400);
    assert_string_equal(refusal_name(REFUSED_BAD_ID), "InvalidAssignmentError");
    assert_int_equal(refusal_status(REFUSED_TOPIC_NOT_AVAILABLE), 404);
    assert_string_equal(refusal_name(REFUSED_TOPIC_NOT_AVAILABLE), "TopicNotAvailableError");
    assert_int_equal(refusal_status(REFUSED_NO_TOPICS), 500);
    assert_string_equal(refusal_name(REFUSED_NO_TOPICS), "ConfigurationError");
}

static void a_status_of_its_own(void **state)
{
    (void)state;
    struct refusal r = REFUSAL_INIT;
    r.code = REFUSED_DENIED;
    assert_int_equal(refusal_http_status(&r), 400);
    r.status = 451;
    assert_int_equal(refusal_http_status(&r), 451);
    assert_json(&r, "{\"message\":\"The server does not serve this stream to you.\",\"origin\":"
                    "\"KafkaSSE\",\"name\":\"RequestDeniedError\",\"statusCode\":451}");
}

static bool attempt(void)
{
    struct refusal r = REFUSAL_INIT;
    struct buf json = BUF_INIT;
    r.code = REFUSED_GAP;
    refusal_append_json(&r, &json);
    bool is_done = buf_ok(&json);
    buf_fini(&json);
    refusal_fini(&r);
    return is_done;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole), cmocka_unit_test(json_is_as_kafkasse),
        cmocka_unit_test(names_of_kafkasse),  cmocka_unit_test(a_status_of_its_own),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
