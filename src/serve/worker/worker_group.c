/* What workers have in common: see the header. */
#include "serve/worker/worker_group.h"
#include "base/mem.h"

#include <kafkasse.h>
#include <stdio.h>

int worker_group_init(struct worker_group *group, size_t count,
                      const struct admission_limits *limits, int64_t max_streams_per_address)
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
    group->count = count;
    group->reports = reports;
    group->loops = loops;
    pthread_mutex_init(&group->lock, NULL);
    admission_init(&group->admission, limits, max_streams_per_address);
    atomic_init(&group->is_draining, false);
    atomic_init(&group->running, count);
    skips_init(&group->skips);
    atomic_init(&group->lost_line.said_ms, 0);
    atomic_init(&group->schema_line.said_ms, 0);
    atomic_init(&group->read_error_line.said_ms, 0);
    atomic_init(&group->unreadable_line.said_ms, 0);
    atomic_init(&group->lookup_line.said_ms, 0);
    atomic_init(&group->lookups_failed, 0);
    atomic_init(&group->read_errors, 0);
    atomic_init(&group->unreadable, 0);
    memset(group->brokers_down, 0, sizeof(group->brokers_down));
    atomic_init(&group->without_schemas, 0);
    return KSSE_OK;
}

void worker_group_fini(struct worker_group *group)
{
    skips_fini(&group->skips);
    admission_fini(&group->admission);
    pthread_mutex_destroy(&group->lock);
    mem_free(group->reports);
    mem_free(group->loops);
}

void worker_group_report(struct worker_group *group, size_t index, const struct report *report)
{
    pthread_mutex_lock(&group->lock);
    group->reports[index] = *report;
    pthread_mutex_unlock(&group->lock);
}

void worker_group_add_others(struct worker_group *group, size_t index, struct report *sum)
{
    pthread_mutex_lock(&group->lock);
    for (size_t i = 0; i < group->count; i++) {
        if (i != index) {
            report_add(sum, &group->reports[i]);
        }
    }
    pthread_mutex_unlock(&group->lock);
}

void worker_group_set_loop(struct worker_group *group, size_t index, struct loop *loop)
{
    pthread_mutex_lock(&group->lock);
    group->loops[index] = loop;
    pthread_mutex_unlock(&group->lock);
}

void worker_group_wake_others(struct worker_group *group, size_t index)
{
    pthread_mutex_lock(&group->lock);
    for (size_t i = 0; i < group->count; i++) {
        if (i != index && group->loops[i] != NULL) {
            loop_wake(group->loops[i]);
        }
    }
    pthread_mutex_unlock(&group->lock);
}

bool worker_group_begins_drain(struct worker_group *group)
{
    return !atomic_exchange(&group->is_draining, true);
}

bool worker_group_has_ended(struct worker_group *group)
{
    return atomic_fetch_sub(&group->running, 1) == 1;
}

bool worker_group_loses_schemas(struct worker_group *group)
{
    return atomic_fetch_add(&group->without_schemas, 1) == 0;
}

bool worker_group_has_schemas(struct worker_group *group)
{
    return atomic_fetch_sub(&group->without_schemas, 1) == 1;
}

/* The broker's place, or a free one, or NULL. */
static struct broker_count *place_of(struct worker_group *group, int32_t id)
{
    struct broker_count *free_place = NULL;
    for (size_t i = 0; i < MOST_BROKERS; i++) {
        struct broker_count *place = &group->brokers_down[i];
        if (place->workers > 0 && place->id == id) {
            return place;
        }
        free_place = place->workers == 0 && free_place == NULL ? place : free_place;
    }
    return free_place;
}

bool worker_group_loses_broker(struct worker_group *group, int32_t id)
{
    pthread_mutex_lock(&group->lock);
    struct broker_count *place = place_of(group, id);
    bool is_first = place != NULL && place->workers == 0;
    if (place != NULL) {
        place->id = id;
        place->workers++;
    }
    pthread_mutex_unlock(&group->lock);
    return is_first;
}

bool worker_group_has_broker(struct worker_group *group, int32_t id)
{
    pthread_mutex_lock(&group->lock);
    struct broker_count *place = place_of(group, id);
    bool is_last = place != NULL && place->workers > 0 && --place->workers == 0;
    pthread_mutex_unlock(&group->lock);
    return is_last;
}

bool line_is_due(struct line_limit *line, int64_t now_ms, int64_t pause_ms)
{
    int64_t said_ms = atomic_load(&line->said_ms);
    return (said_ms == 0 || now_ms - said_ms >= pause_ms) &&
           atomic_compare_exchange_strong(&line->said_ms, &said_ms, now_ms);
}
