/* Segments: where frames end, which position a byte means, rests, moves and no memory. */
#include "feed/channel/segment.h"

#include "support/unit.h"

static struct partition_position partitions[2] = {{"a", 0, 100, -1, NULL}, {"b", 0, 200, -1, NULL}};
static const struct position start = {partitions, 2};

static void add(struct segment *s, size_t size, long partition, int64_t offset)
{
    char *at = segment_add_frame(s, size, partition, offset, offset * 10);
    assert_non_null(at);
    memset(at, 'x', size);
}

/* A frame of 10 bytes for a, a heartbeat of 5, a move of b, a frame of 10 for b. */
static struct segment *example(void)
{
    struct segment *s = segment_new(&start);
    assert_non_null(s);
    add(s, 10, 0, 101);
    add(s, 5, NO_PARTITION, 0);
    assert_int_equal(segment_add_move(s, 1, 205, -1), 0);
    add(s, 10, 1, 206);
    return s;
}

static void assert_position(const struct segment *s, size_t at, int64_t a, int64_t b, size_t end)
{
    struct position p = POSITION_INIT;
    size_t frame_end;
    assert_int_equal(segment_position_at(s, at, &p, &frame_end), 0);
    assert_int_equal(p.partitions[0].offset, a);
    assert_int_equal(p.partitions[1].offset, b);
    assert_int_equal(frame_end, end);
    assert_int_equal(segment_frame_end(s, at), end);
    position_fini(&p);
}

static void every_byte_has_its_position(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        int64_t a;
        int64_t b;
        size_t end;
    } cases[] = {
        {0, 100, 200, 0},   {1, 101, 200, 10},  {9, 101, 200, 10},  {10, 101, 200, 10},
        {11, 101, 200, 15}, {15, 101, 200, 15}, {16, 101, 206, 25}, {25, 101, 206, 25},
    };
    struct segment *s = example();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_position(s, cases[i].at, cases[i].a, cases[i].b, cases[i].end);
    }
    segment_free(s);
}

static void a_byte_lies_in_a_frame_or_at_a_border(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        bool is_in;
        size_t begin;
        size_t end;
        long partition;
        int64_t a; /* the position before the frame */
        int64_t b;
    } cases[] = {
        {0, false, 0, 0, 0, 0, 0},
        {1, true, 0, 10, 0, 100, 200},
        {9, true, 0, 10, 0, 100, 200},
        {10, false, 0, 0, 0, 0, 0},
        {11, true, 10, 15, NO_PARTITION, 101, 200},
        {15, false, 0, 0, 0, 0, 0},
        {16, true, 15, 25, 1, 101, 205}, /* with the move that no frame has told */
        {25, false, 0, 0, 0, 0, 0},
    };
    struct segment *s = example();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct frame_span span;
        assert_int_equal(segment_frame_at(s, cases[i].at, &span), cases[i].is_in);
        if (cases[i].is_in) {
            assert_int_equal(span.begin, cases[i].begin);
            assert_int_equal(span.end, cases[i].end);
            assert_int_equal(span.partition, cases[i].partition);
            struct position p = POSITION_INIT;
            assert_int_equal(segment_position_before(s, cases[i].at, &p), 0);
            assert_int_equal(p.partitions[0].offset, cases[i].a);
            assert_int_equal(p.partitions[1].offset, cases[i].b);
            position_fini(&p);
        }
    }
    segment_free(s);
}

static void moves_of_one_partition_are_one(void **state)
{
    (void)state;
    struct segment *s = segment_new(&start);
    for (int64_t offset = 101; offset < 1000; offset++) {
        assert_int_equal(segment_add_move(s, 0, offset, -1), 0);
    }
    assert_int_equal(s->mark_count, 1);
    assert_position(s, 0, 100, 200, 0);
    add(s, 3, 1, 201);
    assert_int_equal(segment_add_move(s, 1, 300, -1), 0);
    assert_int_equal(s->mark_count, 3); /* a frame is not written over */
    assert_position(s, 3, 999, 201, 3);
    segment_free(s);
}

/* What byte 0 means when the first frame was begun elsewhere: streams broke here once. */
static void a_rest_is_within_a_frame(void **state)
{
    (void)state;
    struct segment *s = segment_new(&start);
    assert_int_equal(segment_begin_with_rest(s, NULL, 0), 0);
    assert_position(s, 0, 100, 200, 0);
    assert_int_equal(segment_begin_with_rest(s, "rest", 4), 0);
    assert_position(s, 0, 100, 200, 4);
    assert_position(s, 4, 100, 200, 4);
    add(s, 10, 0, 101);
    assert_position(s, 0, 100, 200, 4);
    assert_position(s, 5, 101, 200, 14);
    segment_rewind(s, 0);
    assert_position(s, 0, 101, 200, 0); /* no rest any more */
    segment_free(s);
}

static void rewind_keeps_the_end(void **state)
{
    (void)state;
    struct segment *s = example();
    segment_rewind(s, 1 << 20);
    assert_int_equal(s->len, 0);
    assert_true(s->cap > 0);
    assert_position(s, 0, 101, 206, 0);
    segment_rewind(s, 0);
    assert_null(s->data);
    assert_int_equal(segment_restart(s, &start, 0), 0);
    assert_position(s, 0, 100, 200, 0);
    segment_free(s);
    segment_free(NULL);
}

static void a_partition_can_be_inserted(void **state)
{
    (void)state;
    struct segment *s = example();
    assert_int_equal(segment_insert_partition(s, (struct partition_position){"a", 1, 0, -1, NULL}),
                     0);
    struct position p = POSITION_INIT;
    size_t end;
    assert_int_equal(segment_position_at(s, 25, &p, &end), 0);
    assert_int_equal(p.count, 3);
    assert_int_equal(p.partitions[0].offset, 101);
    assert_int_equal(p.partitions[1].offset, 0);
    assert_int_equal(p.partitions[2].offset, 206);
    assert_int_equal(p.partitions[2].timestamp_ms, 2060);
    /* Again: nothing changes. */
    assert_int_equal(segment_insert_partition(s, (struct partition_position){"a", 1, 0, -1, NULL}),
                     0);
    assert_int_equal(segment_position_at(s, 25, &p, &end), 0);
    assert_int_equal(p.partitions[2].offset, 206);
    position_fini(&p);
    segment_free(s);
}

static bool attempt(void)
{
    bool is_done = false;
    struct position p = POSITION_INIT;
    size_t end;
    struct segment *s = segment_new(&start);
    if (s != NULL && segment_begin_with_rest(s, "rest", 4) == 0 &&
        segment_add_frame(s, 10000, 0, 101, -1) != NULL && segment_add_move(s, 1, 300, -1) == 0 &&
        segment_insert_partition(s, (struct partition_position){"c", 0, 0, -1, NULL}) == 0 &&
        segment_position_at(s, 4, &p, &end) == 0 && segment_restart(s, &start, 0) == 0) {
        is_done = true;
    }
    position_fini(&p);
    segment_free(s);
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
        cmocka_unit_test(every_byte_has_its_position),
        cmocka_unit_test(a_byte_lies_in_a_frame_or_at_a_border),
        cmocka_unit_test(moves_of_one_partition_are_one),
        cmocka_unit_test(a_rest_is_within_a_frame),
        cmocka_unit_test(rewind_keeps_the_end),
        cmocka_unit_test(a_partition_can_be_inserted),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
