/* What workers have in common: see the header. */
#include "serve/crew.h"
#include "base/mem.h"

#include <kafkasse.h>
#include <stdio.h>

int crew_init(struct crew *crew, size_t count, const struct admission_limits *limits,
              int64_t max_streams_per_address)
{
    struct report *reports = mem_zalloc(count * sizeof(*reports));
    struct loop **loops = mem_zalloc(count * sizeof(*loops));
    if (reports == NULL || loops == NULL) {
        mem_free(reports);
        mem_free(loops);
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        reports[i].is_up = true; /* as a worker begins */
        snprintf(reports[i].not_ready, sizeof(reports[i].not_ready), "The server is starting.");
    }
    crew->count = count;
    crew->reports = reports;
    crew->loops = loops;
    pthread_mutex_init(&crew->lock, NULL);
    admission_init(&crew->admission, limits, max_streams_per_address);
    atomic_init(&crew->is_draining, false);
    atomic_init(&crew->running, count);
    skips_init(&crew->skips);
    atomic_init(&crew->lost_line.said_ms, 0);
    atomic_init(&crew->schema_line.said_ms, 0);
    atomic_init(&crew->read_error_line.said_ms, 0);
    atomic_init(&crew->unreadable_line.said_ms, 0);
    atomic_init(&crew->lookup_line.said_ms, 0);
    atomic_init(&crew->lookups_failed, 0);
    atomic_init(&crew->read_errors, 0);
    atomic_init(&crew->unreadable, 0);
    memset(crew->brokers_down, 0, sizeof(crew->brokers_down));
    atomic_init(&crew->without_schemas, 0);
    return KSSE_OK;
}

void crew_fini(struct crew *crew)
{
    skips_fini(&crew->skips);
    admission_fini(&crew->admission);
    pthread_mutex_destroy(&crew->lock);
    mem_free(crew->reports);
    mem_free(crew->loops);
}

void crew_report(struct crew *crew, size_t index, const struct report *report)
{
    pthread_mutex_lock(&crew->lock);
    crew->reports[index] = *report;
    pthread_mutex_unlock(&crew->lock);
}

void crew_add_others(struct crew *crew, size_t index, struct report *sum)
{
    pthread_mutex_lock(&crew->lock);
    for (size_t i = 0; i < crew->count; i++) {
        if (i != index) {
            report_add(sum, &crew->reports[i]);
        }
    }
    pthread_mutex_unlock(&crew->lock);
}

void crew_set_loop(struct crew *crew, size_t index, struct loop *loop)
{
    pthread_mutex_lock(&crew->lock);
    crew->loops[index] = loop;
    pthread_mutex_unlock(&crew->lock);
}

void crew_wake_others(struct crew *crew, size_t index)
{
    pthread_mutex_lock(&crew->lock);
    for (size_t i = 0; i < crew->count; i++) {
        if (i != index && crew->loops[i] != NULL) {
            loop_wake(crew->loops[i]);
        }
    }
    pthread_mutex_unlock(&crew->lock);
}

bool crew_begins_drain(struct crew *crew)
{
    return !atomic_exchange(&crew->is_draining, true);
}

bool crew_has_ended(struct crew *crew)
{
    return atomic_fetch_sub(&crew->running, 1) == 1;
}

bool crew_loses_schemas(struct crew *crew)
{
    return atomic_fetch_add(&crew->without_schemas, 1) == 0;
}

bool crew_has_schemas(struct crew *crew)
{
    return atomic_fetch_sub(&crew->without_schemas, 1) == 1;
}

/* The broker's place, or a free one, or NULL. */
static struct broker_count *place_of(struct crew *crew, int32_t id)
{
    struct broker_count *free_place = NULL;
    for (size_t i = 0; i < MOST_BROKERS; i++) {
        struct broker_count *place = &crew->brokers_down[i];
        if (place->workers > 0 && place->id == id) {
            return place;
        }
        free_place = place->workers == 0 && free_place == NULL ? place : free_place;
    }
    return free_place;
}

bool crew_loses_broker(struct crew *crew, int32_t id)
{
    pthread_mutex_lock(&crew->lock);
    struct broker_count *place = place_of(crew, id);
    bool is_first = place != NULL && place->workers == 0;
    if (place != NULL) {
        place->id = id;
        place->workers++;
    }
    pthread_mutex_unlock(&crew->lock);
    return is_first;
}

bool crew_has_broker(struct crew *crew, int32_t id)
{
    pthread_mutex_lock(&crew->lock);
    struct broker_count *place = place_of(crew, id);
    bool is_last = place != NULL && place->workers > 0 && --place->workers == 0;
    pthread_mutex_unlock(&crew->lock);
    return is_last;
}

bool line_is_due(struct line_limit *line, int64_t now_ms, int64_t pause_ms)
{
    int64_t said_ms = atomic_load(&line->said_ms);
    return (said_ms == 0 || now_ms - said_ms >= pause_ms) &&
           atomic_compare_exchange_strong(&line->said_ms, &said_ms, now_ms);
}
