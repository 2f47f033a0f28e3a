/* What the log says once for all workers: see the header. */
#include "serve/worker/shared_log.h"
#include "base/assert.h"

#include <string.h>

static void line_init(struct line_limit *line)
{
    atomic_init(&line->said_ms, 0);
    atomic_init(&line->untold, 0);
}

void shared_log_init(struct shared_log *log)
{
    skips_init(&log->skips);
    line_init(&log->lost_line);
    line_init(&log->lookup_line);
    line_init(&log->read_error_line);
    line_init(&log->unreadable_line);
    line_init(&log->schema_line);
    atomic_init(&log->without_schemas, 0);
    pthread_mutex_init(&log->lock, NULL);
    memset(log->brokers_down, 0, sizeof(log->brokers_down));
}

void shared_log_fini(struct shared_log *log)
{
    skips_fini(&log->skips);
    pthread_mutex_destroy(&log->lock);
}

bool shared_log_loses_schemas(struct shared_log *log)
{
    return atomic_fetch_add(&log->without_schemas, 1) == 0;
}

bool shared_log_has_schemas(struct shared_log *log)
{
    size_t before = atomic_fetch_sub(&log->without_schemas, 1);
    ASSERT(before > 0);
    return before == 1;
}

/* The broker's entry, or a free one, or NULL. */
static struct broker_count *entry_of(struct shared_log *log, int32_t id)
{
    struct broker_count *free_entry = NULL;
    for (size_t i = 0; i < MOST_BROKERS; i++) {
        struct broker_count *entry = &log->brokers_down[i];
        if (entry->workers > 0 && entry->id == id) {
            return entry;
        }
        free_entry = entry->workers == 0 && free_entry == NULL ? entry : free_entry;
    }
    return free_entry;
}

bool shared_log_loses_broker(struct shared_log *log, int32_t id)
{
    pthread_mutex_lock(&log->lock);
    struct broker_count *entry = entry_of(log, id);
    bool is_first = entry != NULL && entry->workers == 0;
    if (entry != NULL) {
        entry->id = id;
        entry->workers++;
    }
    pthread_mutex_unlock(&log->lock);
    return is_first;
}

bool shared_log_has_broker(struct shared_log *log, int32_t id)
{
    pthread_mutex_lock(&log->lock);
    struct broker_count *entry = entry_of(log, id);
    bool is_last = entry != NULL && entry->workers > 0 && --entry->workers == 0;
    pthread_mutex_unlock(&log->lock);
    return is_last;
}

bool line_is_due(struct line_limit *line, int64_t now_ms, int64_t pause_ms)
{
    int64_t said_ms = atomic_load(&line->said_ms);
    return (said_ms == 0 || now_ms - said_ms >= pause_ms) &&
           atomic_compare_exchange_strong(&line->said_ms, &said_ms, now_ms);
}

void line_count(struct line_limit *line)
{
    atomic_fetch_add(&line->untold, 1);
}

uint64_t line_take_count(struct line_limit *line)
{
    return atomic_exchange(&line->untold, 0);
}
