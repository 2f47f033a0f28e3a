/*
 * The schemas that one worker knows, by id. Usable ones: the least recently used goes when there
 * are too many, or they take too much memory. Unusable ones, for a minute. And those that are being
 * loaded. One thread; the time is an argument.
 */
#ifndef AVRO_SCHEMA_CACHE_H
#define AVRO_SCHEMA_CACHE_H

#include "avro/schema_loader.h"
#include "base/map.h"

enum {
    SCHEMA_CACHE_MAX_SCHEMAS = 1000,   /* of each kind */
    SCHEMA_CACHE_MAX_BYTES = 64 << 20, /* of plans; the newest one has its place in any case */
    SCHEMA_CACHE_UNUSABLE_MS = 60000
};

enum schema_cache_state {
    SCHEMA_CACHE_LOADING,
    SCHEMA_CACHE_USABLE,
    SCHEMA_CACHE_UNUSABLE,
    SCHEMA_CACHE_STATE_COUNT
};

struct cached_schema {
    struct schema_load
        load; /* the loader's while LOADING; else its node is in a list of the cache */
    enum schema_cache_state state;
    int64_t until_ms; /* of an unusable one */
};

struct schema_cache {
    struct map entries;
    struct list lists[SCHEMA_CACHE_STATE_COUNT]; /* by state; that of LOADING is not used */
    size_t counts[SCHEMA_CACHE_STATE_COUNT];
    size_t bytes;                 /* of plans */
    struct cached_schema *latest; /* what was found last; NULL: none */
};

void schema_cache_init(struct schema_cache *cache);

/* Frees all entries; none may be LOADING. */
void schema_cache_fini(struct schema_cache *cache);

/* Returns the entry of that id, or NULL. Entries that are too old do not count. Makes it the one
 * that was used last. */
struct cached_schema *schema_cache_find(struct schema_cache *cache, uint32_t id, int64_t now_ms);

/* Returns a new entry that is LOADING, to be given to the loader; NULL when there are too many of
 * these, or no memory. */
CHECKED struct cached_schema *schema_cache_add(struct schema_cache *cache, uint32_t id);

/* The load is done: the entry is USABLE if there is a plan, else UNUSABLE. */
void schema_cache_settle(struct schema_cache *cache, struct schema_load *load, int64_t now_ms);

/* Takes out and frees an entry that is LOADING, whose load is not the loader's any more. */
void schema_cache_drop(struct schema_cache *cache, struct schema_load *load);

#endif
