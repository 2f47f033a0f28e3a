/* What an id names and is gone: its gaps, the ids between them, and how replays tell it. */
#include "feed/channel/gone.h"

#include "feed/replay/replay_parts.h"
#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};

#define AT(topic, partition, offset)                                                               \
    "{\"topic\":\"" topic "\",\"partition\":" #partition ",\"offset\":" #offset "}"
#define GAP(topic, partition, from)                                                                \
    "{\"topic\":\"" topic "\",\"partition\":" #partition ",\"from\":" #from                        \
    ",\"to\":null,\"reason\":\"gone\"}"
#define FRAME(id, data) "event: gap\nid: [" id "]\ndata: " data "\n\n"

/* ---- the list ---- */

static int list(struct gone *g, const char *id, const bool *there)
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    *g = (struct gone){0};
    int rc = assignments_from_event_id(&a, slice_str(id), 100, &refusal);
    rc = rc < 0 ? rc : gone_list(g, &a, there);
    assignments_fini(&a);
    refusal_fini(&refusal);
    return rc;
}

static void assert_told(struct gone *g, const char *gap, const char *id)
{
    struct buf text = BUF_INIT;
    assert_true(slice_eq_str(gone_next_gap(g), gap));
    gone_append_id(g, slice_str("[" AT("t", 0, 1) "]"), &text);
    assert_true(slice_eq_str(buf_slice(&text), id));
    buf_fini(&text);
}

static void each_is_told_once_and_stays_in_the_id_until_then(void **state)
{
    (void)state;
    static const bool there[] = {false, true, false, false, false};
    struct gone g;
    assert_int_equal(list(&g,
                          "[" AT("x", 1, 7) "," AT("t", 0, 1) "," AT("x", 0, -2) "," AT(
                              "x", 1, 9) ",{\"topic\":\"a\\n\u00e9\",\"partition\":2,"
                                         "\"timestamp\":5}]",
                          there),
                     0);
    assert_int_equal(g.count, 3);
    assert_told(&g, GAP("a\\n\\u00e9", 2, null),
                "[" AT("t", 0, 1) "," AT("x", 0, -2) "," AT("x", 1, 9) "]");
    g.told++;
    assert_told(&g, GAP("x", 0, null), "[" AT("t", 0, 1) "," AT("x", 1, 9) "]");
    g.told++;
    assert_told(&g, GAP("x", 1, 9), "[" AT("t", 0, 1) "]");
    g.told++;
    assert_true(gone_is_told(&g));
    gone_fini(&g);
}

static void nothing_is_gone(void **state)
{
    (void)state;
    static const bool there[] = {true, true};
    struct gone g;
    struct gone copy = {0};
    assert_int_equal(list(&g, "[\"t\"," AT("u", 0, 7) "]", there), 0);
    assert_true(gone_is_told(&g));
    assert_int_equal(gone_copy(&copy, &g), 0);
    assert_true(gone_is_told(&copy));
    gone_fini(&g);
}

/* ---- replays ---- */

#define TWO_GONE "[" AT("ghost", 0, 3) "," AT("t", 7, 12) "," AT("u", 0, 0) "]"

static void begin(void)
{
    fixture_init(&f, &fixture_options);
    fixture_produce(&f, "u", 0, 5);
}

static void end(void)
{
    feed_detach(&one.client, NULL);
    fixture_run(&f, 10);
    fixture_fini(&f);
}

static void told_before_the_rest(void **state)
{
    (void)state;
    begin();
    assert_int_equal(fixture_attach(&f, &one, TWO_GONE, &sse), 0);
    fixture_run(&f, 100);
    static const char expected[] = FRAME(AT("u", 0, 0) "," AT("t", 7, 12), GAP("ghost", 0, 3))
        FRAME(AT("u", 0, 0), GAP("t", 7, 12));
    assert_memory_equal(one.got, expected, strlen(expected));
    assert_int_equal(test_client_count(&one, "event: gap\n"), 2);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    assert_int_equal(test_client_count(&one, "ghost"), 1);
    assert_int_equal(f.feed->context.counters.gaps, 2);
    assert_null(one.client.replay);
    end();
}

static void told_also_where_everybody_is_live(void **state)
{
    (void)state;
    static struct test_client other;
    begin();
    assert_int_equal(fixture_attach(&f, &other, "[" AT("u", 0, -1) "]", &sse), 0);
    fixture_run(&f, 100);
    assert_int_equal(fixture_attach(&f, &one, "[" AT("u", 0, -1) "," AT("v", 0, -1) "]", &sse), 0);
    fixture_run(&f, 100);
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 100);
    static const char expected[] = FRAME(AT("u", 0, 5), GAP("v", 0, null));
    assert_memory_equal(one.got, expected, strlen(expected));
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
    assert_int_equal(test_client_count(&other, "event: gap\n"), 0);
    feed_detach(&other.client, NULL);
    end();
}

static void as_the_route_wants_it(void **state)
{
    (void)state;
    begin();
    struct view view = {.format = FORMAT_NDJSON};
    assert_int_equal(fixture_attach(&f, &one, TWO_GONE, &view), 0);
    fixture_run(&f, 100);
    static const char lines[] = GAP("ghost", 0, 3) "\n" GAP("t", 7, 12) "\n{";
    assert_memory_equal(one.got, lines, strlen(lines));
    end();

    begin();
    view = (struct view){.gap = GAP_SILENT};
    assert_int_equal(fixture_attach(&f, &one, TWO_GONE, &view), 0);
    fixture_run(&f, 100);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    assert_int_equal(test_client_count(&one, "gone"), 0);
    assert_int_equal(test_client_count(&one, "ghost"), 0);
    end();

    begin();
    view.gap = GAP_ERROR;
    assert_int_equal(fixture_attach(&f, &one, TWO_GONE, &view), 0);
    fixture_run(&f, 100);
    assert_true(one.is_ended && one.reason == END_GAP);
    assert_int_equal(one.len, 0);
    end();
}

/* In silence, too, the id forgets what is gone: who waits long enough gets it. */
static void silence_moves_the_id(void **state)
{
    (void)state;
    begin();
    struct view view = {.gap = GAP_SILENT};
    assert_int_equal(fixture_attach(&f, &one, "[" AT("v", 0, 1) "," AT("u", 0, 5) "]", &view), 0);
    fixture_run(&f, fixture_options.heartbeat_ms + 1000);
    assert_int_equal(test_client_count(&one, "event: position\nid: [" AT("u", 0, 5) "]\n"), 1);
    end();
}

/* Wherever a client stalls, and for how long, it is told all, each once and in order. */
static void a_stalled_client_is_told_all(void **state)
{
    (void)state;
    static char expected[GOT_BYTES];
    begin();
    assert_int_equal(fixture_attach(&f, &one, TWO_GONE, &sse), 0);
    fixture_run(&f, 100);
    memcpy(expected, one.got, one.len + 1);
    end();
    for (size_t room = 0; room < strlen(expected); room += 7) {
        begin();
        assert_int_equal(fixture_attach(&f, &one, TWO_GONE, &sse), 0);
        one.room = room;
        fixture_run(&f, 3000);
        assert_int_equal(one.len, room);
        one.room = 3;
        feed_on_writable(&one.client);
        fixture_run(&f, 3000);
        test_client_unblock(&one);
        fixture_run(&f, 100);
        assert_string_equal(one.got, expected);
        end();
    }
}

/* A stalled client's chunk is given back, and a gap that it holds is told all the same. */
static void what_is_given_back_is_told_again(void **state)
{
    (void)state;
    static char id[3000];
    begin();
    size_t at = (size_t)snprintf(id, sizeof(id), "[" AT("u", 0, 0));
    for (int i = 0; i < 50; i++) {
        at += (size_t)snprintf(id + at, sizeof(id) - at,
                               ",{\"topic\":\"v\",\"partition\":%d,\"offset\":1}", i);
    }
    snprintf(id + at, sizeof(id) - at, "]");
    assert_int_equal(fixture_attach(&f, &one, id, &sse), 0);
    one.room = 0;
    fixture_run(&f, 3000);
    assert_int_equal(replays_usage(f.feed->replays).frame_bytes, 0);
    test_client_unblock(&one);
    fixture_run(&f, 500);
    assert_int_equal(test_client_count(&one, "\"reason\":\"gone\""), 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    end();
}

/* A topic that is deleted before its records' partition was found must not keep the others waiting.
 */
static void what_vanishes_meanwhile_ends_the_stream(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "[" AT("u", 0, 0) "," AT("t", 1, -1) "]",
        "[" AT("u", 0, 0) "," AT("t", 1, -2) "]",
        "[" AT("u", 0, 0) ",{\"topic\":\"t\",\"partition\":1,\"timestamp\":5}]",
    };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        begin();
        assert_int_equal(fixture_attach(&f, &one, ids[i], &sse), 0);
        fake_kafka_topic(&f.kafka, "t")->partition_count = 1; /* the look-up gets no answer */
        fixture_run(&f, 3000);
        assert_false(one.is_ended);
        fixture_tell_topics(&f);
        fixture_run(&f, 1000);
        assert_true(one.is_ended && one.reason == END_VANISHED);
        assert_int_equal(fixture_attach(&f, &one, ids[i], &sse), 0);
        fixture_run(&f, 100);
        assert_int_equal(test_client_count(&one, "\"reason\":\"gone\""), 1);
        assert_int_equal(test_client_count(&one, "event: message\n"), 5);
        end();
    }
}

static bool attempt(void)
{
    static const bool there[] = {false, false, true};
    struct gone g;
    struct gone copy = {0};
    bool is_done = list(&g, TWO_GONE, there) == 0 && gone_copy(&copy, &g) == 0;
    gone_fini(&g);
    gone_fini(&copy);
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
        cmocka_unit_test(each_is_told_once_and_stays_in_the_id_until_then),
        cmocka_unit_test(nothing_is_gone),
        cmocka_unit_test(told_before_the_rest),
        cmocka_unit_test(told_also_where_everybody_is_live),
        cmocka_unit_test(as_the_route_wants_it),
        cmocka_unit_test(silence_moves_the_id),
        cmocka_unit_test(a_stalled_client_is_told_all),
        cmocka_unit_test(what_is_given_back_is_told_again),
        cmocka_unit_test(what_vanishes_meanwhile_ends_the_stream),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
