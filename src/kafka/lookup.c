/*
 * The thread's loop: answer what was asked, ask for metadata when it is due, sleep until the next
 * of these. All members of struct lookup are under its lock but for those marked otherwise. See
 * lookup.h.
 */
#include "kafka/lookup.h"
#include "base/mem.h"
#include "kafka/offsets.h"
#include "kafka/wake.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    METADATA_TIMEOUT_MS = 1000, /* also bounds how long lookup_free() waits */
    METADATA_PAUSE_MS = 1000,   /* one request each second while down, or in doubt */
    REFRESH_PAUSE_MS = 100,     /* when asked for: at most ten a second ... */
    REFRESH_PART = 10,          /* ... and a tenth of the time: those of large clusters take long */
    LOOKUP_TIMEOUT_MS = 4000,   /* how long a look-up may wait for the cluster */
    ANSWER_TIMEOUT_MS = 3000,   /* how long the requests of one batch may take */
    REASON_LEN = 256
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

    struct list asked; /* struct offset_lookup */
    int64_t oldest_asked_ms;
    struct list done;
    bool is_refresh_asked;
    bool is_suspect;
    bool is_poll_due; /* there is something for librdkafka's callbacks */
    bool is_stopping;

    enum link_state state;
    enum link_state told_state;
    char reason[REASON_LEN];
    struct snapshot *news;

    struct snapshot *known; /* the thread's alone: what offset questions are checked against */
    int64_t metadata_ms;    /* the thread's alone: when it was last asked for; 0: never */
    int64_t took_ms;        /* the thread's alone: how long it took then */
};

static void finish_all(struct lookup *lookup, struct list *answered)
{
    pthread_mutex_lock(&lookup->lock);
    list_splice_back(&lookup->done, answered);
    pthread_mutex_unlock(&lookup->lock);
    wake_fd(lookup->event_fd);
}

static void set_state(struct lookup *lookup, enum link_state state, const char *reason,
                      struct snapshot *news)
{
    pthread_mutex_lock(&lookup->lock);
    lookup->state = state;
    snprintf(lookup->reason, sizeof(lookup->reason), "%s", reason);
    if (news != NULL) {
        snapshot_free(lookup->news);
        lookup->news = news;
    }
    pthread_mutex_unlock(&lookup->lock);
    wake_fd(lookup->event_fd);
}

static void ask_metadata(struct lookup *lookup)
{
    const struct rd_kafka_metadata *metadata;
    lookup->metadata_ms = monotonic_ms();
    rd_kafka_resp_err_t err =
        rd_kafka_metadata(lookup->rk, 1, NULL, &metadata, METADATA_TIMEOUT_MS);
    lookup->took_ms = monotonic_ms() - lookup->metadata_ms;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        char reason[REASON_LEN];
        snprintf(reason, sizeof(reason), "Kafka does not answer: %s", rd_kafka_err2str(err));
        set_state(lookup, LINK_DOWN, reason, NULL);
        return;
    }
    struct snapshot *known = snapshot_new(metadata);
    struct snapshot *news = snapshot_new(metadata);
    rd_kafka_metadata_destroy(metadata);
    if (known == NULL || news == NULL) {
        snapshot_free(known);
        snapshot_free(news);
        set_state(lookup, LINK_DOWN, "No memory for the metadata", NULL);
        return;
    }
    snapshot_free(lookup->known);
    lookup->known = known;
    set_state(lookup, LINK_UP, "", news);
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

/* When something is to be done next without anybody asking. Under the lock. */
static int64_t next_due_ms(const struct lookup *lookup)
{
    int64_t due_ms = metadata_due_ms(lookup);
    int64_t lookup_due_ms = lookup->oldest_asked_ms + LOOKUP_TIMEOUT_MS;
    if (!list_is_empty(&lookup->asked) && lookup_due_ms < due_ms) {
        due_ms = lookup_due_ms;
    }
    return due_ms;
}

static void wait_until(struct lookup *lookup, int64_t due_ms)
{
    struct timespec until = {due_ms / 1000, due_ms % 1000 * 1000000};
    pthread_cond_timedwait(&lookup->changed, &lookup->lock, &until);
}

/* Look-ups wait while the cluster is away, but not for ever. Under the lock. */
static bool must_answer(const struct lookup *lookup, int64_t now_ms)
{
    return !list_is_empty(&lookup->asked) &&
           (lookup->state == LINK_UP || now_ms >= lookup->oldest_asked_ms + LOOKUP_TIMEOUT_MS);
}

static void answer(struct lookup *lookup, struct list *questions)
{
    if (lookup->known != NULL) {
        offsets_answer(lookup->rk, lookup->known, questions, monotonic_ms() + ANSWER_TIMEOUT_MS);
    }
    finish_all(lookup, questions);
}

/* One step of the loop. Called and returns with the lock held. */
static void step(struct lookup *lookup)
{
    int64_t now_ms = monotonic_ms();
    if (must_answer(lookup, now_ms)) {
        struct list questions;
        bool is_up = lookup->state == LINK_UP;
        list_init(&questions);
        list_splice_back(&questions, &lookup->asked);
        pthread_mutex_unlock(&lookup->lock);
        if (is_up) {
            answer(lookup, &questions);
        } else {
            finish_all(lookup, &questions);
        }
    } else if (lookup->is_poll_due) {
        lookup->is_poll_due = false;
        pthread_mutex_unlock(&lookup->lock);
        rd_kafka_poll(lookup->rk, 0);
    } else if (now_ms >= metadata_due_ms(lookup)) {
        lookup->is_refresh_asked = false;
        lookup->is_suspect = false;
        pthread_mutex_unlock(&lookup->lock);
        ask_metadata(lookup);
    } else {
        wait_until(lookup, next_due_ms(lookup));
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
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lookup->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&lookup->lock, NULL);
    list_init(&lookup->asked);
    list_init(&lookup->done);
    lookup->event_fd = event_fd;
    lookup->refresh_ms = refresh_ms;
    lookup->is_poll_due = true; /* what is queued before on_queued() is set tells nobody */
    return lookup;
}

static void lookup_dispose(struct lookup *lookup)
{
    if (lookup->rk != NULL) {
        rd_kafka_queue_cb_event_enable(lookup->main, NULL, NULL);
        rd_kafka_queue_destroy(lookup->main);
        rd_kafka_destroy(lookup->rk);
    }
    list_splice_back(&lookup->done, &lookup->asked);
    LIST_EACH_SAFE(question, after, &lookup->done, struct offset_lookup, node)
    {
        mem_free(question->names);
        offset_lookup_free(question);
    }
    snapshot_free(lookup->news);
    snapshot_free(lookup->known);
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

int lookup_new(rd_kafka_conf_t *conf, int event_fd, int refresh_ms, struct lookup **out,
               char *error, size_t error_len)
{
    struct lookup *lookup = lookup_alloc(event_fd, refresh_ms);
    if (lookup == NULL) {
        rd_kafka_conf_destroy(conf);
        snprintf(error, error_len, "out of memory");
        return -1;
    }
    lookup->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, error_len);
    if (lookup->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        lookup_dispose(lookup);
        return -1;
    }
    lookup->main = rd_kafka_queue_get_main(lookup->rk);
    rd_kafka_queue_cb_event_enable(lookup->main, on_queued, lookup);
    if (pthread_create(&lookup->thread, NULL, lookup_main, lookup) != 0) {
        snprintf(error, error_len, "cannot start the look-up thread");
        lookup_dispose(lookup);
        return -1;
    }
    *out = lookup;
    return 0;
}

/* Returns the names of all queries, each with its zero, or NULL without memory. */
static char *copy_names(const struct offset_lookup *question)
{
    size_t len = 1;
    for (size_t i = 0; i < question->count; i++) {
        len += strlen(question->queries[i].topic) + 1;
    }
    char *names = mem_alloc(len);
    if (names == NULL) {
        return NULL;
    }
    char *at = names;
    for (size_t i = 0; i < question->count; i++) {
        at = stpcpy(at, question->queries[i].topic) + 1;
    }
    return names;
}

void lookup_submit(struct lookup *lookup, struct offset_lookup *question)
{
    list_init(&question->node);
    question->names = copy_names(question);
    for (size_t i = 0; i < question->count; i++) {
        question->queries[i].is_known = false;
    }
    pthread_mutex_lock(&lookup->lock);
    if (question->names == NULL) {
        list_push_back(&lookup->done, &question->node);
        wake_fd(lookup->event_fd);
    } else {
        if (list_is_empty(&lookup->asked)) {
            lookup->oldest_asked_ms = monotonic_ms();
        }
        list_push_back(&lookup->asked, &question->node);
        pthread_cond_signal(&lookup->changed);
    }
    pthread_mutex_unlock(&lookup->lock);
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

static void deliver_answer(struct offset_lookup *question)
{
    mem_free(question->names);
    question->names = NULL;
    if (question->is_cancelled) {
        offset_lookup_free(question);
    } else {
        question->on_done(question);
    }
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

struct snapshot *lookup_deliver(struct lookup *lookup, const struct source_events *events,
                                void *opaque)
{
    struct list done;
    char reason[REASON_LEN];
    list_init(&done);
    pthread_mutex_lock(&lookup->lock);
    list_splice_back(&done, &lookup->done);
    struct snapshot *news = lookup->news;
    lookup->news = NULL;
    enum link_state state = lookup->state;
    bool is_changed = state != lookup->told_state;
    lookup->told_state = state;
    memcpy(reason, lookup->reason, sizeof(reason));
    pthread_mutex_unlock(&lookup->lock);

    if (is_changed) {
        deliver_state(state, reason, events, opaque);
    }
    while (!list_is_empty(&done)) {
        struct offset_lookup *question = LIST_FIRST(&done, struct offset_lookup, node);
        list_remove(&question->node);
        deliver_answer(question);
    }
    return news;
}

void lookup_free(struct lookup *lookup)
{
    if (lookup == NULL) {
        return;
    }
    pthread_mutex_lock(&lookup->lock);
    lookup->is_stopping = true;
    pthread_cond_signal(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
    pthread_join(lookup->thread, NULL);
    lookup_dispose(lookup);
}
