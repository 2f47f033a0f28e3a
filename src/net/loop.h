/*
 * The loop of a worker: descriptors, one tick, wake-ups from elsewhere, and a turn before each
 * wait. A thin coat over libuv, so that uv.h stays in this room. All functions belong to the loop's
 * thread, but loop_wake().
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct loop_hooks {
    /* Before the loop waits for events. True: there is more to do, do not wait. */
    bool (*on_turn)(void *opaque);
    /* Every tick_ms. */
    void (*on_tick)(void *opaque);
    /* Some time after loop_wake(), once for several calls. */
    void (*on_wake)(void *opaque);
    void *opaque;
};

/* Returns a new loop, or NULL without memory or descriptors. */
CHECKED struct loop *loop_new(const struct loop_hooks *hooks, int tick_ms);

/* Everything that was started on it must have been stopped. NULL is fine. */
void loop_free(struct loop *loop);

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/*
 * Instead of loop_run(), for whoever waits elsewhere: runs what is due and does not wait. False
 * after loop_stop(). To be called when the descriptor is readable (level-triggered; it may stand in
 * an epoll itself) or the time has come, and at once after anything else was done with the loop or
 * what it runs: loop_touch() says so.
 */
CHECKED bool loop_turn(struct loop *loop);
int loop_fd(const struct loop *loop);
int loop_timeout_ms(struct loop *loop);

/* Something was done from outside of a turn: there must be one before anybody waits. */
void loop_touch(struct loop *loop);

/* There is a turn at that time, by loop_now_ms(), also when nothing happens. Only the last call
 * counts; INT64_MAX: no such turn. */
void loop_turn_at(struct loop *loop, int64_t at_ms);

/* Any thread, also a signal handler. */
void loop_wake(struct loop *loop);

/* Milliseconds of a clock that never goes back; as it was when the loop last looked. */
int64_t loop_now_ms(const struct loop *loop);

/* Calls `on_readable` whenever `fd` is readable. The fd stays the caller's. 0, -1. */
struct watch;
CHECKED struct watch *watch_start(struct loop *loop, int fd, void (*on_readable)(void *opaque),
                                  void *opaque);

/* To be called before the fd is closed; frees the watch. NULL is fine. */
void watch_stop(struct watch *watch);

#endif
