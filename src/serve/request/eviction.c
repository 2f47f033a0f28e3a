/* See eviction.h. */
#include "serve/request/eviction.h"

enum {
    FREED_A_TICK = 16 /* when descriptors run out although there should be enough */
};

void eviction_note_idle(struct connection *c, bool is_idle)
{
    struct idle *idle = &c->all->idle;
    struct admission *admission = c->all->options.admission;
    struct peer_key key = peer_key_of(&c->peer);
    bool was_idle = c->idle.address != NULL;
    if (was_idle && !is_idle) {
        admission_busy(admission, &key);
        idle_remove(idle, &c->idle);
    } else if (!was_idle && is_idle && idle_add(idle, &key, &c->idle) &&
               !admission_idle(admission, &key)) {
        idle_remove(idle, &c->idle); /* without memory it stays, and that is all */
    }
}

/* Closes an idle connection of this worker, if the greediest address has one here. */
static bool evict(struct connections *all, const struct connection *newcomer)
{
    struct peer_key greediest;
    const struct idle_entry *except = newcomer == NULL ? NULL : &newcomer->idle;
    struct idle_entry *entry = admission_greediest(all->options.admission, &greediest)
                                   ? idle_oldest(&all->idle, &greediest, except)
                                   : NULL;
    if (entry == NULL) {
        return false;
    }
    all->options.counters->connections_evicted++;
    conn_close(CONTAINER_OF(entry, struct connection, idle)->conn);
    return true;
}

/* False when there is no room, and none can be made here. */
static bool has_room(struct connections *all, const struct connection *newcomer)
{
    while (admission_is_full(all->options.admission)) {
        if (!evict(all, newcomer)) {
            return false;
        }
    }
    return true;
}

void eviction_make_room(struct connections *all, const struct connection *newcomer)
{
    if (all->listener != NULL && !has_room(all, newcomer)) {
        listener_pause(all->listener);
        all->options.wake_others(all->options.opaque);
    }
}

static void free_descriptors(struct connections *all)
{
    all->options.counters->accept_pauses++;
    for (int i = 0; i < FREED_A_TICK && evict(all, NULL); i++) {
    }
}

void eviction_tick(struct connections *all)
{
    if (all->listener == NULL) {
        return; /* nobody can come */
    }
    if (listener_is_out_of_descriptors(all->listener)) {
        free_descriptors(all);
    }
    bool was_full = admission_is_full(all->options.admission);
    if (!has_room(all, NULL)) {
        return;
    }
    if (was_full) {
        all->options.wake_others(all->options.opaque); /* who have paused for want of it */
    }
    listener_resume(all->listener);
}
