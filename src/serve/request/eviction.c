/* See room.h. */
#include "serve/request/eviction.h"

enum {
    FREED_A_TICK = 16 /* when descriptors run out although there should be enough */
};

void eviction_note_idle(struct exchange *x, bool is_idle)
{
    struct worker *w = x->worker;
    struct admission *admission = &w->group->admission;
    bool was_idle = x->idle.address != NULL;
    if (was_idle && !is_idle) {
        admission_busy(admission, &x->peer);
        idle_remove(&w->idle, &x->idle);
    } else if (!was_idle && is_idle && idle_add(&w->idle, &x->peer, &x->idle) &&
               !admission_idle(admission, &x->peer)) {
        idle_remove(&w->idle, &x->idle); /* without memory it stays, and that is all */
    }
}

/* Closes an idle connection of this worker, if the greediest address has one here. */
static bool evict(struct worker *w, const struct exchange *newcomer)
{
    struct peer_key greediest;
    const struct idle_entry *except = newcomer == NULL ? NULL : &newcomer->idle;
    struct idle_entry *entry = admission_greediest(&w->group->admission, &greediest)
                                   ? idle_oldest(&w->idle, &greediest, except)
                                   : NULL;
    if (entry == NULL) {
        return false;
    }
    struct exchange *x = CONTAINER_OF(entry, struct exchange, idle);
    w->counters.connections_evicted++;
    x->sink->close(x);
    return true;
}

/* False when there is no room, and none can be made here. */
static bool has_room(struct worker *w, const struct exchange *newcomer)
{
    while (admission_is_full(&w->group->admission)) {
        if (!evict(w, newcomer)) {
            return false;
        }
    }
    return true;
}

void eviction_make_room(struct worker *w, const struct exchange *newcomer)
{
    if (w->listener != NULL && !has_room(w, newcomer)) {
        listener_pause(w->listener);
        worker_group_wake_others(w->group, w->index);
    }
}

static void free_descriptors(struct worker *w)
{
    w->counters.accept_pauses++;
    for (int i = 0; i < FREED_A_TICK && evict(w, NULL); i++) {
    }
}

void eviction_tick(struct worker *w)
{
    if (w->listener == NULL) {
        return; /* nobody can come */
    }
    if (listener_is_out_of_descriptors(w->listener)) {
        free_descriptors(w);
    }
    bool was_full = admission_is_full(&w->group->admission);
    if (!has_room(w, NULL)) {
        return;
    }
    if (was_full) {
        worker_group_wake_others(w->group, w->index); /* who have paused for want of it */
    }
    listener_resume(w->listener);
}
