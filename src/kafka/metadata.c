/* One allocation: struct metadata, its tables, the names. See metadata.h. */
#include "kafka/metadata.h"
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
static char *fill_brokers(const rd_kafka_metadata_t *rd_metadata, struct metadata *metadata,
                          char *names)
{
    for (size_t i = 0; i < metadata->broker_count; i++) {
        const rd_kafka_metadata_broker_t *broker = &rd_metadata->brokers[i];
        size_t room = strlen(broker->host) + PORT_LEN;
        snprintf(names, room, "%s:%d", broker->host, broker->port);
        metadata->brokers[i] = (struct metadata_broker){broker->id, names};
        names += room;
    }
    return names;
}

static struct metadata *fill(const rd_kafka_metadata_t *rd_metadata,
                             const rd_kafka_metadata_topic_t **shown, size_t count)
{
    size_t broker_count = (size_t)rd_metadata->broker_cnt;
    size_t names_len = 0;
    size_t leader_count = 0;
    for (size_t i = 0; i < count; i++) {
        names_len += strlen(shown[i]->topic) + 1;
        leader_count += (size_t)shown[i]->partition_cnt;
    }
    for (size_t i = 0; i < broker_count; i++) {
        names_len += strlen(rd_metadata->brokers[i].host) + PORT_LEN;
    }
    struct metadata *metadata = mem_alloc(
        sizeof(*metadata) + count * (sizeof(struct topic_info) + sizeof(size_t)) +
        broker_count * sizeof(struct metadata_broker) + leader_count * sizeof(int32_t) + names_len);
    if (metadata == NULL) {
        return NULL;
    }
    metadata->topics = (struct topic_info *)(void *)(metadata + 1);
    metadata->first_leaders = (size_t *)(void *)(metadata->topics + count);
    metadata->brokers = (struct metadata_broker *)(void *)(metadata->first_leaders + count);
    metadata->leaders = (int32_t *)(void *)(metadata->brokers + broker_count);
    metadata->count = count;
    metadata->broker_count = broker_count;
    char *name = fill_brokers(rd_metadata, metadata, (char *)(metadata->leaders + leader_count));
    size_t first_leader = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(shown[i]->topic) + 1;
        memcpy(name, shown[i]->topic, len);
        metadata->topics[i] = (struct topic_info){name, shown[i]->partition_cnt};
        metadata->first_leaders[i] = first_leader;
        fill_leaders(shown[i], metadata->leaders + first_leader);
        first_leader += (size_t)shown[i]->partition_cnt;
        name += len;
    }
    return metadata;
}

struct metadata *metadata_new(const rd_kafka_metadata_t *rd_metadata)
{
    const rd_kafka_metadata_topic_t **shown =
        mem_alloc(((size_t)rd_metadata->topic_cnt + 1) * sizeof(*shown));
    if (shown == NULL) {
        return NULL;
    }
    size_t count = 0;
    for (int i = 0; i < rd_metadata->topic_cnt; i++) {
        if (is_shown(&rd_metadata->topics[i])) {
            shown[count++] = &rd_metadata->topics[i];
        }
    }
    qsort(shown, count, sizeof(*shown), compare_metadata);
    struct metadata *metadata = fill(rd_metadata, shown, count);
    mem_free(shown);
    return metadata;
}

const struct topic_info *metadata_find(const struct metadata *metadata, const char *name)
{
    struct topic_info key = {name, 0};
    return bsearch(&key, metadata->topics, metadata->count, sizeof(key), compare_topics);
}

int32_t metadata_leader(const struct metadata *metadata, const char *topic, int32_t partition)
{
    const struct topic_info *info = metadata_find(metadata, topic);
    if (info == NULL || partition < 0 || partition >= info->partition_count) {
        return -1;
    }
    size_t first = metadata->first_leaders[info - metadata->topics];
    return metadata->leaders[first + (size_t)partition];
}

void metadata_free(struct metadata *metadata)
{
    mem_free(metadata);
}
