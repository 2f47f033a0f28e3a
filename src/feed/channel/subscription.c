/* Assignments meet the cluster's topics: see the header. */
#include "feed/channel/subscription.h"
#include "base/mem.h"
#include "core/stream/event_id.h"
#include "core/filter/selection.h"
#include "feed/log/plogs.h"

#include <stdlib.h>

enum {
    NAMED_TOPICS = 5 /* at most that many unavailable topics are named in a refusal */
};

/* What is being made, and with what. */
struct making {
    struct subscription *s;
    const struct plogs *plogs;
    const struct subscription_wish *wish;
    struct refusal *refusal;
    bool *there; /* one for each assignment */
};

void subscription_fini(struct subscription *s)
{
    mem_free(s->partitions);
    mem_free(s->whole);
    gone_fini(&s->gone);
    s->partitions = NULL;
    s->whole = NULL;
    s->count = 0;
    s->whole_count = 0;
}

static struct topic *topic_of(const struct making *m, size_t index)
{
    return topic_find(m->plogs, m->s->rendering, assignment_topic(m->wish->assignments, index));
}

static bool is_known(const struct topic *topic, int32_t partition)
{
    return topic != NULL && topic->partition_count > 0 && topic_has(topic, partition);
}

static void name_unavailable(struct buf *message, const char *topic, int32_t partition,
                             size_t already)
{
    if (already == NAMED_TOPICS) {
        buf_append_str(message, ", ...");
    }
    if (already >= NAMED_TOPICS) {
        return;
    }
    buf_printf(message, "%s%.249s", already > 0 ? ", " : "", topic);
    if (partition != ALL_PARTITIONS) {
        buf_printf(message, " (partition %d)", (int)partition);
    }
}

static bool is_available(const struct making *m, const char *topic)
{
    return m->wish->is_available == NULL || m->wish->is_available(m->wish->opaque, topic);
}

static bool is_topic_there(const struct making *m, size_t i)
{
    return is_known(topic_of(m, i), ALL_PARTITIONS) &&
           is_available(m, assignment_topic(m->wish->assignments, i));
}

static int refuse_unavailable(const struct making *m)
{
    size_t missing = 0;
    struct buf *message = &m->refusal->message;
    buf_append_str(message, "Topics ");
    for (size_t i = 0; i < m->wish->assignments->count; i++) {
        if (!m->there[i]) {
            int32_t partition = m->wish->assignments->items[i].partition;
            name_unavailable(message, assignment_topic(m->wish->assignments, i),
                             is_topic_there(m, i) ? partition : ALL_PARTITIONS, missing++);
        }
    }
    buf_append_str(message, " are not available for consumption.");
    m->refusal->code = REFUSED_TOPIC_NOT_AVAILABLE;
    return KSSE_EREFUSED;
}

/* Finds out what is there. Refuses when some topic that is named is not, or nothing is. */
static int check_available(const struct making *m)
{
    bool has_any = false;
    bool lacks_name = false;
    for (size_t i = 0; i < m->wish->assignments->count; i++) {
        int32_t partition = m->wish->assignments->items[i].partition;
        m->there[i] = is_topic_there(m, i) && is_known(topic_of(m, i), partition);
        has_any = has_any || m->there[i];
        lacks_name = lacks_name || (!m->there[i] && partition == ALL_PARTITIONS);
    }
    return lacks_name || !has_any ? refuse_unavailable(m) : 0;
}

static int refuse(const struct making *m, enum refusal_code code)
{
    m->refusal->code = code;
    return KSSE_EREFUSED;
}

static size_t partitions_asked_for(const struct making *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->wish->assignments->count; i++) {
        bool is_whole = m->wish->assignments->items[i].partition == ALL_PARTITIONS;
        size_t asked_for = is_whole ? (size_t)topic_of(m, i)->partition_count : 1;
        count += m->there[i] ? asked_for : 0;
    }
    return count;
}

/* Items that were added by name first: a stable sort and the last of equals then prefers objects.
 */
static void add_all(const struct making *m, bool whole_ones)
{
    struct subscription *s = m->s;
    for (size_t i = 0; i < m->wish->assignments->count; i++) {
        const struct assignment *item = &m->wish->assignments->items[i];
        struct topic *topic = topic_of(m, i);
        bool is_whole = item->partition == ALL_PARTITIONS;
        if (is_whole != whole_ones || !m->there[i]) {
            continue;
        }
        if (is_whole) {
            s->whole[s->whole_count++] = topic;
        }
        int32_t first = is_whole ? 0 : item->partition;
        int32_t end = is_whole ? topic->partition_count : first + 1;
        struct start start = item->start.kind == START_DEFAULT ? m->wish->otherwise : item->start;
        for (int32_t p = first; p < end; p++) {
            s->partitions[s->count++] = (struct subscribed_partition){topic, p, start};
        }
    }
}

static int compare_partitions(const struct subscribed_partition *a,
                              const struct subscribed_partition *b)
{
    int order = a->topic == b->topic ? 0 : strcmp(a->topic->name, b->topic->name);
    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

/* A merge sort: it must be stable, since of several entries for one partition the last one counts.
 */
static void sort_partitions(struct subscribed_partition *items, struct subscribed_partition *spare,
                            size_t count)
{
    if (count < 2) {
        return;
    }
    size_t half = count / 2;
    sort_partitions(items, spare, half);
    sort_partitions(items + half, spare + half, count - half);
    memcpy(spare, items, count * sizeof(*items));
    size_t left = 0;
    size_t right = half;
    for (size_t i = 0; i < count; i++) {
        bool takes_left =
            right == count || (left < half && compare_partitions(&spare[left], &spare[right]) <= 0);
        items[i] = takes_left ? spare[left++] : spare[right++];
    }
}

static void drop_doubles(struct subscription *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        bool is_double =
            kept > 0 && compare_partitions(&s->partitions[kept - 1], &s->partitions[i]) == 0;
        s->partitions[is_double ? kept - 1 : kept++] = s->partitions[i];
    }
    s->count = kept;
}

static int compare_topics(const void *left, const void *right)
{
    const struct topic *const *a = left;
    const struct topic *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static void sort_whole(struct subscription *s)
{
    qsort(s->whole, s->whole_count, sizeof(s->whole[0]), compare_topics);
    size_t kept = 0;
    for (size_t i = 0; i < s->whole_count; i++) {
        if (kept == 0 || s->whole[kept - 1] != s->whole[i]) {
            s->whole[kept++] = s->whole[i];
        }
    }
    s->whole_count = kept;
}

static int fill(const struct making *m)
{
    struct subscription *s = m->s;
    size_t count = partitions_asked_for(m);
    if (count > m->wish->limit) {
        return refuse(m, REFUSED_TOO_MANY_TOPICS);
    }
    struct subscribed_partition *spare = mem_alloc(count * sizeof(*spare));
    s->partitions = mem_alloc(count * sizeof(*s->partitions));
    s->whole = mem_alloc(m->wish->assignments->count * sizeof(struct topic *));
    if (spare == NULL || s->partitions == NULL || s->whole == NULL ||
        gone_list(&s->gone, m->wish->assignments, m->there) < 0) {
        mem_free(spare);
        subscription_fini(s);
        return refuse(m, REFUSED_NO_MEMORY);
    }
    add_all(m, true);
    add_all(m, false);
    sort_partitions(s->partitions, spare, s->count);
    mem_free(spare);
    drop_doubles(s);
    sort_whole(s);
    return 0;
}

int subscription_make(struct subscription *s, const struct plogs *plogs,
                      const struct subscription_wish *wish, struct refusal *refusal)
{
    ASSERT(wish->otherwise.kind != START_DEFAULT && wish->assignments->count > 0);
    ASSERT(s->partitions == NULL && s->whole == NULL && s->gone.count == 0);
    struct making m = {s, plogs, wish, refusal, NULL};
    m.there = mem_alloc(wish->assignments->count * sizeof(bool));
    if (m.there == NULL) {
        return refuse(&m, REFUSED_NO_MEMORY);
    }
    int rc = check_available(&m);
    if (rc == 0) {
        rc = fill(&m);
    }
    mem_free(m.there);
    return rc;
}

size_t subscription_longest_id(const struct subscription *s)
{
    size_t size = strlen("[]") + s->gone.entries.len;
    for (size_t i = 0; i < s->count; i++) {
        size +=
            event_id_longest_partition(s->partitions[i].topic->name, s->partitions[i].partition);
    }
    return size;
}

static bool is_whole(const struct subscription *s, const struct topic *topic)
{
    for (size_t i = 0; i < s->whole_count; i++) {
        if (s->whole[i] == topic) {
            return true;
        }
    }
    return false;
}

void subscription_append_key(const struct subscription *s, struct buf *out)
{
    const struct view *v = &s->view;
    buf_printf(out, "%d%d%d%d", (int)v->format, (int)v->id_format, (int)v->gap, (int)v->is_chunked);
    buf_append_char(out, '/');
    buf_append_int(out, (int64_t)s->rendering);
    if (s->selection != NULL) {
        selection_append_key(s->selection, out);
    }
    const struct topic *last = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct subscribed_partition *p = &s->partitions[i];
        bool is_all = is_whole(s, p->topic);
        if (p->topic != last) {
            buf_printf(out, " %s%s", p->topic->name, is_all ? "" : ":");
        }
        if (!is_all) {
            buf_printf(out, "%d,", (int)p->partition);
        }
        last = p->topic;
    }
}
