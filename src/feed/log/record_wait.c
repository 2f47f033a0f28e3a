/* Records that wait for their deserializer: see the header. */
#include "feed/log/record_wait.h"
#include "feed/feed.h"

void record_wait_begin(struct record_wait *wait, int64_t offset, int64_t now_ms)
{
    if (!record_wait_is_on(wait, now_ms)) {
        *wait = (struct record_wait){true, offset, now_ms, now_ms};
    } else if (wait->offset == offset) {
        wait->tried_ms = now_ms;
    }
}

bool record_wait_is_on(const struct record_wait *wait, int64_t now_ms)
{
    return wait->is_there && now_ms - wait->tried_ms < RECORD_WAIT_FORGET_MS;
}

int64_t record_waits_count(const struct feed *feed, const struct partition_log **longest)
{
    const struct partition_log *first = NULL;
    int64_t count = 0;
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        if (record_wait_is_on(&log->wait, feed->now_ms)) {
            count++;
            first = first == NULL || log->wait.since_ms < first->wait.since_ms ? log : first;
        }
    }
    if (first != NULL) {
        *longest = first;
    }
    return count;
}
