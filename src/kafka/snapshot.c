/* One allocation: the snapshot, its table, the names. See snapshot.h. */
#include "kafka/snapshot.h"
#include "base/mem.h"

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

struct snapshot *snapshot_new(const rd_kafka_metadata_t *metadata)
{
    size_t count = 0;
    size_t names_len = 0;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (is_shown(&metadata->topics[i])) {
            count++;
            names_len += strlen(metadata->topics[i].topic) + 1;
        }
    }
    struct snapshot *snapshot =
        mem_alloc(sizeof(*snapshot) + count * sizeof(struct topic_info) + names_len);
    if (snapshot == NULL) {
        return NULL;
    }
    snapshot->topics = (struct topic_info *)(void *)(snapshot + 1);
    snapshot->count = 0;
    char *names = (char *)(snapshot->topics + count);
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *topic = &metadata->topics[i];
        if (!is_shown(topic)) {
            continue;
        }
        size_t len = strlen(topic->topic) + 1;
        memcpy(names, topic->topic, len);
        snapshot->topics[snapshot->count++] = (struct topic_info){names, topic->partition_cnt};
        names += len;
    }
    qsort(snapshot->topics, snapshot->count, sizeof(struct topic_info), compare_topics);
    return snapshot;
}

const struct topic_info *snapshot_find(const struct snapshot *snapshot, const char *name)
{
    struct topic_info key = {name, 0};
    return bsearch(&key, snapshot->topics, snapshot->count, sizeof(key), compare_topics);
}

void snapshot_free(struct snapshot *snapshot)
{
    mem_free(snapshot);
}
