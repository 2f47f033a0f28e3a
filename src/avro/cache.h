/*
 * Schemas by their ids, as one worker knows them: usable ones, of which the least recently used
 * goes when there are too many, or they take too much memory; unusable ones, for a while; and those
 * that were ordered. One thread; the time is an argument.
 */
#ifndef AVRO_CACHE_H
#define AVRO_CACHE_H

#include "avro/supply.h"
#include "base/map.h"

enum {
    CACHE_MAX_SCHEMAS = 1000,   /* of each kind */
    CACHE_MAX_BYTES = 64 << 20, /* of plans; the newest one has its place in any case */
    CACHE_UNUSABLE_MS = 60000
};

enum cache_state {
    CACHE_ORDERED, /* the order is the supply's */
    CACHE_USABLE,
    CACHE_UNUSABLE
};

struct cache_entry {
    struct supply_order order; /* its node is in a list of the cache unless it is the supply's */
    enum cache_state state;
    int64_t until_ms; /* of an unusable one */
};

struct cache {
    struct map entries;
    struct list lists[CACHE_UNUSABLE + 1]; /* by state; that of ordered ones is not used */
    size_t counts[CACHE_UNUSABLE + 1];
    size_t bytes;               /* of plans */
    struct cache_entry *latest; /* what was found last; NULL: none */
};

void cache_init(struct cache *cache);

/* Frees all entries; those that were ordered must have been settled or dropped before. */
void cache_fini(struct cache *cache);

/* The entry of that id, or NULL. What has become too old is none. Makes it the latest used. */
struct cache_entry *cache_find(struct cache *cache, uint32_t id, int64_t now_ms);

/* Returns a new entry in the state CACHE_ORDERED, whose order is to be given away; NULL when there
 * are too many of these, or no memory. */
CHECKED struct cache_entry *cache_add(struct cache *cache, uint32_t id);

/* The order is back: usable if it has a plan. */
void cache_settle(struct cache *cache, struct supply_order *order, int64_t now_ms);

/* Takes out and frees an entry in the state CACHE_ORDERED, whose order is back. */
void cache_drop(struct cache *cache, struct supply_order *order);

#endif
