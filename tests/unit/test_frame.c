/* Frames: their exact bytes in every view, and that sizes are kept. */
#include "core/stream/frame.h"

#include "support/unit.h"

static const struct {
    enum stream_format format;
    enum frame_kind kind;
    const char *text;
} cases[] = {
    {FORMAT_SSE, FRAME_MESSAGE, "event: message\nid: [7]\ndata: {\"a\":1}\n\n"},
    {FORMAT_SSE, FRAME_TOMBSTONE, "event: tombstone\nid: [7]\ndata: {\"a\":1}\n\n"},
    {FORMAT_SSE, FRAME_GAP, "event: gap\nid: [7]\ndata: {\"a\":1}\n\n"},
    {FORMAT_SSE, FRAME_HEARTBEAT, ":heartbeat\n\n"},
    {FORMAT_NDJSON, FRAME_MESSAGE, "{\"a\":1}\n"},
    {FORMAT_NDJSON, FRAME_TOMBSTONE, "{\"a\":1}\n"},
    {FORMAT_NDJSON, FRAME_GAP, "{\"a\":1}\n"},
    {FORMAT_NDJSON, FRAME_HEARTBEAT, "\n"},
};

static const struct slice id = {"[7]", 3};
static const struct slice data = {"{\"a\":1}", 7};

static void frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view view = {.format = cases[i].format};
        size_t size = frame_size(&view, cases[i].kind, id.len, data.len);
        assert_int_equal(size, strlen(cases[i].text));
        char *out = malloc(size); /* exactly: a byte more is found by ASan */
        frame_write(&view, cases[i].kind, id, data, out);
        assert_memory_equal(out, cases[i].text, size);
        free(out);
    }
}

static void position_has_empty_data(void **state)
{
    (void)state;
    struct view view = {.format = FORMAT_SSE};
    static const char expected[] = "event: position\nid: [7]\ndata: \n\n";
    char out[sizeof(expected)];
    assert_int_equal(frame_size(&view, FRAME_POSITION, id.len, 0), strlen(expected));
    frame_write(&view, FRAME_POSITION, id, slice_of(NULL, 0), out);
    assert_memory_equal(out, expected, strlen(expected));
}

/* A chunk holds exactly the frame, whatever its size. */
static void chunks(void **state)
{
    (void)state;
    static char large[70000];
    memset(large, 'x', sizeof(large));
    static const size_t sizes[] = {0, 1, 7, 8, 200, 230, 4000, 4100, 65400, 65500, 65536, 70000};
    struct view view = {.format = FORMAT_SSE, .is_chunked = true};
    struct view plain = {.format = FORMAT_SSE};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct slice text = slice_of(large, sizes[i]);
        size_t inner = frame_size(&plain, FRAME_MESSAGE, id.len, text.len);
        size_t size = frame_size(&view, FRAME_MESSAGE, id.len, text.len);
        char *out = malloc(size + 1);
        char *content = malloc(inner);
        frame_write(&view, FRAME_MESSAGE, id, text, out);
        frame_write(&plain, FRAME_MESSAGE, id, text, content);
        out[size] = '\0';
        char *end;
        assert_int_equal(strtoul(out, &end, 16), inner);
        assert_memory_equal(end, "\r\n", 2);
        assert_memory_equal(end + 2, content, inner);
        assert_memory_equal(end + 2 + inner, "\r\n", 2);
        assert_int_equal(end + 2 + inner + 2 - out, size);
        free(out);
        free(content);
    }
}

static void assert_buf(struct buf *out, const char *expected)
{
    buf_append_char(out, '\0');
    assert_string_equal(out->data, expected);
    buf_fini(out);
}

static void beginnings_and_ends(void **state)
{
    (void)state;
    struct view sse = {.format = FORMAT_SSE};
    struct view lines = {.format = FORMAT_NDJSON};
    struct view chunked = {.format = FORMAT_SSE, .is_chunked = true};
    struct buf out = BUF_INIT;
    frame_append_preamble(&sse, &out);
    assert_buf(&out, ":ok\n\n");
    frame_append_preamble(&lines, &out);
    assert_buf(&out, "\n");
    frame_append_preamble(&chunked, &out);
    assert_buf(&out, "5\r\n:ok\n\n\r\n");
    frame_append_error(&sse, data, &out);
    assert_buf(&out, "event: error\ndata: {\"a\":1}\n\n");
    frame_append_error(&lines, data, &out);
    assert_buf(&out, "{\"a\":1}\n");
    frame_append_error(&chunked, data, &out);
    assert_buf(&out, "1c\r\nevent: error\ndata: {\"a\":1}\n\n\r\n");
    frame_append_end(&sse, 100, &out);
    assert_buf(&out, "retry: 100\n\n");
    frame_append_end(&sse, -1, &out);
    assert_buf(&out, "");
    frame_append_end(&lines, 100, &out);
    assert_buf(&out, "");
    frame_append_end(&chunked, 100, &out);
    assert_buf(&out, "c\r\nretry: 100\n\n\r\n0\r\n\r\n");
    frame_append_end(&chunked, -1, &out);
    assert_buf(&out, "0\r\n\r\n");
}

static bool attempt(void)
{
    struct view chunked = {.format = FORMAT_SSE, .is_chunked = true};
    struct buf out = BUF_INIT;
    frame_append_error(&chunked, data, &out);
    bool is_done = buf_ok(&out);
    buf_fini(&out);
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
        cmocka_unit_test(frames),    cmocka_unit_test(position_has_empty_data),
        cmocka_unit_test(chunks),    cmocka_unit_test(beginnings_and_ends),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
