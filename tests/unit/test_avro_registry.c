/* Schemas of a registry: which answers are final, and what must be asked again. */
#include "support/registry_fixture.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
    int status;
    const char *body;
    enum registry_outcome outcome;
    const char *reason; /* a part of it */
} judged[] = {
    {200, SCHEMA("\\\"int\\\""), REGISTRY_FOUND, ""},
    {200, SCHEMA("{\\\"type\\\":\\\"string\\\"}"), REGISTRY_FOUND, ""},
    {404, "{\"error_code\":40403,\"message\":\"Schema not found\"}", REGISTRY_UNUSABLE,
     "none of that id"},
    {200, "{\"schema\":\"syntax\",\"schemaType\":\"PROTOBUF\"}", REGISTRY_UNUSABLE, "no Avro"},
    {200, SCHEMA("\\\"nothing\\\""), REGISTRY_UNUSABLE, "nothing"},
    {200, SCHEMA(""), REGISTRY_UNUSABLE, "not JSON"},
    {200, "{\"schema\":\"x\",\"references\":[5]}", REGISTRY_UNUSABLE, "references"},
    /* what is no registry's word on this schema */
    {404, "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}", REGISTRY_AWAY, "404"},
    {404, "<html>", REGISTRY_AWAY, "404"},
    {200, "<html>", REGISTRY_AWAY, "no registry's"},
    {200, "{}", REGISTRY_AWAY, "no registry's"},
    {200, "", REGISTRY_AWAY, "no registry's"},
    {204, "", REGISTRY_AWAY, "204"},
    {301, "", REGISTRY_AWAY, "301"}, /* to a schema that is there */
    {401, "{\"error_code\":40101}", REGISTRY_AWAY, "401"},
    {403, "{\"error_code\":40403}", REGISTRY_AWAY, "403"},
    {429, "", REGISTRY_AWAY, "429"},
    {500, "{\"error_code\":50001}", REGISTRY_AWAY, "500"},
    {503, "", REGISTRY_AWAY, "503"},
};

static void answers_are_judged(void **state)
{
    struct fake_registry f;
    (void)state;
    fake_registry_start(&f);
    struct registry *registry = registry_open(f.url, NULL, 5000);
    fake_registry_answer(&f, "/schemas/ids/1", 200, SCHEMA("\\\"int\\\""));
    for (size_t i = 0; i < ARRAY_LEN(judged); i++) {
        char reason[REGISTRY_REASON_LEN];
        fake_registry_answer(&f, "/schemas/ids/42", judged[i].status, judged[i].body);
        if (registry_find(registry, 42, reason) != judged[i].outcome ||
            strstr(reason, judged[i].reason) == NULL) {
            fail_msg("case %zu: %s", i, reason);
        }
    }
    assert_int_equal(fake_registry_requests(&f), ARRAY_LEN(judged));
    registry_free(registry);
    fake_registry_stop(&f);
}

static void what_is_sent(void **state)
{
    static const struct {
        const char *user;
        const char *path;
        const char *token;
        const char *authorization; /* NULL: none */
        const char *target;
    } cases[] = {
        {"", "", NULL, NULL, "GET /schemas/ids/7 HTTP/1.1\r\n"},
        {"", "/", "", NULL, "GET /schemas/ids/7 HTTP/1.1\r\n"},
        {"", "/a/b//", NULL, NULL, "GET /a/b/schemas/ids/7 HTTP/1.1\r\n"},
        {"me:secret@", "", "", "Authorization: Basic bWU6c2VjcmV0\r\n", "GET /schemas/ids/7 "},
        {"me:%40%3a@", "/x", NULL, "Authorization: Basic bWU6QDo=\r\n", "GET /x/schemas/ids/7 "},
        {"", "", "se.cret+/=", "Authorization: Bearer se.cret+/=\r\n", "GET /schemas/ids/7 "},
    };
    struct fake_registry f;
    (void)state;
    fake_registry_start(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf url = BUF_INIT;
        char reason[REGISTRY_REASON_LEN];
        buf_printf(&url, "http://%s%s%s", cases[i].user, f.url + strlen("http://"), cases[i].path);
        buf_append_char(&url, '\0');
        struct registry_options options = {
            .url = url.data, .token = cases[i].token, .timeout_ms = 5000};
        struct registry *registry = registry_open_with(&options);
        buf_fini(&url);
        assert_int_equal(registry_find(registry, 7, reason), REGISTRY_AWAY);
        assert_null(strstr(reason, "secret"));
        assert_true(fake_registry_was_sent(&f, cases[i].target));
        assert_true(fake_registry_was_sent(&f, "\r\nAccept: application/vnd.schemaregistry.v1"));
        const char *authorization = cases[i].authorization;
        assert_true(
            fake_registry_was_sent(&f, authorization == NULL ? "Authorization" : authorization) ==
            (authorization != NULL));
        registry_free(registry);
    }
    fake_registry_stop(&f);
}

static void urls_that_are_refused(void **state)
{
    static const struct {
        const char *url;
        const char *directory;
        const char *error; /* a part of it */
        const char *token;
        const char *ca_file;
    } cases[] = {
        {"", "", "neither", "", ""},
        {NULL, NULL, "neither", NULL, NULL},
        {"localhost", NULL, "http://", NULL, NULL},
        {"localhost:8081", NULL, "http://", NULL, NULL},
        {"ftp://localhost", NULL, "http://", NULL, NULL},
        {"file:///etc/passwd", NULL, "http://", NULL, NULL},
        {"http://", NULL, "http://", NULL, NULL},
        {"http://a b/", NULL, "http://", NULL, NULL},
        {"http://localhost:99999", NULL, "http://", NULL, NULL},
        {"http://localhost/?a=b", NULL, "query", NULL, NULL},
        {"http://localhost/#a", NULL, "query", NULL, NULL},
        {NULL, "/nonexistent", "no directory", NULL, NULL},
        {"http://localhost", "/dev/null", "no directory", NULL, NULL},
        {"https://localhost", NULL, "/nonexistent cannot be read: No such file", "",
         "/nonexistent"},
        {"https://me@localhost", NULL, "there is a token, too", "t", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct registry *registry = NULL;
        struct ksse_error error;
        struct registry_options options = {cases[i].directory, cases[i].url, cases[i].token,
                                           cases[i].ca_file, 1000};
        assert_int_equal(registry_new(&options, &registry, &error), KSSE_EVALUE);
        assert_null(registry);
        if (strstr(error.message, cases[i].error) == NULL) {
            fail_msg("case %zu: %s", i, error.message);
        }
    }
}

static void nobody_there(void **state)
{
    struct fake_registry f;
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    fake_registry_stop(&f); /* its port is free again */
    struct registry *registry = registry_open(f.url, NULL, 5000);
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_AWAY);
    assert_true(strlen(reason) > 0);
    registry_free(registry);
}

static void no_answer_in_time(void **state)
{
    struct fake_registry f;
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    fake_registry_be_silent(&f, true);
    struct registry *registry = registry_open(f.url, NULL, 50);
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_AWAY);
    fake_registry_be_silent(&f, false);
    fake_registry_answer(&f, "/schemas/ids/1", 200, SCHEMA("\\\"int\\\""));
    registry_free(registry);
    registry = registry_open(f.url, NULL, 5000);
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_FOUND);
    registry_free(registry);
    fake_registry_stop(&f);
}

static void aborted_is_away_at_once(void **state)
{
    struct fake_registry f;
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    fake_registry_be_silent(&f, true);
    struct registry *registry = registry_open(f.url, NULL, 3600 * 1000);
    registry_abort(registry);
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_AWAY);
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_AWAY);
    registry_free(registry);
    fake_registry_stop(&f);
}

/* An answer of that many bytes. */
static struct buf answer_of(size_t len)
{
    struct buf body = BUF_INIT;
    buf_append_str(&body, "{\"schema\":\"\\\"int\\\"\",\"x\":\"");
    while (body.len < len - 2) {
        buf_append_char(&body, ' ');
    }
    buf_append(&body, "\"}", 3);
    return body;
}

static void an_answer_may_be_too_large(void **state)
{
    struct fake_registry f;
    struct buf largest = answer_of(REGISTRY_MAX_ANSWER);
    struct buf too_large = answer_of(REGISTRY_MAX_ANSWER + 1);
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    fake_registry_answer(&f, "/schemas/ids/1", 200, largest.data);
    fake_registry_answer(&f, "/schemas/ids/2", 200, too_large.data);
    struct registry *registry = registry_open(f.url, NULL, 5000);
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_FOUND);
    assert_int_equal(registry_find(registry, 2, reason), REGISTRY_UNUSABLE);
    assert_non_null(strstr(reason, "too large"));
    /* which is no word of a registry on this schema */
    fake_registry_answer(&f, "/schemas/ids/2", 502, too_large.data);
    assert_int_equal(registry_find(registry, 2, reason), REGISTRY_AWAY);
    assert_non_null(strstr(reason, "502"));
    registry_free(registry);
    fake_registry_stop(&f);
    buf_fini(&largest);
    buf_fini(&too_large);
}

#define REFERENCE(subject, version) "{\"subject\":\"" subject "\",\"version\":" version "}"
#define WITH(schema, references) "{\"schema\":\"" schema "\",\"references\":[" references "]}"
#define RECORD(name, field)                                                                        \
    "{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"" name                                          \
    "\\\",\\\"fields\\\":[{\\\"name\\\":\\\"f\\\",\\\"type\\\":\\\"" field "\\\"}]}"

static void references_are_resolved(void **state)
{
    struct fake_registry f;
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    struct registry *registry = registry_open(f.url, NULL, 5000);
    /* a needs b and c, which both need d */
    fake_registry_answer(&f, "/schemas/ids/1", 200,
                         WITH(RECORD("A", "B"), REFERENCE("b", "1") "," REFERENCE("c/x y", "2")));
    fake_registry_answer(&f, "/subjects/b/versions/1", 200,
                         WITH(RECORD("B", "D"), REFERENCE("d", "4")));
    fake_registry_answer(&f, "/subjects/c%2Fx%20y/versions/2", 200,
                         WITH(RECORD("C", "D"), REFERENCE("d", "4")));
    fake_registry_answer(&f, "/subjects/d/versions/4", 200, SCHEMA(RECORD("D", "int")));
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_FOUND);
    assert_int_equal(fake_registry_requests(&f), 4);
    /* one of them cannot be had */
    fake_registry_answer(&f, "/subjects/d/versions/4", 500, "");
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_AWAY);
    fake_registry_answer(&f, "/subjects/d/versions/4", 404, "{\"error_code\":40402}");
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_UNUSABLE);
    fake_registry_answer(&f, "/subjects/d/versions/4", 200,
                         "{\"schema\":\"x\",\"schemaType\":\"JSON\"}");
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_UNUSABLE);
    registry_free(registry);
    fake_registry_stop(&f);
}

static void references_in_a_circle(void **state)
{
    struct fake_registry f;
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    struct registry *registry = registry_open(f.url, NULL, 5000);
    fake_registry_answer(&f, "/schemas/ids/1", 200, WITH(RECORD("A", "B"), REFERENCE("b", "1")));
    fake_registry_answer(&f, "/subjects/b/versions/1", 200,
                         WITH(RECORD("B", "A"), REFERENCE("a", "1")));
    fake_registry_answer(&f, "/subjects/a/versions/1", 200,
                         WITH(RECORD("A", "B"), REFERENCE("b", "1")));
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_UNUSABLE);
    registry_free(registry);
    fake_registry_stop(&f);
}

static void references_are_limited(void **state)
{
    static char paths[REGISTRY_MAX_REFERENCES + 1][64];
    static char bodies[REGISTRY_MAX_REFERENCES + 1][256];
    struct fake_registry f;
    char reason[REGISTRY_REASON_LEN];
    (void)state;
    fake_registry_start(&f);
    for (int i = 0; i <= REGISTRY_MAX_REFERENCES; i++) {
        snprintf(paths[i], sizeof(paths[i]), "/subjects/s/versions/%d", i + 1);
        snprintf(bodies[i], sizeof(bodies[i]), WITH("\\\"int\\\"", REFERENCE("s", "%d")), i + 2);
        fake_registry_answer(&f, paths[i], 200, bodies[i]);
    }
    struct registry *registry = registry_open(f.url, NULL, 5000);
    fake_registry_answer(&f, "/schemas/ids/1", 200, WITH("\\\"int\\\"", REFERENCE("s", "1")));
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_UNUSABLE);
    assert_non_null(strstr(reason, "too many"));
    fake_registry_answer(&f, paths[REGISTRY_MAX_REFERENCES - 1], 200, SCHEMA("\\\"int\\\""));
    assert_int_equal(registry_find(registry, 1, reason), REGISTRY_FOUND);
    registry_free(registry);
    fake_registry_stop(&f);
}

/* ---- memory ---- */

static struct fake_registry shared;

static bool get_with_references(void)
{
    struct registry *registry;
    struct ksse_error error;
    char reason[REGISTRY_REASON_LEN];
    struct registry_options options = {"/tmp", shared.url, "a", "/dev/null", 5000};
    if (registry_new(&options, &registry, &error) < 0) {
        return false;
    }
    enum registry_outcome outcome = registry_find(registry, 1, reason);
    assert_true(outcome != REGISTRY_UNUSABLE);
    registry_free(registry);
    return outcome == REGISTRY_FOUND;
}

static void no_memory(void **state)
{
    (void)state;
    fake_registry_start(&shared);
    fake_registry_answer(&shared, "/schemas/ids/1", 200,
                         WITH(RECORD("A", "B"), REFERENCE("b", "1")));
    fake_registry_answer(&shared, "/subjects/b/versions/1", 200, SCHEMA(RECORD("B", "int")));
    fail_each_allocation(get_with_references, false);
    fake_registry_stop(&shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_judged),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(urls_that_are_refused),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(no_answer_in_time),
        cmocka_unit_test(aborted_is_away_at_once),
        cmocka_unit_test(an_answer_may_be_too_large),
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(references_in_a_circle),
        cmocka_unit_test(references_are_limited),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
