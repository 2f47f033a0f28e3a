/* See lookup_threads.h. Everything but the waiting is under one lock. */
#include "kafka/lookup_threads.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "base/thread.h"
#include "kafka/offsets.h"
#include "kafka/questions.h"

enum {
    THREADS_MAX = 16,
    STACK_BYTES = 256 * 1024
};

struct lookup_thread {
    struct lookup_threads *all;
    pthread_t thread;
    struct offset_request request;
};

struct lookup_threads {
    struct lookup_threads_options options; /* never changes */
    pthread_mutex_t lock;                  /* of all that follows */
    pthread_cond_t changed;
    struct questions questions;
    struct metadata *metadata; /* the questions borrow it */
    struct lookup_thread *threads[THREADS_MAX];
    size_t count;
    size_t idle_count;
    bool is_stopping;
};

/* Under the lock. */
static void tell(struct lookup_threads *t)
{
    if (!list_is_empty(&t->questions.done)) {
        eventfd_signal(t->options.event_fd);
    }
}

static void *thread_main(void *opaque);

/* KSSE_ENOMEM; KSSE_ESYSTEM. Under the lock. */
CHECKED static int add_thread(struct lookup_threads *t)
{
    ASSERT(t->count < THREADS_MAX);
    struct lookup_thread *thread = mem_zalloc(sizeof(*thread));
    if (thread == NULL) {
        return KSSE_ENOMEM;
    }
    thread->all = t;
    if (thread_start("ksse-offsets", STACK_BYTES, thread_main, thread, &thread->thread) < 0) {
        mem_free(thread);
        return KSSE_ESYSTEM;
    }
    t->threads[t->count++] = thread;
    return 0;
}

/* Something may be asked now. Under the lock. */
static void call_thread(struct lookup_threads *t)
{
    if (t->idle_count > 0) {
        pthread_cond_signal(&t->changed);
    } else if (t->count < THREADS_MAX && !t->is_stopping) {
        int rc = add_thread(t);
        (void)rc; /* those that there are have to do */
    }
}

/* Called and returns with the lock held. */
static void run_request(struct lookup_threads *t, struct offset_request *request)
{
    pthread_mutex_unlock(&t->lock);
    offsets_ask(t->options.rk, request);
    if (request->has_failed) {
        t->options.on_failure(t->options.opaque);
    }
    pthread_mutex_lock(&t->lock);
    questions_answer(&t->questions, request, clock_monotonic_ms());
    tell(t);
}

static void *thread_main(void *opaque)
{
    struct lookup_thread *thread = opaque;
    struct lookup_threads *t = thread->all;
    pthread_mutex_lock(&t->lock);
    while (!t->is_stopping) {
        bool has_request = questions_take(&t->questions, &thread->request, clock_monotonic_ms());
        tell(t);
        if (has_request) {
            if (questions_can_take(&t->questions)) {
                call_thread(t);
            }
            run_request(t, &thread->request);
        } else {
            t->idle_count++;
            pthread_cond_wait(&t->changed, &t->lock);
            t->idle_count--;
        }
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

int lookup_threads_new(const struct lookup_threads_options *options, struct lookup_threads **out)
{
    struct lookup_threads *t = mem_zalloc(sizeof(*t));
    if (t == NULL) {
        return KSSE_ENOMEM;
    }
    t->options = *options;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    questions_init(&t->questions);
    pthread_mutex_lock(&t->lock);
    int rc = add_thread(t);
    pthread_mutex_unlock(&t->lock);
    if (rc < 0) {
        lookup_threads_free(t);
        return rc;
    }
    *out = t;
    return 0;
}

void lookup_threads_submit(struct lookup_threads *t, struct offset_lookup *lookup)
{
    pthread_mutex_lock(&t->lock);
    questions_add(&t->questions, lookup, clock_monotonic_ms());
    if (questions_can_take(&t->questions)) {
        call_thread(t);
    }
    tell(t);
    pthread_mutex_unlock(&t->lock);
}

void lookup_threads_cancel(struct lookup_threads *t, struct offset_lookup *lookup)
{
    pthread_mutex_lock(&t->lock);
    questions_cancel(&t->questions, lookup, clock_monotonic_ms());
    pthread_mutex_unlock(&t->lock);
}

void lookup_threads_deliver(struct lookup_threads *t)
{
    struct list done;
    list_init(&done);
    pthread_mutex_lock(&t->lock);
    list_splice_back(&done, &t->questions.done);
    pthread_mutex_unlock(&t->lock);
    /* One may cancel others of them: they are taken out of this list then. */
    while (!list_is_empty(&done)) {
        struct offset_lookup *lookup = LIST_FIRST(&done, struct offset_lookup, node);
        list_remove(&lookup->node);
        questions_release(lookup);
        lookup->on_done(lookup);
    }
}

void lookup_threads_set_cluster(struct lookup_threads *t, struct metadata *metadata, bool is_up)
{
    pthread_mutex_lock(&t->lock);
    struct metadata *old = metadata == NULL ? NULL : t->metadata;
    t->metadata = metadata == NULL ? t->metadata : metadata;
    if (metadata != NULL || is_up != t->questions.is_up) {
        questions_set_cluster(&t->questions, t->metadata, is_up, clock_monotonic_ms());
    }
    if (questions_can_take(&t->questions)) {
        call_thread(t);
    }
    tell(t);
    pthread_mutex_unlock(&t->lock);
    metadata_free(old);
}

void lookup_threads_tick(struct lookup_threads *t)
{
    pthread_mutex_lock(&t->lock);
    questions_expire(&t->questions, clock_monotonic_ms());
    tell(t);
    pthread_mutex_unlock(&t->lock);
}

void lookup_threads_stop(struct lookup_threads *t)
{
    pthread_mutex_lock(&t->lock);
    t->is_stopping = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

void lookup_threads_free(struct lookup_threads *t)
{
    if (t == NULL) {
        return;
    }
    lookup_threads_stop(t);
    /* No more are added. */
    for (size_t i = 0; i < t->count; i++) {
        pthread_join(t->threads[i]->thread, NULL);
        mem_free(t->threads[i]);
    }
    questions_fini(&t->questions);
    metadata_free(t->metadata);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}
