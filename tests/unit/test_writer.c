/* Writers: frames of a moving position, quiet moves, heartbeats, the JSON of a gap. */
#include "feed/channel/writer.h"

#include "support/unit.h"

static const struct view sse = {.format = FORMAT_SSE};
static const struct view lines = {.format = FORMAT_NDJSON};

static int begin(struct writer *w, const struct view *view, struct segment **out)
{
    writer_init(w, view);
    *out = NULL;
    if (position_insert(&w->position, (struct partition_position){"t", 0, 9, -1, NULL}) < 0 ||
        writer_position_changed(w) < 0) {
        return -1;
    }
    *out = segment_new(&w->position);
    return *out == NULL ? -1 : 0;
}

static void end(struct writer *w, struct segment *out)
{
    writer_fini(w);
    segment_free(out);
}

static void assert_text(const struct segment *out, const char *expected)
{
    assert_int_equal(out->len, strlen(expected));
    assert_memory_equal(out->data, expected, out->len);
}

static const struct move message = {
    .kind = FRAME_MESSAGE, .offset = 10, .timestamp_ms = 5, .data = {"{}", 2}};

static void frames_carry_the_position_after_them(void **state)
{
    (void)state;
    struct writer w;
    struct segment *out;
    assert_int_equal(begin(&w, &sse, &out), 0);
    assert_int_equal(writer_move(&w, out, &message), 0);
    assert_text(out, "event: message\nid: [{\"topic\":\"t\",\"partition\":0,\"offset\":10}]\n"
                     "data: {}\n\n");
    assert_int_equal(w.position.partitions[0].timestamp_ms, 5);
    segment_rewind(out, 0);
    assert_int_equal(writer_skip(&w, out, 0, 12), 0);
    assert_int_equal(out->len, 0);
    assert_int_equal(writer_beat(&w, out, true), 0);
    assert_text(out, "event: position\nid: [{\"topic\":\"t\",\"partition\":0,\"offset\":12}]\n"
                     "data: \n\n");
    segment_rewind(out, 0);
    assert_int_equal(writer_beat(&w, out, false), 0);
    assert_text(out, ":heartbeat\n\n");
    end(&w, out);
}

static void lines_have_no_ids(void **state)
{
    (void)state;
    struct writer w;
    struct segment *out;
    assert_int_equal(begin(&w, &lines, &out), 0);
    assert_int_equal(writer_move(&w, out, &message), 0);
    assert_int_equal(writer_beat(&w, out, true), 0);
    assert_text(out, "{}\n\n");
    assert_int_equal(w.id.text.len, 0);
    end(&w, out);
}

static void a_move_without_time_keeps_the_time(void **state)
{
    (void)state;
    struct writer w;
    struct segment *out;
    assert_int_equal(begin(&w, &sse, &out), 0);
    struct move move = message;
    assert_int_equal(writer_move(&w, out, &move), 0);
    move.timestamp_ms = -1;
    move.offset = 11;
    assert_int_equal(writer_move(&w, out, &move), 0);
    assert_int_equal(w.position.partitions[0].timestamp_ms, 5);
    assert_int_equal(w.position.partitions[0].offset, 11);
    end(&w, out);
}

static void gaps(void **state)
{
    (void)state;
    struct partition_position partition = {"t\"", 3, 7, -1, NULL};
    struct buf json = BUF_INIT;
    gap_append_json(&partition, 9, "expired", &json);
    buf_append_char(&json, '\0');
    assert_string_equal(json.data, "{\"topic\":\"t\\\"\",\"partition\":3,\"from\":7,\"to\":9,"
                                   "\"reason\":\"expired\"}");
    buf_fini(&json);
}

static bool attempt(void)
{
    struct writer w;
    struct segment *out;
    bool is_done = begin(&w, &sse, &out) == 0 && writer_move(&w, out, &message) == 0 &&
                   writer_skip(&w, out, 0, 1000000) == 0 && writer_beat(&w, out, true) == 0;
    end(&w, out);
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
        cmocka_unit_test(frames_carry_the_position_after_them),
        cmocka_unit_test(lines_have_no_ids),
        cmocka_unit_test(a_move_without_time_keeps_the_time),
        cmocka_unit_test(gaps),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
