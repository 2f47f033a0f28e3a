/* See answers.h. */
#include "kafka/answers.h"
#include "base/mem.h"
#include "feed/log/source.h"

enum {
    FIRST_INTERVALS = 4
};

void answers_fini(struct answers *a)
{
    mem_free(a->intervals);
    *a = (struct answers){0};
}

void answers_forget(struct answers *a)
{
    a->count = 0;
    a->latest = (struct answer_end){0, 0};
    a->earliest = (struct answer_end){0, 0};
    a->none_round = 0;
}

static bool is_fresh(const struct answer_interval *interval, int64_t now_ms)
{
    return now_ms - interval->answer_ms <= ANSWERS_REMEMBERED_MS;
}

static bool contains(const struct answer_interval *interval, int64_t at_ms)
{
    return interval->from_ms <= at_ms && at_ms <= interval->to_ms;
}

/* ---- looking ---- */

static struct answer of_end(const struct answer_end *end, uint64_t after)
{
    if (end->round > after) {
        return (struct answer){ANSWER_OFFSET, end->offset, end->round};
    }
    return (struct answer){.kind = ANSWER_MISSING};
}

static struct answer of_time(const struct answers *a, int64_t at_ms, uint64_t after, int64_t now_ms)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct answer_interval *interval = &a->intervals[i];
        if (contains(interval, at_ms) && (interval->round > after || is_fresh(interval, now_ms))) {
            return (struct answer){ANSWER_OFFSET, interval->offset, interval->round};
        }
    }
    if (a->none_round > after && at_ms >= a->none_from_ms) {
        return (struct answer){.kind = ANSWER_NO_RECORD, .round = a->none_round};
    }
    return (struct answer){.kind = ANSWER_MISSING};
}

struct answer answers_look(const struct answers *a, int64_t moment, uint64_t after, int64_t now_ms)
{
    if (a->failed_round > after) {
        return (struct answer){.kind = ANSWER_FAILED, .round = a->failed_round};
    }
    if (moment == OFFSET_AT_LATEST) {
        return of_end(&a->latest, after);
    }
    if (moment == OFFSET_AT_EARLIEST) {
        return of_end(&a->earliest, after);
    }
    return of_time(a, moment, after, now_ms);
}

/* ---- taking ---- */

static void drop(struct answers *a, size_t i)
{
    a->intervals[i] = a->intervals[--a->count];
}

/* A time never has an older record than an earlier time: else this is another log. */
static bool contradicts(const struct answers *a, int64_t at_ms, int64_t offset)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct answer_interval *interval = &a->intervals[i];
        if ((interval->from_ms <= at_ms && interval->offset > offset) ||
            (interval->to_ms >= at_ms && interval->offset < offset)) {
            return true;
        }
    }
    return false;
}

/* Returns a place for one more; without memory, or with too many, it is that of the oldest, or
 * NULL. */
static struct answer_interval *make_room(struct answers *a)
{
    if (a->count == a->cap && a->cap < ANSWERS_LIMIT) {
        size_t cap = a->cap == 0 ? FIRST_INTERVALS : a->cap * 2;
        struct answer_interval *grown = mem_realloc(a->intervals, cap * sizeof(*grown));
        if (grown != NULL) {
            a->intervals = grown;
            a->cap = cap;
        }
    }
    if (a->count < a->cap) {
        return &a->intervals[a->count++];
    }
    struct answer_interval *oldest = a->intervals;
    for (size_t i = 1; i < a->count; i++) {
        if (a->intervals[i].answer_ms < oldest->answer_ms) {
            oldest = &a->intervals[i];
        }
    }
    return oldest;
}

static void take_time(struct answers *a, int64_t at_ms, const struct answer *answer, int64_t now_ms)
{
    if (contradicts(a, at_ms, answer->offset)) {
        answers_forget(a);
    }
    for (size_t i = 0; i < a->count; i++) {
        struct answer_interval *interval = &a->intervals[i];
        if (interval->offset == answer->offset && is_fresh(interval, now_ms)) {
            interval->from_ms = at_ms < interval->from_ms ? at_ms : interval->from_ms;
            interval->to_ms = at_ms > interval->to_ms ? at_ms : interval->to_ms;
            return;
        }
        if (interval->offset == answer->offset) {
            drop(a, i);
            break;
        }
    }
    struct answer_interval *interval = make_room(a);
    if (interval != NULL) {
        *interval = (struct answer_interval){at_ms, at_ms, answer->offset, answer->round, now_ms};
    }
}

static void take_latest(struct answers *a, const struct answer *answer)
{
    bool has_shrunk = a->latest.round > 0 && answer->offset < a->latest.offset;
    for (size_t i = 0; i < a->count && !has_shrunk; i++) {
        has_shrunk = a->intervals[i].offset >= answer->offset;
    }
    if (has_shrunk) {
        answers_forget(a);
    }
    a->latest = (struct answer_end){answer->offset, answer->round};
}

static void take_earliest(struct answers *a, const struct answer *answer)
{
    if (a->earliest.round > 0 && answer->offset < a->earliest.offset) {
        answers_forget(a);
    }
    for (size_t i = a->count; i > 0; i--) {
        if (a->intervals[i - 1].offset < answer->offset) {
            drop(a, i - 1);
        }
    }
    a->earliest = (struct answer_end){answer->offset, answer->round};
}

void answers_take(struct answers *a, int64_t moment, const struct answer *answer, int64_t now_ms)
{
    a->failed_round = 0;
    if (answer->kind == ANSWER_FAILED) {
        a->failed_round = answer->round;
        a->failed_ms = now_ms;
    } else if (answer->kind == ANSWER_NO_RECORD) {
        a->none_from_ms = moment;
        a->none_round = answer->round;
    } else if (moment == OFFSET_AT_LATEST) {
        take_latest(a, answer);
    } else if (moment == OFFSET_AT_EARLIEST) {
        take_earliest(a, answer);
    } else {
        take_time(a, moment, answer, now_ms);
    }
}
