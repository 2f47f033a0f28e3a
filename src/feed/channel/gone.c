/* What is not there any more: see the header. */
#include "feed/channel/gone.h"
#include "base/mem.h"
#include "core/json/json.h"

#include <stdlib.h>

/* An assignment, for sorting. */
struct lost {
    const char *topic;
    const struct assignment *item;
};

void gone_fini(struct gone *g)
{
    buf_fini(&g->gaps);
    buf_fini(&g->entries);
    mem_free(g->ends);
    *g = (struct gone){0};
}

static int compare_partitions(const struct lost *a, const struct lost *b)
{
    int order = strcmp(a->topic, b->topic);
    int32_t left = a->item->partition;
    int32_t right = b->item->partition;
    return order != 0 ? order : (left > right) - (left < right);
}

/* Of equal partitions, the one that was named last comes last. */
static int compare(const void *left, const void *right)
{
    const struct lost *a = left;
    const struct lost *b = right;
    int order = compare_partitions(a, b);
    return order != 0 ? order : (a->item > b->item) - (a->item < b->item);
}

static void append_partition(struct buf *out, const struct lost *lost)
{
    buf_append_str(out, "{\"topic\":");
    json_append_string_ascii(out, slice_str(lost->topic));
    buf_printf(out, ",\"partition\":%d", (int)lost->item->partition);
}

/* Its partition in an id again: as it was given. */
static void append_entry(struct buf *out, const struct lost *lost)
{
    const struct start *start = &lost->item->start;
    buf_append_char(out, ',');
    append_partition(out, lost);
    buf_append_str(out, start->kind == START_AFTER ? ",\"timestamp\":" : ",\"offset\":");
    buf_append_int(out, start->kind == START_LATEST     ? -1
                        : start->kind == START_EARLIEST ? -2
                                                        : start->value);
    buf_append_char(out, '}');
}

/* There is nowhere to go on, hence no `to`; only an offset is one to come `from`. */
static void append_gap(struct buf *out, const struct lost *lost)
{
    append_partition(out, lost);
    buf_append_str(out, ",\"from\":");
    if (lost->item->start.kind == START_OFFSET) {
        buf_append_int(out, lost->item->start.value);
    } else {
        buf_append_str(out, "null");
    }
    buf_append_str(out, ",\"to\":null,\"reason\":\"gone\"}");
}

static void append(struct gone *g, const struct lost *lost)
{
    append_gap(&g->gaps, lost);
    append_entry(&g->entries, lost);
    g->ends[g->count++] = (struct gone_end){g->gaps.len, g->entries.len};
}

static size_t collect(const struct assignments *a, const bool *there, struct lost *out)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (!there[i]) {
            ASSERT(a->items[i].partition != ALL_PARTITIONS);
            out[count++] = (struct lost){assignment_topic(a, i), &a->items[i]};
        }
    }
    return count;
}

int gone_list(struct gone *g, const struct assignments *assignments, const bool *there)
{
    struct lost *lost = mem_alloc(assignments->count * sizeof(*lost));
    size_t count = lost == NULL ? 0 : collect(assignments, there, lost);
    if (count > 0) {
        qsort(lost, count, sizeof(*lost), compare);
        g->ends = mem_alloc(count * sizeof(*g->ends));
    }
    for (size_t i = 0; i < count && g->ends != NULL; i++) {
        if (i + 1 == count || compare_partitions(&lost[i], &lost[i + 1]) != 0) {
            append(g, &lost[i]);
        }
    }
    bool is_done =
        lost != NULL && (count == 0 || g->ends != NULL) && buf_ok(&g->gaps) && buf_ok(&g->entries);
    mem_free(lost);
    if (!is_done) {
        gone_fini(g);
    }
    return is_done ? 0 : KSSE_ENOMEM;
}

int gone_copy(struct gone *to, const struct gone *from)
{
    if (from->count == 0) {
        return 0;
    }
    to->ends = mem_alloc(from->count * sizeof(*to->ends));
    buf_append_slice(&to->gaps, buf_slice(&from->gaps));
    buf_append_slice(&to->entries, buf_slice(&from->entries));
    if (to->ends == NULL || !buf_ok(&to->gaps) || !buf_ok(&to->entries)) {
        gone_fini(to);
        return KSSE_ENOMEM;
    }
    memcpy(to->ends, from->ends, from->count * sizeof(*to->ends));
    to->count = from->count;
    return 0;
}

struct slice gone_next_gap(const struct gone *g)
{
    ASSERT(!gone_is_told(g));
    size_t begin = g->told == 0 ? 0 : g->ends[g->told - 1].gap;
    return slice_of(g->gaps.data + begin, g->ends[g->told].gap - begin);
}

void gone_append_id(const struct gone *g, struct slice id, struct buf *out)
{
    ASSERT(!gone_is_told(g) && id.len > 2 && id.data[id.len - 1] == ']');
    size_t begin = g->ends[g->told].entry;
    buf_append_slice(out, slice_of(id.data, id.len - 1));
    buf_append_slice(out, slice_of(g->entries.data + begin, g->entries.len - begin));
    buf_append_char(out, ']');
}
