/*
 * The thread's loop: take the first order, look for its schema without the lock, hand it back or
 * wait before the next attempt. All members are under the lock but for those marked otherwise. See
 * supply.h.
 */
#include "avro/supply.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "base/thread.h"

enum {
    FIRST_PAUSE_MS = 250,
    LONGEST_PAUSE_MS = 10000
};

struct supply {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;          /* the worker's */
    bool is_started;           /* the worker's */
    struct registry *registry; /* the thread's, but for registry_abort() */
    int event_fd;              /* never changes */

    struct list wanted;
    struct list filled;
    bool is_stopping;
    struct supply_attempts attempts;
    int64_t pause_ms; /* before the next attempt; 0: the last one went well */
    int64_t again_ms;

    enum supply_state state;
    enum supply_state told_state;
    char reason[REGISTRY_REASON_LEN];
};

/* ---- the thread ---- */

/* Waits for an order that may be tried now; NULL when there is an end to it. Under the lock. */
static struct supply_order *await_order(struct supply *supply)
{
    while (!supply->is_stopping) {
        if (list_is_empty(&supply->wanted)) {
            pthread_cond_wait(&supply->changed, &supply->lock);
        } else if (supply->pause_ms > 0 && clock_monotonic_ms() < supply->again_ms) {
            thread_cond_wait_until(&supply->changed, &supply->lock, supply->again_ms);
        } else {
            return LIST_FIRST(&supply->wanted, struct supply_order, node);
        }
    }
    return NULL;
}

/* Others get their turn before the order is tried again. Under the lock. */
static void postpone(struct supply *supply, struct supply_order *order)
{
    int64_t pause_ms = supply->pause_ms == 0 ? FIRST_PAUSE_MS : supply->pause_ms * 2;
    supply->pause_ms = pause_ms < LONGEST_PAUSE_MS ? pause_ms : LONGEST_PAUSE_MS;
    supply->again_ms = clock_monotonic_ms() + supply->pause_ms;
    supply->state = SUPPLY_AWAY;
    memcpy(supply->reason, order->reason, sizeof(supply->reason));
    list_move_back(&supply->wanted, &order->node);
}

/* Under the lock, which it lets go of meanwhile: the order stays in its list, and nobody else
 * takes it out. */
static void try_order(struct supply *supply, struct supply_order *order)
{
    struct plan *plan = NULL;
    pthread_mutex_unlock(&supply->lock);
    enum registry_outcome outcome = registry_get(supply->registry, order->id, &plan, order->reason);
    pthread_mutex_lock(&supply->lock);
    if (outcome == REGISTRY_AWAY) {
        supply->attempts.failed++;
        postpone(supply, order);
    } else {
        order->plan = plan;
        supply->attempts.filled++;
        supply->pause_ms = 0;
        supply->state = SUPPLY_FINE;
        list_move_back(&supply->filled, &order->node);
    }
    eventfd_signal(supply->event_fd);
}

static void *supply_main(void *opaque)
{
    struct supply *supply = opaque;
    struct supply_order *order;
    pthread_mutex_lock(&supply->lock);
    while ((order = await_order(supply)) != NULL) {
        try_order(supply, order);
    }
    pthread_mutex_unlock(&supply->lock);
    return NULL;
}

static int start_thread(struct supply *supply)
{
    int rc =
        thread_start("ksse-schemas", THREAD_DEFAULT_STACK, supply_main, supply, &supply->thread);
    supply->is_started = rc == 0;
    return rc < 0 ? KSSE_ESYSTEM : 0;
}

/* ---- the worker's side ---- */

struct supply *supply_new(struct registry *registry, int event_fd)
{
    struct supply *supply = mem_zalloc(sizeof(*supply));
    if (supply == NULL) {
        return NULL;
    }
    thread_cond_init(&supply->changed);
    pthread_mutex_init(&supply->lock, NULL);
    list_init(&supply->wanted);
    list_init(&supply->filled);
    supply->registry = registry;
    supply->event_fd = event_fd;
    return supply;
}

int supply_order(struct supply *supply, struct supply_order *order)
{
    int rc = supply->is_started ? 0 : start_thread(supply);
    if (rc < 0) {
        return rc;
    }
    list_init(&order->node);
    order->plan = NULL;
    order->reason[0] = '\0';
    pthread_mutex_lock(&supply->lock);
    list_push_back(&supply->wanted, &order->node);
    pthread_cond_signal(&supply->changed);
    pthread_mutex_unlock(&supply->lock);
    return 0;
}

bool supply_deliver(struct supply *supply, struct list *delivered, enum supply_state *state,
                    char *reason)
{
    pthread_mutex_lock(&supply->lock);
    list_splice_back(delivered, &supply->filled);
    bool is_changed = supply->state != supply->told_state;
    if (is_changed) {
        supply->told_state = supply->state;
        *state = supply->state;
        memcpy(reason, supply->reason, sizeof(supply->reason));
    }
    pthread_mutex_unlock(&supply->lock);
    return is_changed;
}

struct supply_attempts supply_attempts(struct supply *supply)
{
    pthread_mutex_lock(&supply->lock);
    struct supply_attempts attempts = supply->attempts;
    pthread_mutex_unlock(&supply->lock);
    return attempts;
}

void supply_free(struct supply *supply, struct list *left)
{
    if (supply == NULL) {
        return;
    }
    if (supply->is_started) {
        pthread_mutex_lock(&supply->lock);
        supply->is_stopping = true;
        pthread_cond_signal(&supply->changed);
        pthread_mutex_unlock(&supply->lock);
        registry_abort(supply->registry);
        pthread_join(supply->thread, NULL);
    }
    list_splice_back(left, &supply->wanted);
    list_splice_back(left, &supply->filled);
    registry_free(supply->registry);
    pthread_cond_destroy(&supply->changed);
    pthread_mutex_destroy(&supply->lock);
    mem_free(supply);
}
