/* What the files of this room share: the loop with libuv's own one in it. */
#ifndef NET_LOOP_UV_H
#define NET_LOOP_UV_H

#include "net/loop.h"

#include <stdbool.h>
#include <uv.h>

struct loop {
    uv_loop_t uv;
    uv_prepare_t turn;
    uv_idle_t busy; /* while it runs, the loop does not wait */
    uv_timer_t tick;
    uv_timer_t due; /* loop_turn_at() */
    int64_t due_ms; /* INT64_MAX: it does not run */
    uv_async_t wake;
    struct loop_hooks hooks;
    bool is_stopped;
    bool is_turn_due; /* something happened that on_turn, or the kernel's list of watched
                       * descriptors, does not know of yet: nobody may wait */
};

#endif
