/*
 * A topic as the cluster shows it, with its partition logs. Topics are never forgotten while the
 * feed lives, so that positions may point to their names. One thread.
 */
#ifndef FEED_LOG_TOPIC_H
#define FEED_LOG_TOPIC_H

#include "feed/log/partition_log.h"
#include "feed/log/source.h"

struct topic {
    struct tail *tail;
    char *name;
    int32_t partition_count;     /* as the cluster shows it */
    struct partition_log **logs; /* one per partition that it ever had */
    int32_t log_count;
    bool is_listed; /* in the newest metadata */
};

/* Whether the cluster shows the partition. */
static inline bool topic_has(const struct topic *topic, int32_t partition)
{
    return topic->is_listed && partition < topic->partition_count;
}

/* The topic in one of the renderings, or NULL when the cluster never showed it. */
struct topic *topic_find(const struct plogs *plogs, size_t rendering, const char *name);

/*
 * Takes the cluster's topics over: new ones, new partitions (see on_grown()), topics that are gone.
 * Without memory, what could not be added is left to the next time.
 */
void topics_update(struct plogs *plogs, const struct topic_info *infos, size_t count);

/* Frees all topics of a tail and their logs. */
void topics_free(struct tail *tail);

#endif
