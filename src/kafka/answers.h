/*
 * What Kafka has told of one partition's offsets lately, so that one answer serves all who ask the
 * same, or nearly the same. No clock, no threads, no librdkafka.
 *
 * The first record at or after a time only moves on as the time does. So when two times have the
 * same answer, all times between them have it, too: what is remembered of times are intervals.
 *
 * Answers are told by rounds, which are numbered in the order in which they are sent. An answer of
 * a round that was sent after somebody had asked is as good as one of his own. Times are remembered
 * for a moment longer; the two ends of a partition, and that there is no record at or after a time,
 * never are: these change with the next record.
 */
#ifndef KAFKA_ANSWERS_H
#define KAFKA_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ANSWERS_REMEMBERED_MS = 1000, /* a topic that is made anew meanwhile would go unnoticed */
    ANSWERS_LIMIT = 64            /* intervals of a partition */
};

/* All times from `from_ms` to `to_ms` have this offset. */
struct answer_interval {
    int64_t from_ms;
    int64_t to_ms;
    int64_t offset;
    uint64_t round;    /* of its older end */
    int64_t answer_ms; /* the same */
};

struct answer_end {
    int64_t offset;
    uint64_t round; /* 0: never told */
};

/* All zero is one that knows nothing. */
struct answers {
    struct answer_interval *intervals; /* in no order */
    size_t count;
    size_t cap;
    struct answer_end latest;
    struct answer_end earliest;
    int64_t none_from_ms; /* no record at or after this time */
    uint64_t none_round;
    uint64_t failed_round; /* this partition could not be asked about */
    int64_t failed_ms;
};

enum answer_kind {
    ANSWER_MISSING, /* to be asked for */
    ANSWER_OFFSET,
    ANSWER_NO_RECORD, /* at or after that time */
    ANSWER_FAILED
};

struct answer {
    enum answer_kind kind;
    int64_t offset; /* OFFSET */
    uint64_t round; /* that told it */
};

void answers_fini(struct answers *a);

/* What is known at `moment` (a time, or OFFSET_AT_...) to somebody who has asked when round
 * `after` had been sent. */
struct answer answers_look(const struct answers *a, int64_t moment, uint64_t after, int64_t now_ms);

/* A round has told something: OFFSET, NO_RECORD or FAILED. Answers that contradict it go. Without
 * memory it is not remembered. */
void answers_take(struct answers *a, int64_t moment, const struct answer *answer, int64_t now_ms);

/* The log may be another one now. */
void answers_forget(struct answers *a);

#endif
