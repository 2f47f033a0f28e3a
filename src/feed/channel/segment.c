/* Frames in one allocation, with marks: see the header. */
#include "feed/channel/segment.h"
#include "base/mem.h"

#include <string.h>

enum {
    FIRST_BYTES = 2048,
    FIRST_MARKS = 8
};

struct segment *segment_new(const struct position *start)
{
    struct segment *s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    list_init(&s->node);
    list_init(&s->clients);
    if (position_copy(&s->start, start) < 0) {
        mem_free(s);
        return NULL;
    }
    return s;
}

void segment_free(struct segment *s)
{
    if (s == NULL) {
        return;
    }
    ASSERT(list_is_empty(&s->clients));
    list_remove(&s->node);
    position_fini(&s->start);
    mem_free(s->marks);
    mem_free(s->data);
    mem_free(s);
}

static size_t grown(size_t cap, size_t wanted, size_t first)
{
    cap = cap == 0 ? first : cap;
    while (cap < wanted) {
        cap *= 2;
    }
    return cap;
}

static int make_room(struct segment *s, size_t size)
{
    if (s->cap - s->len >= size) {
        return 0;
    }
    size_t cap = grown(s->cap, s->len + size, FIRST_BYTES);
    char *data = mem_realloc(s->data, cap);
    if (data == NULL) {
        return KSSE_ENOMEM;
    }
    s->data = data;
    s->cap = cap;
    return 0;
}

static int make_mark_room(struct segment *s)
{
    if (s->mark_count < s->mark_cap) {
        return 0;
    }
    size_t cap = grown(s->mark_cap, s->mark_count + 1, FIRST_MARKS);
    struct frame_mark *marks = mem_realloc(s->marks, cap * sizeof(*marks));
    if (marks == NULL) {
        return KSSE_ENOMEM;
    }
    s->marks = marks;
    s->mark_cap = cap;
    return 0;
}

char *segment_add_frame(struct segment *s, size_t size, long partition, int64_t offset,
                        int64_t timestamp_ms)
{
    ASSERT(size > 0 && partition < (long)s->start.count);
    if (make_room(s, size) < 0 || make_mark_room(s) < 0) {
        return NULL;
    }
    char *at = s->data + s->len;
    s->len += size;
    s->marks[s->mark_count++] = (struct frame_mark){s->len, partition, offset, timestamp_ms};
    return at;
}

int segment_add_move(struct segment *s, long partition, int64_t offset, int64_t timestamp_ms)
{
    struct frame_mark *last = s->mark_count == 0 ? NULL : &s->marks[s->mark_count - 1];
    size_t before = s->mark_count < 2 ? 0 : s->marks[s->mark_count - 2].end;
    if (last != NULL && last->end == before && last->partition == partition) {
        last->offset = offset;
        last->timestamp_ms = timestamp_ms;
        return 0;
    }
    if (make_mark_room(s) < 0) {
        return KSSE_ENOMEM;
    }
    s->marks[s->mark_count++] = (struct frame_mark){s->len, partition, offset, timestamp_ms};
    return 0;
}

int segment_begin_with_rest(struct segment *s, const char *data, size_t len)
{
    ASSERT(s->len == 0);
    if (len == 0) {
        return 0;
    }
    char *at = segment_add_frame(s, len, NO_PARTITION, 0, -1);
    if (at == NULL) {
        return KSSE_ENOMEM;
    }
    memcpy(at, data, len);
    s->begins_with_rest = true;
    return 0;
}

int segment_insert_partition(struct segment *s, struct partition_position partition)
{
    size_t count = s->start.count;
    long index = position_insert(&s->start, partition);
    if (index < 0) {
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < s->mark_count && s->start.count > count; i++) {
        s->marks[i].partition += s->marks[i].partition >= index ? 1 : 0;
    }
    return 0;
}

static void apply(struct position *p, const struct frame_mark *mark)
{
    if (mark->partition != NO_PARTITION) {
        p->partitions[mark->partition].offset = mark->offset;
        p->partitions[mark->partition].timestamp_ms = mark->timestamp_ms;
    }
}

static void empty(struct segment *s, size_t keep_bytes)
{
    ASSERT(list_is_empty(&s->clients));
    s->len = 0;
    s->mark_count = 0;
    s->begins_with_rest = false;
    if (s->cap > keep_bytes) {
        mem_free(s->data);
        mem_free(s->marks);
        s->data = NULL;
        s->marks = NULL;
        s->cap = 0;
        s->mark_cap = 0;
    }
}

void segment_rewind(struct segment *s, size_t keep_bytes)
{
    for (size_t i = 0; i < s->mark_count; i++) {
        apply(&s->start, &s->marks[i]);
    }
    empty(s, keep_bytes);
}

int segment_restart(struct segment *s, const struct position *start, size_t keep_bytes)
{
    empty(s, keep_bytes);
    if (s->start.count != start->count) {
        return position_copy(&s->start, start);
    }
    position_assign(&s->start, start);
    return 0;
}

/* The number of marks up to and with the frame that `at` lies in. */
static size_t marks_until(const struct segment *s, size_t at)
{
    ASSERT(at <= s->len);
    if (s->len == 0 || (at == 0 && !s->begins_with_rest)) {
        return 0;
    }
    size_t low = 0;
    size_t high = s->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->marks[middle].end < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low + 1;
}

size_t segment_frame_end(const struct segment *s, size_t at)
{
    size_t count = marks_until(s, at);
    return count == 0 ? 0 : s->marks[count - 1].end;
}

int segment_position_at(const struct segment *s, size_t at, struct position *out, size_t *frame_end)
{
    if (position_copy(out, &s->start) < 0) {
        return KSSE_ENOMEM;
    }
    size_t count = marks_until(s, at);
    for (size_t i = 0; i < count; i++) {
        apply(out, &s->marks[i]);
    }
    *frame_end = count == 0 ? 0 : s->marks[count - 1].end;
    return 0;
}

bool segment_frame_at(const struct segment *s, size_t at, struct frame_span *out)
{
    size_t count = marks_until(s, at);
    if (count == 0 || s->marks[count - 1].end == at) {
        return false;
    }
    size_t begin = count < 2 ? 0 : s->marks[count - 2].end;
    *out = (struct frame_span){begin, s->marks[count - 1].end, s->marks[count - 1].partition};
    return true;
}

int segment_position_before(const struct segment *s, size_t at, struct position *out)
{
    if (position_copy(out, &s->start) < 0) {
        return KSSE_ENOMEM;
    }
    size_t count = marks_until(s, at);
    for (size_t i = 0; i + 1 < count; i++) {
        apply(out, &s->marks[i]);
    }
    return 0;
}

size_t segment_bytes(const struct segment *s)
{
    return sizeof(*s) + s->cap + s->mark_cap * sizeof(struct frame_mark) +
           s->start.count * sizeof(struct partition_position);
}
