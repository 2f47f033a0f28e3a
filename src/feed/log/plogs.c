/* All partition logs of a feed: see the header. */
#include "feed/log/plogs.h"
#include "base/mem.h"

static int open_tails(struct plogs *plogs)
{
    const struct feed_options *options = &plogs->context->options;
    struct rendering json = {.deserializer = deserializer_builtin("json")};
    const struct rendering *renderings = options->rendering_count > 0 ? options->renderings : &json;
    size_t count = options->rendering_count > 0 ? options->rendering_count : 1;
    plogs->tails = mem_zalloc(count * sizeof(*plogs->tails));
    plogs->tail_count = plogs->tails == NULL ? 0 : count;
    for (size_t i = 0; i < plogs->tail_count; i++) {
        if (tail_open(&plogs->tails[i], plogs, &renderings[i]) < 0) {
            return KSSE_ENOMEM;
        }
    }
    return plogs->tails == NULL ? KSSE_ENOMEM : 0;
}

int plogs_init(struct plogs *plogs, struct feed_context *context, const struct plog_hooks *hooks,
               void *hooks_opaque)
{
    *plogs = (struct plogs){.context = context, .hooks = hooks, .hooks_opaque = hooks_opaque};
    list_init(&plogs->logs);
    list_init(&plogs->dirty);
    range_pool_init(&plogs->pool, &plogs->next_range_id);
    return open_tails(plogs);
}

void plogs_fini(struct plogs *plogs)
{
    for (size_t i = 0; i < plogs->tail_count; i++) {
        tail_close(&plogs->tails[i]);
        topics_free(&plogs->tails[i]);
    }
    ASSERT(list_is_empty(&plogs->logs) && list_is_empty(&plogs->dirty));
    ASSERT(plogs->pool.bytes == 0 && list_is_empty(&plogs->pool.blocks));
    mem_free(plogs->tails);
    buf_fini(&plogs->scratch);
}

struct partition_log *plogs_take_dirty(struct plogs *plogs)
{
    if (list_is_empty(&plogs->dirty)) {
        return NULL;
    }
    struct partition_log *log = LIST_FIRST(&plogs->dirty, struct partition_log, dirty_node);
    list_remove(&log->dirty_node);
    return log;
}

void plogs_evict(struct plogs *plogs)
{
    ASSERT(list_is_empty(&plogs->dirty));
    while (plogs->pool.bytes > plogs->context->options.log_bytes) {
        int64_t start;
        struct record_range *range = range_pool_oldest(&plogs->pool, &start);
        struct partition_log *log = CONTAINER_OF(range, struct partition_log, range);
        plogs->hooks->on_evict(plogs->hooks_opaque, log, start);
        range_pool_drop_oldest(&plogs->pool);
        ASSERT(log->range.start == start);
        plogs->context->counters.log_blocks_evicted++;
    }
}

size_t plogs_count_waits(const struct plogs *plogs, const struct partition_log **longest)
{
    const struct partition_log *first = NULL;
    size_t count = 0;
    LIST_EACH(log, &plogs->logs, struct partition_log, node)
    {
        if (record_wait_is_on(&log->wait, plogs->context->now_ms)) {
            count++;
            first = first == NULL || log->wait.since_ms < first->wait.since_ms ? log : first;
        }
    }
    if (first != NULL) {
        *longest = first;
    }
    return count;
}

/* ---- invariants ---- */

static void check_cold(const struct partition_log *log)
{
    ASSERT(list_is_empty(&log->node) && list_is_empty(&log->dirty_node));
    ASSERT(log->lookup == NULL && log->watch_count == 0);
    ASSERT(log->range.first == NULL && log->range.end == 0);
}

static void check_wait(const struct record_wait *wait, int64_t now_ms)
{
    if (wait->is_there) {
        ASSERT(wait->offset >= 0);
        ASSERT(wait->since_ms <= wait->tried_ms && wait->tried_ms <= now_ms);
    }
}

static size_t check_log(const struct plogs *plogs, const struct topic *topic, int32_t partition)
{
    const struct partition_log *log = topic->logs[partition];
    ASSERT(log->plogs == plogs && log->topic == topic && log->partition == partition);
    ASSERT(log->range.pool == &plogs->pool);
    ASSERT(list_is_empty(&log->dirty_node) && log->state != LOG_JUMPING);
    ASSERT(log->state != LOG_STARTING || log->lookup != NULL);
    ASSERT(log->state != LOG_WANTED || log->lookup == NULL);
    ASSERT(plog_has_offsets(log) || log->range.first == NULL);
    if (log->state == LOG_COLD) {
        check_cold(log);
    } else {
        ASSERT(!list_is_empty(&log->node));
    }
    check_wait(&log->wait, plogs->context->now_ms);
    return 1 + range_check(&log->range);
}

static size_t check_tail(const struct plogs *plogs, const struct tail *tail)
{
    size_t looked_at = 0;
    size_t at = 0;
    const struct topic *topic;
    ASSERT(tail->plogs == plogs && tail->reader != NULL);
    while ((topic = map_next(&tail->topics, &at)) != NULL) {
        ASSERT(topic->tail == tail && topic->partition_count <= topic->log_count);
        for (int32_t i = 0; i < topic->log_count; i++) {
            looked_at += check_log(plogs, topic, i);
        }
    }
    return looked_at;
}

size_t plogs_check(const struct plogs *plogs)
{
    size_t looked_at = 0;
    ASSERT(list_is_empty(&plogs->dirty));
    for (size_t i = 0; i < plogs->tail_count; i++) {
        looked_at += check_tail(plogs, &plogs->tails[i]);
    }
    size_t bytes = 0;
    LIST_EACH(log, &plogs->logs, struct partition_log, node)
    {
        ASSERT(log->state != LOG_COLD);
        bytes += range_bytes(&log->range);
    }
    ASSERT(bytes == plogs->pool.bytes);
    return looked_at;
}
