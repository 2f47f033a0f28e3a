/* Judging clients by what their sockets take: see the header. */
#include "feed/replay/pace.h"

enum {
    /* More than the kernels on both sides hold for a client that reads nothing. */
    JUDGED_BYTES = 512 * 1024,
    /* Of a client that is held up by its socket only. Slower ones take longer for what a large
     * reader gives than that reader takes to fetch it. */
    FAST_BYTES_PER_MS = 4 * 1024
};

void pace_give(struct pace *p, size_t bytes, int64_t now_ms)
{
    if (p->begun_ms == 0) {
        p->begun_ms = now_ms;
    }
    p->given_bytes += bytes;
}

void pace_take(struct pace *p, size_t bytes)
{
    p->taken_bytes += bytes;
    if (p->taken_bytes >= JUDGED_BYTES) {
        p->is_fast = p->blocked_ms <= (int64_t)(p->taken_bytes / FAST_BYTES_PER_MS);
        p->taken_bytes = 0;
        p->blocked_ms = 0;
    }
}

/* One that is stuck is not fast any more, and does not have to take a lot to show it. */
void pace_block(struct pace *p, int64_t ms)
{
    p->blocked_ms += ms;
    if (p->blocked_ms > JUDGED_BYTES / FAST_BYTES_PER_MS) {
        p->is_fast = false;
    }
}

int64_t pace_paused_until_ms(const struct pace *p, int64_t now_ms)
{
    int64_t until_ms = p->begun_ms + PACE_FIRST_MS;
    return p->given_bytes >= PACE_FIRST_BYTES && now_ms < until_ms ? until_ms : 0;
}
