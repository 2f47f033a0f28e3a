/*
 * What Kafka has lately told of one partition's offsets, so that one answer serves everybody who
 * asks the same or nearly the same. No clock, no threads, no librdkafka.
 *
 * As a time moves on, the first record at or after it only moves on, too. So when two times have
 * the same answer, all times between them have it: the cache holds intervals of times.
 *
 * Answers come from offset requests, which are numbered in the order in which they are sent. An
 * answer of a request that was sent after somebody had asked is as good as an answer to his own.
 * Answers to times stay good for a moment longer. The two ends of a partition do not, nor that
 * there is no record at or after a time: these change with the next record.
 */
#ifndef KAFKA_OFFSET_CACHE_H
#define KAFKA_OFFSET_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OFFSET_CACHE_MS = 1000,     /* a topic that is made anew in that time goes unnoticed */
    OFFSET_CACHE_INTERVALS = 64 /* intervals of a partition */
};

/* All times from `from_ms` to `to_ms` have this offset. */
struct offset_interval {
    int64_t from_ms;
    int64_t to_ms;
    int64_t offset;
    uint64_t request;  /* of its older end */
    int64_t answer_ms; /* the same */
};

struct known_end {
    int64_t offset;
    uint64_t request; /* 0: never told */
};

/* All zero: it knows nothing. */
struct offset_cache {
    struct offset_interval *intervals; /* in no order */
    size_t count;
    size_t cap;
    struct known_end latest;
    struct known_end earliest;
    int64_t none_from_ms; /* no record at or after this time */
    uint64_t none_request;
    uint64_t failed_request; /* this partition could not be asked about */
    int64_t failed_ms;
};

enum offset_answer_kind {
    ANSWER_MISSING, /* to be asked for */
    ANSWER_OFFSET,
    ANSWER_NO_RECORD, /* at or after that time */
    ANSWER_FAILED
};

struct offset_answer {
    enum offset_answer_kind kind;
    int64_t offset;   /* OFFSET */
    uint64_t request; /* that told it */
};

void offset_cache_fini(struct offset_cache *a);

/* What is known of `moment` (a time, or OFFSET_AT_...) that is good for somebody who asked when
 * request `after` was the newest one. */
struct offset_answer offset_cache_find(const struct offset_cache *a, int64_t moment, uint64_t after,
                                       int64_t now_ms);

/* Adds an answer: OFFSET, NO_RECORD or FAILED. Answers that contradict it go. Without memory it is
 * not remembered. */
void offset_cache_add(struct offset_cache *a, int64_t moment, const struct offset_answer *answer,
                      int64_t now_ms);

/* Forgets all: the log may be another one now. */
void offset_cache_clear(struct offset_cache *a);

#endif
