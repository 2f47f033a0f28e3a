/* Records that wait for their deserializer: see the header. */
#include "feed/log/record_wait.h"

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
