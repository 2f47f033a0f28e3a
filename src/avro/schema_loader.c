/*
 * See schema_loader.h. The thread's loop: take the first load, ask the registry without the lock,
 * hand the result back or wait before the next attempt. The lock guards all members except those
 * that say otherwise.
 */
#include "avro/schema_loader.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "base/thread.h"

enum {
    FIRST_PAUSE_MS = 250,
    LONGEST_PAUSE_MS = 10000
};

struct schema_loader {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;          /* the worker's */
    bool is_started;           /* the worker's */
    struct registry *registry; /* the thread's, but for registry_abort() */
    int event_fd;              /* never changes */

    struct list wanted;
    struct list done;
    bool is_stopping;
    struct schema_load_attempts attempts;
    int64_t pause_ms; /* before the next attempt; 0: the last one went well */
    int64_t again_ms;

    enum schema_loader_state state;
    enum schema_loader_state told_state;
    char reason[REGISTRY_REASON_LEN];
};

/* ---- the thread ---- */

/* Waits for a load that may be tried now; returns NULL at the end. Under the lock. */
static struct schema_load *await_load(struct schema_loader *loader)
{
    while (!loader->is_stopping) {
        if (list_is_empty(&loader->wanted)) {
            pthread_cond_wait(&loader->changed, &loader->lock);
        } else if (loader->pause_ms > 0 && clock_monotonic_ms() < loader->again_ms) {
            thread_cond_wait_until(&loader->changed, &loader->lock, loader->again_ms);
        } else {
            return LIST_FIRST(&loader->wanted, struct schema_load, node);
        }
    }
    return NULL;
}

/* Others come first before this load is tried again. Under the lock. */
static void postpone(struct schema_loader *loader, struct schema_load *load)
{
    int64_t pause_ms = loader->pause_ms == 0 ? FIRST_PAUSE_MS : loader->pause_ms * 2;
    loader->pause_ms = pause_ms < LONGEST_PAUSE_MS ? pause_ms : LONGEST_PAUSE_MS;
    loader->again_ms = clock_monotonic_ms() + loader->pause_ms;
    loader->state = SCHEMA_LOADER_AWAY;
    memcpy(loader->reason, load->reason, sizeof(loader->reason));
    list_move_back(&loader->wanted, &load->node);
}

/* Under the lock, which it releases meanwhile. The load stays in its list, and nobody else takes it
 * out. */
static void try_load(struct schema_loader *loader, struct schema_load *load)
{
    struct plan *plan = NULL;
    pthread_mutex_unlock(&loader->lock);
    enum registry_outcome outcome = registry_get(loader->registry, load->id, &plan, load->reason);
    pthread_mutex_lock(&loader->lock);
    if (outcome == REGISTRY_AWAY) {
        loader->attempts.failed++;
        postpone(loader, load);
    } else {
        load->plan = plan;
        loader->attempts.done++;
        loader->pause_ms = 0;
        loader->state = SCHEMA_LOADER_FINE;
        list_move_back(&loader->done, &load->node);
    }
    eventfd_signal(loader->event_fd);
}

static void *schema_loader_main(void *opaque)
{
    struct schema_loader *loader = opaque;
    struct schema_load *load;
    pthread_mutex_lock(&loader->lock);
    while ((load = await_load(loader)) != NULL) {
        try_load(loader, load);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

static int start_thread(struct schema_loader *loader)
{
    int rc = thread_start("ksse-schemas", THREAD_DEFAULT_STACK, schema_loader_main, loader,
                          &loader->thread);
    loader->is_started = rc == 0;
    return rc < 0 ? KSSE_ESYSTEM : 0;
}

/* ---- the worker's side ---- */

struct schema_loader *schema_loader_new(struct registry *registry, int event_fd)
{
    struct schema_loader *loader = mem_zalloc(sizeof(*loader));
    if (loader == NULL) {
        return NULL;
    }
    thread_cond_init(&loader->changed);
    pthread_mutex_init(&loader->lock, NULL);
    list_init(&loader->wanted);
    list_init(&loader->done);
    loader->registry = registry;
    loader->event_fd = event_fd;
    return loader;
}

int schema_loader_add(struct schema_loader *loader, struct schema_load *load)
{
    int rc = loader->is_started ? 0 : start_thread(loader);
    if (rc < 0) {
        return rc;
    }
    list_init(&load->node);
    load->plan = NULL;
    load->reason[0] = '\0';
    pthread_mutex_lock(&loader->lock);
    list_push_back(&loader->wanted, &load->node);
    pthread_cond_signal(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
    return 0;
}

bool schema_loader_deliver(struct schema_loader *loader, struct list *delivered,
                           enum schema_loader_state *state, char *reason)
{
    pthread_mutex_lock(&loader->lock);
    list_splice_back(delivered, &loader->done);
    bool is_changed = loader->state != loader->told_state;
    if (is_changed) {
        loader->told_state = loader->state;
        *state = loader->state;
        memcpy(reason, loader->reason, sizeof(loader->reason));
    }
    pthread_mutex_unlock(&loader->lock);
    return is_changed;
}

struct schema_load_attempts schema_loader_attempts(struct schema_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    struct schema_load_attempts attempts = loader->attempts;
    pthread_mutex_unlock(&loader->lock);
    return attempts;
}

void schema_loader_free(struct schema_loader *loader, struct list *left)
{
    if (loader == NULL) {
        return;
    }
    if (loader->is_started) {
        pthread_mutex_lock(&loader->lock);
        loader->is_stopping = true;
        pthread_cond_signal(&loader->changed);
        pthread_mutex_unlock(&loader->lock);
        registry_abort(loader->registry);
        pthread_join(loader->thread, NULL);
    }
    list_splice_back(left, &loader->wanted);
    list_splice_back(left, &loader->done);
    registry_free(loader->registry);
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->lock);
    mem_free(loader);
}
