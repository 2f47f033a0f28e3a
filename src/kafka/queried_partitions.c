/* The partitions that questions are about, and their leaders: see questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

#include <string.h>

enum {
    IDLE_PARTITIONS = 4096,       /* are kept at most */
    IDLE_MS = 3 * OFFSET_CACHE_MS /* whoever got no answer asks again within that time */
};

static void partition_free(struct questions *q, struct queried_partition *partition)
{
    ASSERT(partition->users == 0 && q->idle_count > 0);
    list_remove(&partition->node);
    q->idle_count--;
    map_remove(&q->partitions, partition->key);
    offset_cache_fini(&partition->cache);
    mem_free(partition);
}

void queried_partitions_trim(struct questions *q, int64_t now_ms)
{
    while (!list_is_empty(&q->idle)) {
        struct queried_partition *oldest = LIST_FIRST(&q->idle, struct queried_partition, node);
        if (now_ms - oldest->idle_ms <= IDLE_MS && q->idle_count <= IDLE_PARTITIONS) {
            return;
        }
        partition_free(q, oldest);
    }
}

void queried_partition_unref(struct questions *q, struct queried_partition *partition,
                             int64_t now_ms)
{
    ASSERT(partition->users > 0);
    if (--partition->users == 0) {
        partition->idle_ms = now_ms;
        list_push_back(&q->idle, &partition->node);
        q->idle_count++;
        queried_partitions_trim(q, now_ms);
    }
}

/* Returns the leader, or NULL without memory. */
static struct leader *find_leader(struct questions *q, int32_t id)
{
    LIST_EACH(leader, &q->leaders, struct leader, node)
    {
        if (leader->id == id) {
            return leader;
        }
    }
    struct leader *leader = mem_zalloc(sizeof(*leader));
    if (leader != NULL) {
        leader->id = id;
        list_init(&leader->feed_queue);
        list_init(&leader->requester_queues);
        list_push_back(&q->leaders, &leader->node);
    }
    return leader;
}

static void set_leader(struct questions *q, struct queried_partition *partition)
{
    int32_t id = q->metadata == NULL
                     ? -1
                     : metadata_leader(q->metadata, partition->topic, partition->number);
    if (id < 0) {
        partition->leader = NULL;
    } else if (partition->leader == NULL || partition->leader->id != id) {
        partition->leader = find_leader(q, id);
    }
}

static struct queried_partition *partition_new(struct questions *q)
{
    struct slice key = buf_slice(&q->key);
    struct queried_partition *partition = mem_zalloc(sizeof(*partition) + key.len);
    if (partition == NULL) {
        return NULL;
    }
    char *copy = (char *)(partition + 1);
    memcpy(copy, key.data, key.len);
    memcpy(&partition->number, copy + key.len - sizeof(int32_t), sizeof(int32_t));
    partition->key = slice_of(copy, key.len);
    partition->topic = copy;
    list_init(&partition->node);
    if (map_put(&q->partitions, partition->key, partition) < 0) {
        mem_free(partition);
        return NULL;
    }
    set_leader(q, partition);
    return partition;
}

struct queried_partition *queried_partition_ref(struct questions *q,
                                                const struct offset_query *query)
{
    buf_clear(&q->key);
    buf_append(&q->key, query->topic, strlen(query->topic) + 1);
    buf_append(&q->key, (const char *)&query->partition, sizeof(query->partition));
    if (!buf_ok(&q->key)) {
        return NULL;
    }
    struct queried_partition *partition = map_get(&q->partitions, buf_slice(&q->key));
    if (partition == NULL) {
        partition = partition_new(q);
    }
    if (partition != NULL && partition->users++ == 0 && !list_is_empty(&partition->node)) {
        list_remove(&partition->node);
        q->idle_count--;
    }
    return partition;
}

void queried_partitions_find_leaders(struct questions *q)
{
    size_t at = 0;
    struct queried_partition *partition;
    while ((partition = map_next(&q->partitions, &at)) != NULL) {
        set_leader(q, partition);
        if (partition->leader == NULL) {
            /* A topic that comes back with this name may be another one. */
            offset_cache_clear(&partition->cache);
        }
    }
}

void queried_partitions_fini(struct questions *q)
{
    while (!list_is_empty(&q->idle)) {
        partition_free(q, LIST_FIRST(&q->idle, struct queried_partition, node));
    }
    ASSERT(q->partitions.count == 0);
    map_fini(&q->partitions);
    LIST_EACH_SAFE(leader, after, &q->leaders, struct leader, node)
    {
        mem_free(leader);
    }
    buf_fini(&q->key);
}
