/* See offset_cache.h. */
#include "kafka/offset_cache.h"
#include "base/mem.h"
#include "feed/log/source.h"

enum {
    FIRST_INTERVALS = 4
};

void offset_cache_fini(struct offset_cache *a)
{
    mem_free(a->intervals);
    *a = (struct offset_cache){0};
}

void offset_cache_clear(struct offset_cache *a)
{
    a->count = 0;
    a->latest = (struct known_end){0, 0};
    a->earliest = (struct known_end){0, 0};
    a->none_request = 0;
}

static bool is_fresh(const struct offset_interval *interval, int64_t now_ms)
{
    return now_ms - interval->answer_ms <= OFFSET_CACHE_MS;
}

static bool contains(const struct offset_interval *interval, int64_t at_ms)
{
    return interval->from_ms <= at_ms && at_ms <= interval->to_ms;
}

/* ---- looking ---- */

static struct offset_answer of_end(const struct known_end *end, uint64_t after)
{
    if (end->request > after) {
        return (struct offset_answer){ANSWER_OFFSET, end->offset, end->request};
    }
    return (struct offset_answer){.kind = ANSWER_MISSING};
}

static struct offset_answer of_time(const struct offset_cache *a, int64_t at_ms, uint64_t after,
                                    int64_t now_ms)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct offset_interval *interval = &a->intervals[i];
        if (contains(interval, at_ms) &&
            (interval->request > after || is_fresh(interval, now_ms))) {
            return (struct offset_answer){ANSWER_OFFSET, interval->offset, interval->request};
        }
    }
    if (a->none_request > after && at_ms >= a->none_from_ms) {
        return (struct offset_answer){.kind = ANSWER_NO_RECORD, .request = a->none_request};
    }
    return (struct offset_answer){.kind = ANSWER_MISSING};
}

struct offset_answer offset_cache_find(const struct offset_cache *a, int64_t moment, uint64_t after,
                                       int64_t now_ms)
{
    if (a->failed_request > after) {
        return (struct offset_answer){.kind = ANSWER_FAILED, .request = a->failed_request};
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

static void drop(struct offset_cache *a, size_t i)
{
    a->intervals[i] = a->intervals[--a->count];
}

/* A time never has an older record than an earlier time: else this is another log. */
static bool contradicts(const struct offset_cache *a, int64_t at_ms, int64_t offset)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct offset_interval *interval = &a->intervals[i];
        if ((interval->from_ms <= at_ms && interval->offset > offset) ||
            (interval->to_ms >= at_ms && interval->offset < offset)) {
            return true;
        }
    }
    return false;
}

/* Returns a place for one more; without memory, or with too many, it is that of the oldest, or
 * NULL. */
static struct offset_interval *make_room(struct offset_cache *a)
{
    if (a->count == a->cap && a->cap < OFFSET_CACHE_INTERVALS) {
        size_t cap = a->cap == 0 ? FIRST_INTERVALS : a->cap * 2;
        struct offset_interval *grown = mem_realloc(a->intervals, cap * sizeof(*grown));
        if (grown != NULL) {
            a->intervals = grown;
            a->cap = cap;
        }
    }
    if (a->count < a->cap) {
        return &a->intervals[a->count++];
    }
    struct offset_interval *oldest = a->intervals;
    for (size_t i = 1; i < a->count; i++) {
        if (a->intervals[i].answer_ms < oldest->answer_ms) {
            oldest = &a->intervals[i];
        }
    }
    return oldest;
}

static void take_time(struct offset_cache *a, int64_t at_ms, const struct offset_answer *answer,
                      int64_t now_ms)
{
    if (contradicts(a, at_ms, answer->offset)) {
        offset_cache_clear(a);
    }
    for (size_t i = 0; i < a->count; i++) {
        struct offset_interval *interval = &a->intervals[i];
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
    struct offset_interval *interval = make_room(a);
    if (interval != NULL) {
        *interval = (struct offset_interval){at_ms, at_ms, answer->offset, answer->request, now_ms};
    }
}

static void take_latest(struct offset_cache *a, const struct offset_answer *answer)
{
    bool has_shrunk = a->latest.request > 0 && answer->offset < a->latest.offset;
    for (size_t i = 0; i < a->count && !has_shrunk; i++) {
        has_shrunk = a->intervals[i].offset >= answer->offset;
    }
    if (has_shrunk) {
        offset_cache_clear(a);
    }
    a->latest = (struct known_end){answer->offset, answer->request};
}

static void take_earliest(struct offset_cache *a, const struct offset_answer *answer)
{
    if (a->earliest.request > 0 && answer->offset < a->earliest.offset) {
        offset_cache_clear(a);
    }
    for (size_t i = a->count; i > 0; i--) {
        if (a->intervals[i - 1].offset < answer->offset) {
            drop(a, i - 1);
        }
    }
    a->earliest = (struct known_end){answer->offset, answer->request};
}

void offset_cache_add(struct offset_cache *a, int64_t moment, const struct offset_answer *answer,
                      int64_t now_ms)
{
    a->failed_request = 0;
    if (answer->kind == ANSWER_FAILED) {
        a->failed_request = answer->request;
        a->failed_ms = now_ms;
    } else if (answer->kind == ANSWER_NO_RECORD) {
        a->none_from_ms = moment;
        a->none_request = answer->request;
    } else if (moment == OFFSET_AT_LATEST) {
        take_latest(a, answer);
    } else if (moment == OFFSET_AT_EARLIEST) {
        take_earliest(a, answer);
    } else {
        take_time(a, moment, answer, now_ms);
    }
}
