/* Judging clients by what their sockets take: see the header. */
#include "feed/replay/pace.h"

enum {
    /* More than both kernels hold for a client that reads nothing. */
    JUDGED_BYTES = 512 * 1024,
    /* Counted while its socket is all that holds it up. A slower client takes longer for what a
     * long reader brings than the reader needs to fetch it. */
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

/* A client that is stuck is not fast any more; that is clear before it has taken much. */
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
