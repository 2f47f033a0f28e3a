/* What a program is shown of a request that it decides on. */
#include "support/authorize_fixture.h"

static char seen[4096];

static void see(const char *text)
{
    size_t len = strlen(seen);
    snprintf(seen + len, sizeof(seen) - len, "%s|", text == NULL ? "NULL" : text);
}

static void look(struct ksse_request *request)
{
    const char *topic;
    seen[0] = '\0';
    see(ksse_request_route(request));
    see(ksse_request_target(request));
    see(ksse_request_field(request, "authorization"));
    see(ksse_request_field(request, "X-None"));
    see(ksse_request_query(request, "token"));
    see(ksse_request_query(request, "none"));
    see(ksse_request_peer(request));
    for (size_t i = 0; (topic = ksse_request_topic(request, i)) != NULL; i++) {
        see(topic);
    }
    /* Asked again, it is told again, and what was told before still stands. */
    const char *first = ksse_request_field(request, "Host");
    const char *second = ksse_request_field(request, "Host");
    assert_string_equal(first, second);
    assert_null(ksse_request_topic(request, 1000000));
    assert_null(ksse_request_topic(request, SIZE_MAX));
}

static void test_what_is_shown(void **state)
{
    static const struct {
        const char *head;
        const char *seen;
    } cases[] = {
        {"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "/{topics}|/a|NULL|NULL|NULL|NULL||a|"},
        {"GET /a?token=b%20c+d&token=e HTTP/1.1\r\nHost: h\r\nAuthorization:  Bearer  x \r\n"
         "Authorization: second\r\n\r\n",
         "/{topics}|/a?token=b%20c+d&token=e|Bearer  x|NULL|b c d|NULL||a|"},
        {"GET /a?token HTTP/1.1\r\nHost: h\r\nAuthorization:\r\n\r\n",
         "/{topics}|/a?token||NULL||NULL||a|"},
        {"GET /a?token=%zz HTTP/1.1\r\nHost: h\r\n\r\n",
         "/{topics}|/a?token=%zz|NULL|NULL|NULL|NULL||a|"},
        {"GET /a?token=x%00y HTTP/1.1\r\nHost: h\r\n\r\n",
         "/{topics}|/a?token=x%00y|NULL|NULL|NULL|NULL||a|"},
        {"GET /b,a,b,a HTTP/1.1\r\nHost: h\r\n\r\n",
         "/{topics}|/b,a,b,a|NULL|NULL|NULL|NULL||a|b|"},
        {"GET /b,pair HTTP/1.1\r\nHost: h\r\n\r\n",
         "/{topics}|/b,pair|NULL|NULL|NULL|NULL||b|x|y|"},
        {"HEAD /fixed HTTP/1.1\r\nHost: h\r\n\r\n", "/fixed|/fixed|NULL|NULL|NULL|NULL||m|n|"},
        {"GET /a HTTP/1.1\r\nHost: h\r\nLast-Event-ID: "
         "[{\"topic\":\"q\",\"partition\":1,\"offset\":2},{\"topic\":\"p\",\"partition\":0,"
         "\"offset\":2},{\"topic\":\"q\",\"partition\":0,\"offset\":2},\"r\"]\r\n\r\n",
         "/{topics}|/a|NULL|NULL|NULL|NULL||p|q|r|"},
        {"GET /a?lastEventId=%5B%22z%22%5D HTTP/1.1\r\nHost: h\r\n\r\n",
         "/{topics}|/a?lastEventId=%5B%22z%22%5D|NULL|NULL|NULL|NULL||z|"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct script script = {.look = look};
        struct config_snapshot *snapshot = new_snapshot(&script);
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(ask(snapshot, cases[i].head, &nobody, NULL, &refusal), 0);
        assert_string_equal(seen, cases[i].seen);
        config_snapshot_unref(snapshot);
    }
}

static void look_at_peer(struct ksse_request *request)
{
    seen[0] = '\0';
    see(ksse_request_peer(request));
    see(ksse_request_peer(request));
}

static void assert_peer(const struct peer *peer, const char *expected)
{
    struct script script = {.look = look_at_peer};
    struct config_snapshot *snapshot = new_snapshot(&script);
    struct refusal refusal = REFUSAL_INIT;
    assert_int_equal(ask(snapshot, plain, peer, NULL, &refusal), 0);
    assert_string_equal(seen, expected);
    config_snapshot_unref(snapshot);
}

static void test_peers(void **state)
{
    static const struct peer ipv4 = {{127, 0, 0, 1}, 4, 80};
    static const struct peer ipv6 = {{[15] = 1}, 16, 80};
    (void)state;
    assert_peer(&ipv4, "127.0.0.1|127.0.0.1|");
    assert_peer(&ipv6, "::1|::1|");
    assert_peer(&nobody, "||");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_shown),
        cmocka_unit_test(test_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
