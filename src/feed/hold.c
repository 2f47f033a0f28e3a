/* Records that wait for their decoder: see the header. */
#include "feed/hold.h"
#include "feed/feed.h"

void hold_begin(struct hold *hold, int64_t offset, int64_t now_ms)
{
    if (!hold_is_on(hold, now_ms)) {
        *hold = (struct hold){true, offset, now_ms, now_ms};
    } else if (hold->offset == offset) {
        hold->tried_ms = now_ms;
    }
}

bool hold_is_on(const struct hold *hold, int64_t now_ms)
{
    return hold->is_there && now_ms - hold->tried_ms < HOLD_FORGET_MS;
}

int64_t holds_count(const struct feed *feed, const struct partition_log **longest)
{
    const struct partition_log *first = NULL;
    int64_t count = 0;
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        if (hold_is_on(&log->hold, feed->now_ms)) {
            count++;
            first = first == NULL || log->hold.since_ms < first->hold.since_ms ? log : first;
        }
    }
    if (first != NULL) {
        *longest = first;
    }
    return count;
}
