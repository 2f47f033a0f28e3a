/*
 * What the bench counts, since its figures are worth no more than that: whole events with a
 * record, in pieces of any size, both ways of counting alike. The sources are taken in here because
 * they are no part of the engine.
 */
#include "../../bench/bench.c"
#include "../../bench/event_scan.c"
#include "../../bench/fan.c"

#include <setjmp.h>

#include <cmocka.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:ok\n\n"
#define EVENT(stamp)                                                                               \
    "event: message\nid: [{\"topic\":\"t\",\"partition\":0,\"offset\":1}]\n"                       \
    "data: {\"t\":" stamp ",\"n\":1,\"text\":\"a b\",\"_kafka\":{\"topic\":\"t\"}}\n\n"
#define GAP "event: gap\nid: []\ndata: {\"topic\":\"t\",\"partition\":0,\"from\":1,\"to\":5}\n\n"

struct seen {
    long events;
    int64_t stamps; /* their sum */
};

static void see(void *arg, int64_t stamp)
{
    struct seen *seen = arg;
    seen->events++;
    seen->stamps += stamp;
}

static struct seen scan_in_pieces(const char *stream, size_t piece, bool is_quick)
{
    struct event_scan scan;
    struct seen seen = {0};
    size_t len = strlen(stream);
    event_scan_init(&scan);
    for (size_t at = 0; at < len; at += piece) {
        char buffer[MARK_MAX + 4096];
        size_t part = len - at < piece ? len - at : piece;
        memcpy(buffer + MARK_MAX, stream + at, part);
        event_scan_take(&scan, buffer + MARK_MAX, part, is_quick, see, &seen);
    }
    return seen;
}

static const struct {
    const char *stream;
    long events;
    int64_t stamps;
} cases[] = {
    {"", 0, 0},
    {"\n\n\n\n", 0, 0},
    {HEAD, 0, 0},
    {HEAD EVENT("7"), 1, 7},
    {HEAD EVENT("123456789012345678"), 1, 123456789012345678},
    {HEAD EVENT("1") EVENT("20") EVENT("300"), 3, 321},
    {HEAD EVENT("1") ":\n\n" EVENT("2") ":\n\n", 2, 3},
    {HEAD GAP EVENT("5") GAP, 1, 5},
    {HEAD GAP GAP, 0, 0},
    {HEAD "event: position\nid: []\ndata:\n\n" EVENT("5"), 1, 5},
    {HEAD "event: error\ndata: {\"message\":\"no\"}\n\n", 0, 0},
    {HEAD "data: {\"t\":00000000000000000009,\"pad\":\"xx\"}\n\n", 1, 9},
    {HEAD EVENT("5") "event: message\ndata: {\"t\":6,\"n\":2}", 1, 5},
    {HEAD EVENT("5") "event: message\ndata: {\"t\":6,\"n\":2}\n", 1, 5},
    {HEAD EVENT("5") "event: message\ndata: {\"t\":6", 1, 5},
    {HEAD EVENT("5") "event: message\ndata: {\"t", 1, 5},
};

static void test_events_are_counted_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t piece = 1; piece <= 600; piece++) {
            struct seen full = scan_in_pieces(cases[i].stream, piece, false);
            struct seen quick = scan_in_pieces(cases[i].stream, piece, true);
            if (full.events != cases[i].events || quick.events != cases[i].events) {
                print_error("case %zu in pieces of %zu\n", i, piece);
            }
            assert_int_equal(full.events, cases[i].events);
            assert_int_equal(full.stamps, cases[i].stamps);
            assert_int_equal(quick.events, cases[i].events);
        }
    }
}

static void test_the_spread_ends_with_the_99th_of_100(void **state)
{
    (void)state;
    static struct fan fan;
    fan_init(&fan, 200);
    for (int64_t stamp = 1; stamp <= 3; stamp++) {
        for (int64_t receipt = 0; receipt < 200; receipt++) {
            fan_add(&fan, stamp * 1000, receipt * 1000);
        }
    }
    assert_int_equal(fan.spread.count, 3);
    assert_int_equal(fan.spread.max_ns, 197 * 1000);
}

static void test_an_event_that_not_all_have_has_no_spread(void **state)
{
    (void)state;
    static struct fan fan;
    fan_init(&fan, 200);
    for (int64_t receipt = 0; receipt < 197; receipt++) {
        fan_add(&fan, 5, receipt);
    }
    assert_int_equal(fan.spread.count, 0);
    fan_add(&fan, 6, 1);
    assert_int_equal(fan.spread.count, 0);
    fan_add(&fan, 5, 1000);
    assert_int_equal(fan.spread.count, 1);
}

static void test_the_histogram_is_right_within_two_percent(void **state)
{
    (void)state;
    static struct histogram h;
    assert_true(histogram_us(&h, 0.5) <= 0);
    for (int64_t us = 1; us <= 10000; us++) {
        histogram_add(&h, us * 1000);
    }
    histogram_add(&h, -5);
    assert_true(histogram_us(&h, 0.5) > 4900 && histogram_us(&h, 0.5) < 5100);
    assert_true(histogram_us(&h, 0.99) > 9702 && histogram_us(&h, 0.99) < 10098);
    assert_true(histogram_us(&h, 1) >= 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_counted_in_pieces_of_any_size),
        cmocka_unit_test(test_the_spread_ends_with_the_99th_of_100),
        cmocka_unit_test(test_an_event_that_not_all_have_has_no_spread),
        cmocka_unit_test(test_the_histogram_is_right_within_two_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
