/*
 * See cache.h. Unusable schemas have a list and a bound of their own, so that a producer's bad ids
 * do not drive out good ones.
 */
#include "avro/cache.h"
#include "base/mem.h"

static struct slice key_of(const struct cache_entry *entry)
{
    return slice_of((const char *)&entry->order.id, sizeof(entry->order.id));
}

static struct cache_entry *entry_of(struct supply_order *order)
{
    return CONTAINER_OF(order, struct cache_entry, order);
}

void cache_init(struct cache *cache)
{
    cache->entries = MAP_INIT;
    cache->latest = NULL;
    cache->bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(cache->lists); i++) {
        list_init(&cache->lists[i]);
        cache->counts[i] = 0;
    }
}

/* Frees the entry, whose order is in no list of anybody else. */
static void forget(struct cache *cache, struct cache_entry *entry)
{
    list_remove(&entry->order.node);
    map_remove(&cache->entries, key_of(entry));
    cache->counts[entry->state]--;
    if (cache->latest == entry) {
        cache->latest = NULL;
    }
    if (entry->state == CACHE_USABLE) {
        cache->bytes -= entry->order.plan->bytes;
    }
    plan_free(entry->order.plan);
    mem_free(entry);
}

void cache_fini(struct cache *cache)
{
    for (size_t i = 0; i < ARRAY_LEN(cache->lists); i++) {
        while (!list_is_empty(&cache->lists[i])) {
            forget(cache, entry_of(LIST_FIRST(&cache->lists[i], struct supply_order, node)));
        }
    }
    ASSERT(cache->entries.count == 0);
    map_fini(&cache->entries);
}

struct cache_entry *cache_find(struct cache *cache, uint32_t id, int64_t now_ms)
{
    struct cache_entry *entry = cache->latest;
    if (entry == NULL || entry->order.id != id) {
        entry = map_get(&cache->entries, slice_of((const char *)&id, sizeof(id)));
        if (entry == NULL) {
            return NULL;
        }
    }
    if (entry->state == CACHE_UNUSABLE && now_ms >= entry->until_ms) {
        forget(cache, entry);
        return NULL;
    }
    if (entry->state == CACHE_USABLE && entry != cache->latest) {
        list_move_back(&cache->lists[CACHE_USABLE], &entry->order.node);
    }
    cache->latest = entry;
    return entry;
}

struct cache_entry *cache_add(struct cache *cache, uint32_t id)
{
    if (cache->counts[CACHE_ORDERED] == CACHE_MAX_SCHEMAS) {
        return NULL;
    }
    struct cache_entry *entry = mem_zalloc(sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    list_init(&entry->order.node);
    entry->order.id = id;
    entry->state = CACHE_ORDERED;
    if (map_put(&cache->entries, key_of(entry), entry) < 0) {
        mem_free(entry);
        return NULL;
    }
    cache->counts[CACHE_ORDERED]++;
    return entry;
}

/* Whether the state's list has to lose one before `bytes` more come in. */
static bool is_full(const struct cache *cache, enum cache_state state, size_t bytes)
{
    return cache->counts[state] == CACHE_MAX_SCHEMAS ||
           (state == CACHE_USABLE && cache->counts[state] > 0 &&
            cache->bytes + bytes > CACHE_MAX_BYTES);
}

void cache_settle(struct cache *cache, struct supply_order *order, int64_t now_ms)
{
    struct cache_entry *entry = entry_of(order);
    ASSERT(entry->state == CACHE_ORDERED);
    enum cache_state state = order->plan != NULL ? CACHE_USABLE : CACHE_UNUSABLE;
    size_t bytes = order->plan != NULL ? order->plan->bytes : 0;
    while (is_full(cache, state, bytes)) {
        forget(cache, entry_of(LIST_FIRST(&cache->lists[state], struct supply_order, node)));
    }
    cache->counts[CACHE_ORDERED]--;
    cache->counts[state]++;
    cache->bytes += bytes;
    entry->state = state;
    entry->until_ms = now_ms + CACHE_UNUSABLE_MS;
    list_move_back(&cache->lists[state], &order->node);
}

void cache_drop(struct cache *cache, struct supply_order *order)
{
    forget(cache, entry_of(order));
}
