/* What workers have in common: see the header. */
#include "serve/worker/worker_group.h"
#include "base/mem.h"

#include <kafkasse.h>
#include <stdio.h>

int worker_group_init(struct worker_group *group, size_t count,
                      const struct admission_limits *limits, int64_t max_streams_per_address)
{
    ASSERT(count > 0);
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
    group->reports.items = reports;
    group->loops.items = loops;
    pthread_mutex_init(&group->reports.lock, NULL);
    pthread_mutex_init(&group->loops.lock, NULL);
    admission_init(&group->admission, limits, max_streams_per_address);
    shared_log_init(&group->log);
    atomic_init(&group->is_draining, false);
    atomic_init(&group->running, count);
    return 0;
}

void worker_group_fini(struct worker_group *group)
{
    shared_log_fini(&group->log);
    admission_fini(&group->admission);
    pthread_mutex_destroy(&group->reports.lock);
    pthread_mutex_destroy(&group->loops.lock);
    mem_free(group->reports.items);
    mem_free(group->loops.items);
}

void worker_group_report(struct worker_group *group, size_t index, const struct report *report)
{
    ASSERT(index < group->count);
    pthread_mutex_lock(&group->reports.lock);
    group->reports.items[index] = *report;
    pthread_mutex_unlock(&group->reports.lock);
}

void worker_group_add_others(struct worker_group *group, size_t index, struct report *sum)
{
    pthread_mutex_lock(&group->reports.lock);
    for (size_t i = 0; i < group->count; i++) {
        if (i != index) {
            report_add(sum, &group->reports.items[i]);
        }
    }
    pthread_mutex_unlock(&group->reports.lock);
}

void worker_group_set_loop(struct worker_group *group, size_t index, struct loop *loop)
{
    ASSERT(index < group->count);
    pthread_mutex_lock(&group->loops.lock);
    group->loops.items[index] = loop;
    pthread_mutex_unlock(&group->loops.lock);
}

void worker_group_wake_others(struct worker_group *group, size_t index)
{
    pthread_mutex_lock(&group->loops.lock);
    for (size_t i = 0; i < group->count; i++) {
        if (i != index && group->loops.items[i] != NULL) {
            loop_wake(group->loops.items[i]);
        }
    }
    pthread_mutex_unlock(&group->loops.lock);
}

bool worker_group_begins_drain(struct worker_group *group)
{
    return !atomic_exchange(&group->is_draining, true);
}

bool worker_group_has_ended(struct worker_group *group)
{
    size_t before = atomic_fetch_sub(&group->running, 1);
    ASSERT(before > 0);
    return before == 1;
}
