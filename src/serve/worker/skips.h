/*
 * Skips: records that do not decode, gathered by reason for the whole worker group, so that the log
 * has a line of each reason once in a while, with how many there were and the first of them. Not
 * their counters, which are the feed's. Any worker's thread.
 */
#ifndef SERVE_WORKER_SKIPS_H
#define SERVE_WORKER_SKIPS_H

#include "core/stream/deserializer.h"

#include <pthread.h>

enum {
    SKIPS_PAUSE_MS = 10000 /* between lines of one reason */
};

/* What a line tells. */
struct skip {
    enum undecodable reason;
    uint64_t count; /* since the last line of that reason */
    int64_t offset; /* of the first of them, as all below */
    int32_t partition;
    char topic[250]; /* Kafka's names have 249 bytes at most */
    char why[250];
};

struct skips {
    pthread_mutex_t lock;
    struct skip untold[UNDECODABLE_REASONS]; /* with a count of 0: none */
    int64_t told_ms[UNDECODABLE_REASONS];    /* 0: never */
};

void skips_init(struct skips *skips);
void skips_fini(struct skips *skips);

/* One more. True when a line is due at once: *out is what it tells. */
bool skips_add(struct skips *skips, const struct record *record,
               const struct deserializer_fault *fault, int64_t now_ms, struct skip *out);

/* True as long as there is something untold whose pause is over, or anything untold with `all`. */
bool skips_take(struct skips *skips, int64_t now_ms, bool all, struct skip *out);

#endif
