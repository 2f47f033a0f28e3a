/* Blocks of rendered records: see the header. */
#include "feed/log/record_range.h"
#include "api/error.h"
#include "base/mem.h"

enum {
    FIRST_BLOCK_BYTES = 4 * 1024,
    LARGEST_BLOCK_BYTES = 256 * 1024
};

void range_pool_init(struct range_pool *pool, uint64_t *next_id)
{
    list_init(&pool->blocks);
    pool->bytes = 0;
    pool->next_id = next_id;
}

void range_init(struct record_range *range, struct range_pool *pool)
{
    *range = (struct record_range){.pool = pool, .id = ++*pool->next_id, .next_number = 1};
}

static void drop_first_block(struct record_range *range)
{
    struct block *block = range->first;
    ASSERT(block != NULL && range->pool->bytes >= sizeof(*block) + block->cap);
    range->pool->bytes -= sizeof(*block) + block->cap;
    range->first = block->next;
    if (range->first == NULL) {
        range->last = NULL;
    }
    list_remove(&block->node);
    mem_free(block->data);
    mem_free(block);
}

void range_restart(struct record_range *range, int64_t offset)
{
    while (range->first != NULL) {
        drop_first_block(range);
    }
    range->id = ++*range->pool->next_id;
    range->start = offset;
    range->end = offset;
}

static size_t record_bytes(size_t data_len)
{
    size_t bytes = sizeof(struct range_record) + data_len;
    return (bytes + 7) & ~(size_t)7;
}

/* Blocks start small and double, so that a thousand quiet partitions cost little. */
static size_t next_block_bytes(const struct record_range *range, size_t wanted)
{
    size_t bytes = range->last == NULL ? FIRST_BLOCK_BYTES : range->last->cap * 2;
    bytes = bytes > LARGEST_BLOCK_BYTES ? LARGEST_BLOCK_BYTES : bytes;
    return bytes < wanted ? wanted : bytes;
}

static struct block *add_block(struct record_range *range, size_t wanted)
{
    struct block *block = mem_zalloc(sizeof(*block));
    if (block == NULL) {
        return NULL;
    }
    block->cap = next_block_bytes(range, wanted);
    block->data = mem_alloc(block->cap);
    if (block->data == NULL) {
        mem_free(block);
        return NULL;
    }
    block->range = range;
    block->number = range->next_number++;
    if (range->last == NULL) {
        range->first = block;
    } else {
        range->last->next = block;
    }
    range->last = block;
    list_init(&block->node);
    list_push_back(&range->pool->blocks, &block->node);
    range->pool->bytes += sizeof(*block) + block->cap;
    return block;
}

int range_append(struct record_range *range, enum record_kind kind, int64_t offset,
                 int64_t timestamp_ms, struct slice data)
{
    ASSERT(offset >= range->end && data.len <= UINT32_MAX);
    size_t bytes = record_bytes(data.len);
    struct block *block = range->last;
    if (block == NULL || block->cap - block->len < bytes) {
        block = add_block(range, bytes);
        if (block == NULL) {
            return KSSE_ENOMEM;
        }
    }
    struct range_record *record = (struct range_record *)(void *)(block->data + block->len);
    record->offset = offset;
    record->timestamp_ms = timestamp_ms;
    record->kind = kind;
    record->len = (uint32_t)data.len;
    memcpy(record->data, data.data, data.len);
    block->len += bytes;
    range->end = offset + 1;
    return 0;
}

bool range_cursor_is_valid(const struct record_range *range, const struct range_cursor *cursor)
{
    return cursor->block != NULL && cursor->range_id == range->id && range->first != NULL &&
           cursor->number >= range->first->number;
}

static struct range_cursor cursor_at(const struct record_range *range, struct block *block,
                                     size_t at)
{
    return (struct range_cursor){block, range->id, block->number, at};
}

const struct range_record *range_peek(const struct record_range *range, struct range_cursor *cursor)
{
    if (cursor->block == NULL) {
        if (range->first == NULL) {
            return NULL;
        }
        *cursor = cursor_at(range, range->first, 0);
    }
    while (cursor->at == cursor->block->len) {
        struct block *next = cursor->block->next;
        if (next == NULL) {
            return NULL;
        }
        *cursor = cursor_at(range, next, 0);
    }
    return (const struct range_record *)(const void *)(cursor->block->data + cursor->at);
}

void range_advance(struct range_cursor *cursor, const struct range_record *record)
{
    cursor->at += record_bytes(record->len);
}

static const struct range_record *first_record(const struct block *block)
{
    return (const struct range_record *)(const void *)block->data;
}

/* The last record's offset of a block, without walking through it, is its successor's first less
 * one at most. */
static bool is_behind(const struct block *block, int64_t offset)
{
    const struct block *next = block->next;
    return next != NULL && next->len > 0 && first_record(next)->offset <= offset;
}

void range_seek(const struct record_range *range, int64_t offset, struct range_cursor *cursor)
{
    struct block *block = range->first;
    while (block != NULL && is_behind(block, offset)) {
        block = block->next;
    }
    *cursor = RANGE_CURSOR_INIT;
    if (block == NULL) {
        return;
    }
    *cursor = cursor_at(range, block, 0);
    const struct range_record *record;
    while ((record = range_peek(range, cursor)) != NULL && record->offset < offset) {
        range_advance(cursor, record);
    }
}

void range_seek_end(const struct record_range *range, struct range_cursor *cursor)
{
    struct block *last = range->last;
    *cursor = last == NULL ? RANGE_CURSOR_INIT : cursor_at(range, last, last->len);
}

/* What is behind a block that goes: the next record that stays, or the range's end. */
static int64_t start_without(const struct block *block)
{
    const struct block *next = block->next;
    return next == NULL || next->len == 0 ? block->range->end : first_record(next)->offset;
}

struct record_range *range_pool_oldest(const struct range_pool *pool, int64_t *start)
{
    const struct block *block = LIST_FIRST(&pool->blocks, struct block, node);
    ASSERT(block == block->range->first);
    *start = start_without(block);
    return block->range;
}

void range_pool_drop_oldest(struct range_pool *pool)
{
    int64_t start;
    struct record_range *range = range_pool_oldest(pool, &start);
    range->start = start;
    drop_first_block(range);
}

size_t range_bytes(const struct record_range *range)
{
    size_t bytes = 0;
    for (const struct block *block = range->first; block != NULL; block = block->next) {
        bytes += sizeof(*block) + block->cap;
    }
    return bytes;
}

static void check_block(const struct record_range *range, const struct block *block)
{
    const struct block *next = block->next;
    ASSERT(block->range == range && !list_is_empty(&block->node));
    ASSERT(block->len > 0 && block->len <= block->cap);
    ASSERT(first_record(block)->offset >= range->start);
    ASSERT(first_record(block)->offset < range->end);
    ASSERT(next == NULL ? block == range->last : next->number == block->number + 1);
    ASSERT(next == NULL || first_record(next)->offset > first_record(block)->offset);
}

size_t range_check(const struct record_range *range)
{
    size_t count = 0;
    ASSERT(range->start <= range->end);
    ASSERT((range->first == NULL) == (range->last == NULL));
    for (const struct block *block = range->first; block != NULL; block = block->next) {
        check_block(range, block);
        count++;
    }
    return count;
}
