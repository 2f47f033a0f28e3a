/* One allocation: the snapshot, its tables, the names. See snapshot.h. */
#include "kafka/snapshot.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_topics(const void *a, const void *b)
{
    const struct topic_info *x = a;
    const struct topic_info *y = b;
    return strcmp(x->name, y->name);
}

static bool is_shown(const rd_kafka_metadata_topic_t *topic)
{
    return topic->err == RD_KAFKA_RESP_ERR_NO_ERROR && topic->partition_cnt > 0;
}

static int compare_metadata(const void *a, const void *b)
{
    const rd_kafka_metadata_topic_t *const *x = a;
    const rd_kafka_metadata_topic_t *const *y = b;
    return strcmp((*x)->topic, (*y)->topic);
}

static void fill_leaders(const rd_kafka_metadata_topic_t *topic, int32_t *leaders)
{
    for (int i = 0; i < topic->partition_cnt; i++) {
        leaders[i] = -1;
    }
    for (int i = 0; i < topic->partition_cnt; i++) {
        const rd_kafka_metadata_partition_t *partition = &topic->partitions[i];
        if (partition->id >= 0 && partition->id < topic->partition_cnt) {
            leaders[partition->id] = partition->leader;
        }
    }
}

enum {
    PORT_LEN = 8 /* a colon, five digits, a zero and one to spare */
};

/* Returns behind the names. */
static char *fill_brokers(const rd_kafka_metadata_t *metadata, struct snapshot *snapshot,
                          char *names)
{
    for (size_t i = 0; i < snapshot->broker_count; i++) {
        const rd_kafka_metadata_broker_t *broker = &metadata->brokers[i];
        size_t room = strlen(broker->host) + PORT_LEN;
        snprintf(names, room, "%s:%d", broker->host, broker->port);
        snapshot->brokers[i] = (struct snapshot_broker){broker->id, names};
        names += room;
    }
    return names;
}

static struct snapshot *fill(const rd_kafka_metadata_t *metadata,
                             const rd_kafka_metadata_topic_t **shown, size_t count)
{
    size_t broker_count = (size_t)metadata->broker_cnt;
    size_t names_len = 0;
    size_t leader_count = 0;
    for (size_t i = 0; i < count; i++) {
        names_len += strlen(shown[i]->topic) + 1;
        leader_count += (size_t)shown[i]->partition_cnt;
    }
    for (size_t i = 0; i < broker_count; i++) {
        names_len += strlen(metadata->brokers[i].host) + PORT_LEN;
    }
    struct snapshot *snapshot = mem_alloc(
        sizeof(*snapshot) + count * (sizeof(struct topic_info) + sizeof(size_t)) +
        broker_count * sizeof(struct snapshot_broker) + leader_count * sizeof(int32_t) + names_len);
    if (snapshot == NULL) {
        return NULL;
    }
    snapshot->topics = (struct topic_info *)(void *)(snapshot + 1);
    snapshot->first_leaders = (size_t *)(void *)(snapshot->topics + count);
    snapshot->brokers = (struct snapshot_broker *)(void *)(snapshot->first_leaders + count);
    snapshot->leaders = (int32_t *)(void *)(snapshot->brokers + broker_count);
    snapshot->count = count;
    snapshot->broker_count = broker_count;
    char *name = fill_brokers(metadata, snapshot, (char *)(snapshot->leaders + leader_count));
    size_t first_leader = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(shown[i]->topic) + 1;
        memcpy(name, shown[i]->topic, len);
        snapshot->topics[i] = (struct topic_info){name, shown[i]->partition_cnt};
        snapshot->first_leaders[i] = first_leader;
        fill_leaders(shown[i], snapshot->leaders + first_leader);
        first_leader += (size_t)shown[i]->partition_cnt;
        name += len;
    }
    return snapshot;
}

struct snapshot *snapshot_new(const rd_kafka_metadata_t *metadata)
{
    const rd_kafka_metadata_topic_t **shown =
        mem_alloc(((size_t)metadata->topic_cnt + 1) * sizeof(*shown));
    if (shown == NULL) {
        return NULL;
    }
    size_t count = 0;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (is_shown(&metadata->topics[i])) {
            shown[count++] = &metadata->topics[i];
        }
    }
    qsort(shown, count, sizeof(*shown), compare_metadata);
    struct snapshot *snapshot = fill(metadata, shown, count);
    mem_free(shown);
    return snapshot;
}

const struct topic_info *snapshot_find(const struct snapshot *snapshot, const char *name)
{
    struct topic_info key = {name, 0};
    return bsearch(&key, snapshot->topics, snapshot->count, sizeof(key), compare_topics);
}

int32_t snapshot_leader(const struct snapshot *snapshot, const char *topic, int32_t partition)
{
    const struct topic_info *info = snapshot_find(snapshot, topic);
    if (info == NULL || partition < 0 || partition >= info->partition_count) {
        return -1;
    }
    size_t first = snapshot->first_leaders[info - snapshot->topics];
    return snapshot->leaders[first + (size_t)partition];
}

void snapshot_free(struct snapshot *snapshot)
{
    mem_free(snapshot);
}
