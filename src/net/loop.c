/*
 * The worker's loop on libuv: see the header.
 *
 * One round of libuv is: timers, on_turn, then the descriptors that are watched from now on are
 * told to the kernel, and what is readable is called. With loop_run() the next round follows, so
 * that on_turn sees what was called before anything waits. With loop_turn() it might not:
 * `is_turn_due` says whether a round is missing.
 */
#include "net/loop_uv.h"
#include "base/mem.h"

enum {
    ROUNDS_A_TURN = 2 /* one for what has come, one to see what follows from that */
};

struct watch {
    struct loop *loop;
    uv_poll_t poll;
    void (*on_readable)(void *opaque);
    void *opaque;
};

static void on_busy(uv_idle_t *idle)
{
    (void)idle; /* it is there so that the loop does not wait */
}

static void on_prepare(uv_prepare_t *turn)
{
    struct loop *loop = turn->data;
    if (loop->hooks.on_turn(loop->hooks.opaque)) {
        uv_idle_start(&loop->busy, on_busy);
    } else {
        uv_idle_stop(&loop->busy);
    }
    loop->is_turn_due = false; /* what on_turn has done to watches is told within this round */
}

static void on_tick(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    loop->is_turn_due = true;
    loop->hooks.on_tick(loop->hooks.opaque);
}

static void on_due(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    loop->is_turn_due = true; /* the turn follows in this round */
    loop->due_ms = INT64_MAX;
}

static void on_async(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    loop->is_turn_due = true;
    loop->hooks.on_wake(loop->hooks.opaque);
}

struct loop *loop_new(const struct loop_hooks *hooks, int tick_ms)
{
    struct loop *loop = mem_zalloc(sizeof(*loop));
    if (loop == NULL) {
        return NULL;
    }
    loop->hooks = *hooks;
    loop->is_turn_due = true;
    if (uv_loop_init(&loop->uv) < 0) {
        mem_free(loop);
        return NULL;
    }
    if (uv_async_init(&loop->uv, &loop->wake, on_async) < 0) {
        uv_loop_close(&loop->uv);
        mem_free(loop);
        return NULL;
    }
    uv_prepare_init(&loop->uv, &loop->turn);
    uv_idle_init(&loop->uv, &loop->busy);
    uv_timer_init(&loop->uv, &loop->tick);
    uv_timer_init(&loop->uv, &loop->due);
    loop->turn.data = loop;
    loop->busy.data = loop;
    loop->tick.data = loop;
    loop->due.data = loop;
    loop->due_ms = INT64_MAX;
    loop->wake.data = loop;
    uv_prepare_start(&loop->turn, on_prepare);
    uv_timer_start(&loop->tick, on_tick, (uint64_t)tick_ms, (uint64_t)tick_ms);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&loop->turn, NULL);
    uv_close((uv_handle_t *)&loop->busy, NULL);
    uv_close((uv_handle_t *)&loop->tick, NULL);
    uv_close((uv_handle_t *)&loop->due, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* the close callbacks of all handles */
    int result = uv_loop_close(&loop->uv);
    ASSERT(result == 0);
    mem_free(loop);
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
    loop->is_stopped = true;
    uv_stop(&loop->uv);
}

bool loop_turn(struct loop *loop)
{
    for (int i = 0; i < ROUNDS_A_TURN && !loop->is_stopped; i++) {
        uv_run(&loop->uv, UV_RUN_NOWAIT);
        if (!loop->is_turn_due) {
            break;
        }
    }
    return !loop->is_stopped;
}

int loop_fd(const struct loop *loop)
{
    return uv_backend_fd(&loop->uv);
}

int loop_timeout_ms(struct loop *loop)
{
    if (loop->is_turn_due || loop->is_stopped) {
        return 0;
    }
    uv_update_time(&loop->uv); /* or the time since the last round would be waited for again */
    return uv_backend_timeout(&loop->uv);
}

void loop_touch(struct loop *loop)
{
    loop->is_turn_due = true;
    uv_update_time(&loop->uv);
}

void loop_turn_at(struct loop *loop, int64_t at_ms)
{
    if (at_ms == loop->due_ms) {
        return;
    }
    loop->due_ms = at_ms;
    if (at_ms == INT64_MAX) {
        uv_timer_stop(&loop->due);
        return;
    }
    int64_t wait_ms = at_ms - loop_now_ms(loop);
    uv_timer_start(&loop->due, on_due, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

void loop_wake(struct loop *loop)
{
    uv_async_send(&loop->wake);
}

int64_t loop_now_ms(const struct loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

static void on_watch_event(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events; /* an error is found out by whoever reads the descriptor */
    struct watch *watch = poll->data;
    watch->loop->is_turn_due = true;
    watch->on_readable(watch->opaque);
}

struct watch *watch_start(struct loop *loop, int fd, void (*on_readable)(void *opaque),
                          void *opaque)
{
    struct watch *watch = mem_zalloc(sizeof(*watch));
    if (watch == NULL) {
        return NULL;
    }
    watch->loop = loop;
    watch->on_readable = on_readable;
    watch->opaque = opaque;
    if (uv_poll_init(&loop->uv, &watch->poll, fd) < 0) {
        mem_free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    uv_poll_start(&watch->poll, UV_READABLE, on_watch_event);
    return watch;
}

static void on_watch_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void watch_stop(struct watch *watch)
{
    if (watch != NULL) {
        uv_poll_stop(&watch->poll);
        uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    }
}
