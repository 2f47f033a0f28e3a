/*
 * See lookup.h. The metadata thread's loop: ask when metadata is due, sleep until then. Other
 * threads ask for offsets, so that metadata never waits for them. The lock guards all members of
 * struct lookup except those that say otherwise.
 */
#include "kafka/lookup.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "base/thread.h"
#include "kafka/lookup_threads.h"

#include <stdio.h>
#include <string.h>

enum {
    METADATA_TIMEOUT_MS = 1000, /* also bounds how long lookup_free() waits */
    METADATA_PAUSE_MS = 1000,   /* one request each second while down, or in doubt */
    REFRESH_PAUSE_MS = 100,     /* when asked for: at most ten a second ... */
    REFRESH_PART = 10,          /* ... and a tenth of the time: those of large clusters take long */
    THREADS_TICK_MS = 1000,     /* how often questions expire */
    REASON_LEN = 256,
    LAST_ERROR_LEN = REASON_LEN - 32 /* it becomes a part of the reason */
};

enum link_state {
    LINK_UNKNOWN,
    LINK_UP,
    LINK_DOWN
};

struct lookup {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    rd_kafka_t *rk;         /* thread-safe by itself */
    rd_kafka_queue_t *main; /* of errors and statistics */
    int event_fd;           /* never changes */
    int refresh_ms;         /* never changes */

    struct lookup_threads *threads; /* thread-safe by themselves */

    bool is_refresh_asked;
    bool is_suspect;
    bool is_poll_due; /* librdkafka has callbacks to make */
    bool is_stopping;

    enum link_state state;
    enum link_state told_state;
    char reason[REASON_LEN];
    struct metadata *latest;

    char last_error[LAST_ERROR_LEN]; /* the thread's alone: why a broker could not be reached; "" */
    int64_t metadata_ms;             /* the thread's alone: when it was last asked for; 0: never */
    int64_t took_ms;                 /* the thread's alone: how long it took then */
    int64_t tick_ms; /* the thread's alone: when the look-up threads had their last tick */
};

/* Takes both copies of the metadata; NULL: there is no new one. */
static void set_state(struct lookup *lookup, enum link_state state, const char *reason,
                      struct metadata *latest, struct metadata *known)
{
    /* Before the worker hears of it: it may ask about a new topic at once. */
    lookup_threads_set_cluster(lookup->threads, known, state == LINK_UP);
    pthread_mutex_lock(&lookup->lock);
    lookup->state = state;
    snprintf(lookup->reason, sizeof(lookup->reason), "%s", reason);
    if (latest != NULL) {
        metadata_free(lookup->latest);
        lookup->latest = latest;
    }
    pthread_mutex_unlock(&lookup->lock);
    eventfd_signal(lookup->event_fd);
}

static void ask_metadata(struct lookup *lookup)
{
    const struct rd_kafka_metadata *rd_metadata;
    lookup->metadata_ms = clock_monotonic_ms();
    rd_kafka_resp_err_t err =
        rd_kafka_metadata(lookup->rk, 1, NULL, &rd_metadata, METADATA_TIMEOUT_MS);
    lookup->took_ms = clock_monotonic_ms() - lookup->metadata_ms;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        char reason[REASON_LEN];
        rd_kafka_poll(lookup->rk, 0); /* the error itself says less than what brokers told of it */
        const char *why =
            lookup->last_error[0] == '\0' ? rd_kafka_err2str(err) : lookup->last_error;
        snprintf(reason, sizeof(reason), "Kafka does not answer: %s", why);
        set_state(lookup, LINK_DOWN, reason, NULL, NULL);
        return;
    }
    struct metadata *known = metadata_new(rd_metadata);
    struct metadata *latest = metadata_new(rd_metadata);
    rd_kafka_metadata_destroy(rd_metadata);
    if (known == NULL || latest == NULL) {
        metadata_free(known);
        metadata_free(latest);
        set_state(lookup, LINK_DOWN, "No memory for the metadata", NULL, NULL);
        return;
    }
    lookup->last_error[0] = '\0';
    set_state(lookup, LINK_UP, "", latest, known);
}

/* When metadata is to be asked for next. Under the lock. */
static int64_t metadata_due_ms(const struct lookup *lookup)
{
    if (lookup->metadata_ms == 0) {
        return 0;
    }
    int64_t pause_ms = lookup->refresh_ms;
    if (lookup->is_suspect || lookup->state != LINK_UP) {
        pause_ms = METADATA_PAUSE_MS;
    } else if (lookup->is_refresh_asked) {
        int64_t part_ms = lookup->took_ms * REFRESH_PART;
        pause_ms = part_ms > REFRESH_PAUSE_MS ? part_ms : REFRESH_PAUSE_MS;
    }
    return lookup->metadata_ms + pause_ms;
}

/* One step of the loop. Called and returns with the lock held. */
static void step(struct lookup *lookup)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t tick_due_ms = lookup->tick_ms + THREADS_TICK_MS;
    int64_t metadata_ms = metadata_due_ms(lookup);
    if (now_ms >= tick_due_ms) {
        lookup->tick_ms = now_ms;
        pthread_mutex_unlock(&lookup->lock);
        lookup_threads_tick(lookup->threads);
    } else if (lookup->is_poll_due) {
        lookup->is_poll_due = false;
        pthread_mutex_unlock(&lookup->lock);
        rd_kafka_poll(lookup->rk, 0);
    } else if (now_ms >= metadata_ms) {
        lookup->is_refresh_asked = false;
        lookup->is_suspect = false;
        pthread_mutex_unlock(&lookup->lock);
        ask_metadata(lookup);
    } else {
        thread_cond_wait_until(&lookup->changed, &lookup->lock,
                               metadata_ms < tick_due_ms ? metadata_ms : tick_due_ms);
        return;
    }
    pthread_mutex_lock(&lookup->lock);
}

static void *lookup_main(void *opaque)
{
    struct lookup *lookup = opaque;
    pthread_mutex_lock(&lookup->lock);
    while (!lookup->is_stopping) {
        step(lookup);
    }
    pthread_mutex_unlock(&lookup->lock);
    return NULL;
}

static struct lookup *lookup_alloc(int event_fd, int refresh_ms)
{
    struct lookup *lookup = mem_zalloc(sizeof(*lookup));
    if (lookup == NULL) {
        return NULL;
    }
    thread_cond_init(&lookup->changed);
    pthread_mutex_init(&lookup->lock, NULL);
    lookup->event_fd = event_fd;
    lookup->refresh_ms = refresh_ms;
    lookup->is_poll_due = true; /* what is queued before on_queued() is set tells nobody */
    return lookup;
}

static void lookup_dispose(struct lookup *lookup)
{
    lookup_threads_free(lookup->threads);
    if (lookup->rk != NULL) {
        rd_kafka_queue_cb_event_enable(lookup->main, NULL, NULL);
        rd_kafka_queue_destroy(lookup->main);
        rd_kafka_destroy(lookup->rk);
    }
    metadata_free(lookup->latest);
    pthread_cond_destroy(&lookup->changed);
    pthread_mutex_destroy(&lookup->lock);
    mem_free(lookup);
}

/* On a thread of librdkafka's, which holds a lock: nothing of librdkafka's may be called here. */
static void on_queued(rd_kafka_t *rk, void *opaque)
{
    struct lookup *lookup = opaque;
    (void)rk;
    pthread_mutex_lock(&lookup->lock);
    lookup->is_poll_due = true;
    pthread_cond_signal(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
}

static void on_failure(void *opaque)
{
    lookup_suspect(opaque);
}

static int start_threads(struct lookup *lookup)
{
    struct lookup_threads_options options = {lookup->rk, lookup->event_fd, on_failure, lookup};
    int rc = lookup_threads_new(&options, &lookup->threads);
    if (rc < 0) {
        return rc;
    }
    rc = thread_start("ksse-metadata", THREAD_DEFAULT_STACK, lookup_main, lookup, &lookup->thread);
    return rc < 0 ? KSSE_ESYSTEM : 0;
}

static int start(struct lookup *lookup, rd_kafka_conf_t *conf, struct ksse_error *error)
{
    struct ksse_error why;
    lookup->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.message, sizeof(why.message));
    if (lookup->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        error_set(error, "%s", why.message);
        return KSSE_EKAFKA;
    }
    lookup->main = rd_kafka_queue_get_main(lookup->rk);
    rd_kafka_queue_cb_event_enable(lookup->main, on_queued, lookup);
    int rc = start_threads(lookup);
    if (rc < 0) {
        error_set(error, "cannot start the look-up threads");
    }
    return rc;
}

int lookup_new(rd_kafka_conf_t *conf, int event_fd, int refresh_ms, struct lookup **out,
               struct ksse_error *error)
{
    struct lookup *lookup = lookup_alloc(event_fd, refresh_ms);
    if (lookup == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_no_memory(error);
    }
    int rc = start(lookup, conf, error);
    if (rc < 0) {
        lookup_dispose(lookup);
        return rc;
    }
    *out = lookup;
    return 0;
}

void lookup_submit(struct lookup *lookup, struct offset_lookup *question)
{
    lookup_threads_submit(lookup->threads, question);
}

void lookup_cancel(struct lookup *lookup, struct offset_lookup *question)
{
    lookup_threads_cancel(lookup->threads, question);
}

void lookup_refresh(struct lookup *lookup)
{
    pthread_mutex_lock(&lookup->lock);
    lookup->is_refresh_asked = true;
    pthread_cond_signal(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
}

void lookup_suspect(struct lookup *lookup)
{
    pthread_mutex_lock(&lookup->lock);
    lookup->is_suspect = true;
    pthread_cond_signal(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
}

void lookup_note(struct lookup *lookup, const char *text)
{
    snprintf(lookup->last_error, sizeof(lookup->last_error), "%s", text);
}

static void deliver_state(enum link_state state, const char *reason,
                          const struct source_events *events, void *opaque)
{
    if (state == LINK_UP && events->on_up != NULL) {
        events->on_up(opaque);
    } else if (state == LINK_DOWN && events->on_down != NULL) {
        events->on_down(opaque, reason);
    }
}

struct metadata *lookup_deliver(struct lookup *lookup, const struct source_events *events,
                                void *opaque)
{
    char reason[REASON_LEN];
    pthread_mutex_lock(&lookup->lock);
    struct metadata *latest = lookup->latest;
    lookup->latest = NULL;
    enum link_state state = lookup->state;
    bool is_changed = state != lookup->told_state;
    lookup->told_state = state;
    memcpy(reason, lookup->reason, sizeof(reason));
    pthread_mutex_unlock(&lookup->lock);

    if (is_changed) {
        deliver_state(state, reason, events, opaque);
    }
    lookup_threads_deliver(lookup->threads);
    return latest;
}

void lookup_stop(struct lookup *lookup)
{
    pthread_mutex_lock(&lookup->lock);
    lookup->is_stopping = true;
    pthread_cond_signal(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
    lookup_threads_stop(lookup->threads);
}

void lookup_free(struct lookup *lookup)
{
    if (lookup != NULL) {
        lookup_stop(lookup);
        pthread_join(lookup->thread, NULL);
        lookup_dispose(lookup);
    }
}
