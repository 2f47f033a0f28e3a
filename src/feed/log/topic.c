/* The cluster's topics: see the header. */
#include "feed/log/topic.h"
#include "base/mem.h"
#include "feed/log/plogs.h"

struct topic *topic_find(const struct plogs *plogs, size_t rendering, const char *name)
{
    ASSERT(rendering < plogs->tail_count);
    return map_get(&plogs->tails[rendering].topics, slice_str(name));
}

static struct topic *topic_add(struct tail *tail, const char *name)
{
    struct topic *topic = mem_zalloc(sizeof(*topic));
    if (topic == NULL) {
        return NULL;
    }
    topic->tail = tail;
    topic->name = mem_strndup(name, strlen(name));
    if (topic->name == NULL || map_put(&tail->topics, slice_str(topic->name), topic) < 0) {
        mem_free(topic->name);
        mem_free(topic);
        return NULL;
    }
    return topic;
}

/* Makes logs for `count` partitions; without memory, log_count tells how many there are. */
static void add_logs(struct plogs *plogs, struct topic *topic, int32_t count)
{
    struct partition_log **logs =
        mem_realloc(topic->logs, (size_t)count * sizeof(struct partition_log *));
    if (logs == NULL) {
        return;
    }
    topic->logs = logs;
    while (topic->log_count < count) {
        struct partition_log *log = plog_new(plogs, topic, topic->log_count);
        if (log == NULL) {
            return;
        }
        topic->logs[topic->log_count++] = log;
    }
}

static void set_partition_count(struct plogs *plogs, struct topic *topic, int32_t count)
{
    int32_t before = topic->partition_count;
    if (count > topic->log_count) {
        add_logs(plogs, topic, count);
    }
    topic->partition_count = count < topic->log_count ? count : topic->log_count;
    if (topic->partition_count < before) {
        plogs->hooks->on_shrunk(plogs->hooks_opaque, topic);
    } else if (topic->partition_count > before && before > 0) {
        plogs->hooks->on_grown(plogs->hooks_opaque, topic, before);
    }
}

static void topic_update(struct tail *tail, const struct topic_info *info)
{
    struct topic *topic = map_get(&tail->topics, slice_str(info->name));
    if (topic == NULL) {
        topic = topic_add(tail, info->name);
    }
    if (topic == NULL) {
        return;
    }
    topic->is_listed = true;
    /* None is no answer: a topic that is just being made or deleted. */
    if (info->partition_count > 0 && info->partition_count != topic->partition_count) {
        set_partition_count(tail->plogs, topic, info->partition_count);
    }
}

static void update_tail(struct tail *tail, const struct topic_info *infos, size_t count)
{
    size_t at = 0;
    struct topic *topic;
    while ((topic = map_next(&tail->topics, &at)) != NULL) {
        topic->is_listed = false;
    }
    for (size_t i = 0; i < count; i++) {
        topic_update(tail, &infos[i]);
    }
}

void topics_update(struct plogs *plogs, const struct topic_info *infos, size_t count)
{
    for (size_t i = 0; i < plogs->tail_count; i++) {
        update_tail(&plogs->tails[i], infos, count);
    }
}

void topics_free(struct tail *tail)
{
    size_t at = 0;
    struct topic *topic;
    while ((topic = map_next(&tail->topics, &at)) != NULL) {
        for (int32_t i = 0; i < topic->log_count; i++) {
            plog_free(topic->logs[i]);
        }
        mem_free(topic->logs);
        mem_free(topic->name);
        mem_free(topic);
    }
    map_fini(&tail->topics);
}
