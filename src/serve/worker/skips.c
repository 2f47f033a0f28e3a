/* What is untold of each reason, under a lock that is held for a copy: see the header. */
#include "serve/worker/skips.h"

#include "core/stream/record.h"

#include <stdio.h>

void skips_init(struct skips *skips)
{
    *skips = (struct skips){0};
    pthread_mutex_init(&skips->lock, NULL);
}

void skips_fini(struct skips *skips)
{
    pthread_mutex_destroy(&skips->lock);
}

static void note(struct skip *skip, const struct record *record,
                 const struct deserializer_fault *fault)
{
    if (skip->count++ > 0) {
        return;
    }
    skip->reason = fault->reason;
    skip->offset = record->offset;
    skip->partition = record->partition;
    snprintf(skip->topic, sizeof(skip->topic), "%s", record->topic);
    snprintf(skip->why, sizeof(skip->why), "%s", fault->why);
}

/* With the lock. Takes what is untold of the reason, if there is any and a line of it may be said.
 */
static bool take(struct skips *skips, enum undecodable reason, int64_t now_ms, bool any_time,
                 struct skip *out)
{
    struct skip *untold = &skips->untold[reason];
    int64_t told_ms = skips->told_ms[reason];
    if (untold->count == 0 || (!any_time && told_ms != 0 && now_ms - told_ms < SKIPS_PAUSE_MS)) {
        return false;
    }
    ASSERT(untold->reason == reason);
    *out = *untold;
    untold->count = 0;
    skips->told_ms[reason] = now_ms;
    return true;
}

bool skips_add(struct skips *skips, const struct record *record,
               const struct deserializer_fault *fault, int64_t now_ms, struct skip *out)
{
    ASSERT((size_t)fault->reason < UNDECODABLE_REASONS);
    pthread_mutex_lock(&skips->lock);
    note(&skips->untold[fault->reason], record, fault);
    bool is_due = take(skips, fault->reason, now_ms, false, out);
    pthread_mutex_unlock(&skips->lock);
    return is_due;
}

bool skips_take(struct skips *skips, int64_t now_ms, bool all, struct skip *out)
{
    bool is_due = false;
    pthread_mutex_lock(&skips->lock);
    for (enum undecodable reason = 0; reason < UNDECODABLE_REASONS && !is_due; reason++) {
        is_due = take(skips, reason, now_ms, all, out);
    }
    pthread_mutex_unlock(&skips->lock);
    return is_due;
}
