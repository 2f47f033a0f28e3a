/*
 * The cluster's brokers: whether each can be reached, and how many of the partitions that are read
 * it leads. Plain values.
 */
#ifndef KAFKA_BROKER_H
#define KAFKA_BROKER_H

#include <stddef.h>
#include <stdint.h>

enum {
    MOST_BROKERS = 64, /* others are not checked */
    NO_LEADER = -1     /* an entry of its own among the brokers: the partitions without leader */
};

enum broker_state {
    BROKER_UNKNOWN, /* not asked yet, or gone from the cluster */
    BROKER_UP,
    BROKER_DOWN
};

struct broker {
    int32_t id;
    enum broker_state state;
    int failures;       /* in a row */
    size_t wanted;      /* partitions that are read and that it leads */
    char topic[250];    /* one of them; Kafka's names have 249 bytes at most */
    int32_t partition;  /* its number */
    char examples[400]; /* some of them, "topic/partition, ..." */
    char address[300];
    char reason[256];    /* why it cannot be reached; may be empty */
    int64_t unlisted_ms; /* since when the metadata has not listed it; 0: it does */
};

struct brokers {
    struct broker items[MOST_BROKERS];
    size_t count;
};

/* Returns the broker with that id, or NULL. */
static inline struct broker *brokers_find(struct brokers *brokers, int32_t id)
{
    for (size_t i = 0; i < brokers->count; i++) {
        if (brokers->items[i].id == id) {
            return &brokers->items[i];
        }
    }
    return NULL;
}

#endif
