/* Blocks of rendered records: see the header. */
#include "feed/run.h"
#include "base/mem.h"

enum {
    FIRST_BLOCK_BYTES = 4 * 1024,
    LARGEST_BLOCK_BYTES = 256 * 1024
};

void run_pool_init(struct run_pool *pool, uint64_t *next_id)
{
    list_init(&pool->blocks);
    pool->bytes = 0;
    pool->next_id = next_id;
}

void run_init(struct run *run, struct run_pool *pool)
{
    *run = (struct run){.pool = pool, .id = ++*pool->next_id, .next_number = 1};
}

static void drop_first_block(struct run *run)
{
    struct block *block = run->first;
    run->pool->bytes -= sizeof(*block) + block->cap;
    run->first = block->next;
    if (run->first == NULL) {
        run->last = NULL;
    }
    list_remove(&block->node);
    mem_free(block->data);
    mem_free(block);
}

void run_restart(struct run *run, int64_t offset)
{
    while (run->first != NULL) {
        drop_first_block(run);
    }
    run->id = ++*run->pool->next_id;
    run->start = offset;
    run->end = offset;
}

static size_t record_bytes(size_t data_len)
{
    size_t bytes = sizeof(struct run_record) + data_len;
    return (bytes + 7) & ~(size_t)7;
}

/* Blocks start small and double, so that a thousand quiet partitions cost little. */
static size_t next_block_bytes(const struct run *run, size_t wanted)
{
    size_t bytes = run->last == NULL ? FIRST_BLOCK_BYTES : run->last->cap * 2;
    bytes = bytes > LARGEST_BLOCK_BYTES ? LARGEST_BLOCK_BYTES : bytes;
    return bytes < wanted ? wanted : bytes;
}

static struct block *add_block(struct run *run, size_t wanted)
{
    struct block *block = mem_zalloc(sizeof(*block));
    if (block == NULL) {
        return NULL;
    }
    block->cap = next_block_bytes(run, wanted);
    block->data = mem_alloc(block->cap);
    if (block->data == NULL) {
        mem_free(block);
        return NULL;
    }
    block->run = run;
    block->number = run->next_number++;
    if (run->last == NULL) {
        run->first = block;
    } else {
        run->last->next = block;
    }
    run->last = block;
    list_init(&block->node);
    list_push_back(&run->pool->blocks, &block->node);
    run->pool->bytes += sizeof(*block) + block->cap;
    return block;
}

int run_append(struct run *run, enum record_kind kind, int64_t offset, int64_t timestamp_ms,
               struct slice data)
{
    ASSERT(offset >= run->end && data.len <= UINT32_MAX);
    size_t bytes = record_bytes(data.len);
    struct block *block = run->last;
    if (block == NULL || block->cap - block->len < bytes) {
        block = add_block(run, bytes);
        if (block == NULL) {
            return -1;
        }
    }
    struct run_record *record = (struct run_record *)(void *)(block->data + block->len);
    record->offset = offset;
    record->timestamp_ms = timestamp_ms;
    record->kind = kind;
    record->len = (uint32_t)data.len;
    memcpy(record->data, data.data, data.len);
    block->len += bytes;
    run->end = offset + 1;
    return 0;
}

bool run_cursor_is_valid(const struct run *run, const struct run_cursor *cursor)
{
    return cursor->block != NULL && cursor->run_id == run->id && run->first != NULL &&
           cursor->number >= run->first->number;
}

static struct run_cursor cursor_at(const struct run *run, struct block *block, size_t at)
{
    return (struct run_cursor){block, run->id, block->number, at};
}

const struct run_record *run_peek(const struct run *run, struct run_cursor *cursor)
{
    if (cursor->block == NULL) {
        if (run->first == NULL) {
            return NULL;
        }
        *cursor = cursor_at(run, run->first, 0);
    }
    while (cursor->at == cursor->block->len) {
        struct block *next = cursor->block->next;
        if (next == NULL) {
            return NULL;
        }
        *cursor = cursor_at(run, next, 0);
    }
    return (const struct run_record *)(const void *)(cursor->block->data + cursor->at);
}

void run_advance(struct run_cursor *cursor, const struct run_record *record)
{
    cursor->at += record_bytes(record->len);
}

static const struct run_record *first_record(const struct block *block)
{
    return (const struct run_record *)(const void *)block->data;
}

/* The last record's offset of a block, without walking through it, is its successor's first less
 * one at most. */
static bool is_behind(const struct block *block, int64_t offset)
{
    const struct block *next = block->next;
    return next != NULL && next->len > 0 && first_record(next)->offset <= offset;
}

void run_seek(const struct run *run, int64_t offset, struct run_cursor *cursor)
{
    struct block *block = run->first;
    while (block != NULL && is_behind(block, offset)) {
        block = block->next;
    }
    *cursor = RUN_CURSOR_INIT;
    if (block == NULL) {
        return;
    }
    *cursor = cursor_at(run, block, 0);
    const struct run_record *record;
    while ((record = run_peek(run, cursor)) != NULL && record->offset < offset) {
        run_advance(cursor, record);
    }
}

void run_seek_end(const struct run *run, struct run_cursor *cursor)
{
    struct block *last = run->last;
    *cursor = last == NULL ? RUN_CURSOR_INIT : cursor_at(run, last, last->len);
}

/* What is behind a block that goes: the next record that stays, or the run's end. */
static int64_t start_without(const struct block *block)
{
    const struct block *next = block->next;
    return next == NULL || next->len == 0 ? block->run->end : first_record(next)->offset;
}

struct run *run_pool_oldest(const struct run_pool *pool, int64_t *start)
{
    const struct block *block = LIST_FIRST(&pool->blocks, struct block, node);
    ASSERT(block == block->run->first);
    *start = start_without(block);
    return block->run;
}

void run_pool_drop_oldest(struct run_pool *pool)
{
    int64_t start;
    struct run *run = run_pool_oldest(pool, &start);
    run->start = start;
    drop_first_block(run);
}
