/* Blocks of rendered records: see the header. */
#include "feed/partition_log.h"
#include "base/mem.h"
#include "feed/feed.h"

enum {
    FIRST_BLOCK_BYTES = 4 * 1024,
    LARGEST_BLOCK_BYTES = 256 * 1024
};

struct partition_log *log_new(struct feed *feed, struct topic *topic, int32_t partition)
{
    struct partition_log *log = mem_zalloc(sizeof(*log));
    if (log == NULL) {
        return NULL;
    }
    log->feed = feed;
    log->topic = topic;
    log->partition = partition;
    log->next_number = 1;
    list_init(&log->dirty_node);
    list_init(&log->node);
    list_init(&log->links);
    return log;
}

static void drop_first_block(struct partition_log *log)
{
    struct block *block = log->first;
    log->feed->log_bytes -= sizeof(*block) + block->cap;
    log->first = block->next;
    if (log->first == NULL) {
        log->last = NULL;
    }
    list_remove(&block->node);
    mem_free(block->data);
    mem_free(block);
}

void log_restart(struct partition_log *log, int64_t offset)
{
    while (log->first != NULL) {
        drop_first_block(log);
    }
    log->fresh = LOG_CURSOR_INIT;
    log->start = offset;
    log->end = offset;
}

void log_free(struct partition_log *log)
{
    if (log == NULL) {
        return;
    }
    log_restart(log, 0);
    list_remove(&log->node);
    list_remove(&log->dirty_node);
    mem_free(log);
}

static size_t record_bytes(size_t data_len)
{
    size_t bytes = sizeof(struct log_record) + data_len;
    return (bytes + 7) & ~(size_t)7;
}

/* Blocks start small and double, so that a thousand quiet partitions cost little. */
static size_t next_block_bytes(const struct partition_log *log, size_t wanted)
{
    size_t bytes = log->last == NULL ? FIRST_BLOCK_BYTES : log->last->cap * 2;
    bytes = bytes > LARGEST_BLOCK_BYTES ? LARGEST_BLOCK_BYTES : bytes;
    return bytes < wanted ? wanted : bytes;
}

static struct block *add_block(struct partition_log *log, size_t wanted)
{
    struct block *block = mem_zalloc(sizeof(*block));
    if (block == NULL) {
        return NULL;
    }
    block->cap = next_block_bytes(log, wanted);
    block->data = mem_alloc(block->cap);
    if (block->data == NULL) {
        mem_free(block);
        return NULL;
    }
    block->log = log;
    block->number = log->next_number++;
    if (log->last == NULL) {
        log->first = block;
    } else {
        log->last->next = block;
    }
    log->last = block;
    list_init(&block->node);
    list_push_back(&log->feed->blocks, &block->node);
    log->feed->log_bytes += sizeof(*block) + block->cap;
    return block;
}

int log_append(struct partition_log *log, enum record_kind kind, int64_t offset,
               int64_t timestamp_ms, struct slice data)
{
    ASSERT(offset >= log->end && data.len <= UINT32_MAX);
    size_t bytes = record_bytes(data.len);
    struct block *block = log->last;
    if (block == NULL || block->cap - block->len < bytes) {
        block = add_block(log, bytes);
        if (block == NULL) {
            return -1;
        }
    }
    struct log_record *record = (struct log_record *)(void *)(block->data + block->len);
    record->offset = offset;
    record->timestamp_ms = timestamp_ms;
    record->kind = kind;
    record->len = (uint32_t)data.len;
    memcpy(record->data, data.data, data.len);
    block->len += bytes;
    log->end = offset + 1;
    return 0;
}

bool log_cursor_is_valid(const struct partition_log *log, const struct log_cursor *cursor)
{
    return cursor->block != NULL && log->first != NULL && cursor->number >= log->first->number;
}

const struct log_record *log_peek(const struct partition_log *log, struct log_cursor *cursor)
{
    if (cursor->block == NULL) {
        if (log->first == NULL) {
            return NULL;
        }
        *cursor = (struct log_cursor){log->first, log->first->number, 0};
    }
    while (cursor->at == cursor->block->len) {
        struct block *next = cursor->block->next;
        if (next == NULL) {
            return NULL;
        }
        *cursor = (struct log_cursor){next, next->number, 0};
    }
    return (const struct log_record *)(const void *)(cursor->block->data + cursor->at);
}

void log_advance(struct log_cursor *cursor, const struct log_record *record)
{
    cursor->at += record_bytes(record->len);
}

/* The last record's offset of a block, without walking through it, is its successor's first less
 * one at most. */
static bool is_behind(const struct block *block, int64_t offset)
{
    const struct block *next = block->next;
    if (next == NULL || next->len == 0) {
        return false;
    }
    const struct log_record *record = (const struct log_record *)(const void *)next->data;
    return record->offset <= offset;
}

void log_seek(const struct partition_log *log, int64_t offset, struct log_cursor *cursor)
{
    struct block *block = log->first;
    while (block != NULL && is_behind(block, offset)) {
        block = block->next;
    }
    *cursor = LOG_CURSOR_INIT;
    if (block == NULL) {
        return;
    }
    *cursor = (struct log_cursor){block, block->number, 0};
    const struct log_record *record;
    while ((record = log_peek(log, cursor)) != NULL && record->offset < offset) {
        log_advance(cursor, record);
    }
}

void log_seek_end(const struct partition_log *log, struct log_cursor *cursor)
{
    struct block *last = log->last;
    *cursor = last == NULL ? LOG_CURSOR_INIT : (struct log_cursor){last, last->number, last->len};
}

/* What is behind a block that goes: the next record that stays, or the log's end. */
static int64_t start_without(const struct block *block)
{
    const struct block *next = block->next;
    if (next == NULL || next->len == 0) {
        return block->log->end;
    }
    return ((const struct log_record *)(const void *)next->data)->offset;
}

void log_evict(struct feed *feed, size_t budget_bytes)
{
    while (feed->log_bytes > budget_bytes && !list_is_empty(&feed->blocks)) {
        struct block *block = LIST_FIRST(&feed->blocks, struct block, node);
        struct partition_log *log = block->log;
        ASSERT(block == log->first && !log->is_dirty);
        log->start = start_without(block);
        drop_first_block(log);
        if (log->fresh.block != NULL && !log_cursor_is_valid(log, &log->fresh)) {
            log->fresh = LOG_CURSOR_INIT;
        }
        feed->counters.log_blocks_evicted++;
    }
}
