/* See room.h. */
#include "serve/request/eviction.h"

enum {
    FREED_A_TICK = 16 /* when descriptors run out although there should be enough */
};

void eviction_note_idle(struct exchange *x, bool is_idle)
{
    struct exchanges *xs = x->exchanges;
    struct admission *admission = xs->admission;
    bool was_idle = x->idle.address != NULL;
    if (was_idle && !is_idle) {
        admission_busy(admission, &x->peer);
        idle_remove(&xs->idle, &x->idle);
    } else if (!was_idle && is_idle && idle_add(&xs->idle, &x->peer, &x->idle) &&
               !admission_idle(admission, &x->peer)) {
        idle_remove(&xs->idle, &x->idle); /* without memory it stays, and that is all */
    }
}

/* Closes an idle connection of this worker, if the greediest address has one here. */
static bool evict(struct exchanges *xs, const struct exchange *newcomer)
{
    struct peer_key greediest;
    const struct idle_entry *except = newcomer == NULL ? NULL : &newcomer->idle;
    struct idle_entry *entry = admission_greediest(xs->admission, &greediest)
                                   ? idle_oldest(&xs->idle, &greediest, except)
                                   : NULL;
    if (entry == NULL) {
        return false;
    }
    struct exchange *x = CONTAINER_OF(entry, struct exchange, idle);
    xs->counters.connections_evicted++;
    x->sink->close(x);
    return true;
}

/* False when there is no room, and none can be made here. */
static bool has_room(struct exchanges *xs, const struct exchange *newcomer)
{
    while (admission_is_full(xs->admission)) {
        if (!evict(xs, newcomer)) {
            return false;
        }
    }
    return true;
}

void eviction_make_room(struct exchanges *xs, const struct exchange *newcomer)
{
    if (xs->listener != NULL && !has_room(xs, newcomer)) {
        listener_pause(xs->listener);
        xs->hooks->wake_others(xs->opaque);
    }
}

static void free_descriptors(struct exchanges *xs)
{
    xs->counters.accept_pauses++;
    for (int i = 0; i < FREED_A_TICK && evict(xs, NULL); i++) {
    }
}

void eviction_tick(struct exchanges *xs)
{
    if (xs->listener == NULL) {
        return; /* nobody can come */
    }
    if (listener_is_out_of_descriptors(xs->listener)) {
        free_descriptors(xs);
    }
    bool was_full = admission_is_full(xs->admission);
    if (!has_room(xs, NULL)) {
        return;
    }
    if (was_full) {
        xs->hooks->wake_others(xs->opaque); /* who have paused for want of it */
    }
    listener_resume(xs->listener);
}
