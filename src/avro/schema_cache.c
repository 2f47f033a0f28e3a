/*
 * See schema_cache.h. Unusable schemas have a list and a bound of their own, so that a producer's
 * bad ids do not drive out good ones.
 */
#include "avro/schema_cache.h"
#include "base/mem.h"

static struct slice key_of(const struct cached_schema *entry)
{
    return slice_of((const char *)&entry->load.id, sizeof(entry->load.id));
}

static struct cached_schema *entry_of(struct schema_load *load)
{
    return CONTAINER_OF(load, struct cached_schema, load);
}

void schema_cache_init(struct schema_cache *cache)
{
    cache->entries = MAP_INIT;
    cache->latest = NULL;
    cache->bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(cache->lists); i++) {
        list_init(&cache->lists[i]);
        cache->counts[i] = 0;
    }
}

/* Frees the entry, whose load is not the loader's. */
static void forget(struct schema_cache *cache, struct cached_schema *entry)
{
    list_remove(&entry->load.node);
    map_remove(&cache->entries, key_of(entry));
    ASSERT(cache->counts[entry->state] > 0);
    cache->counts[entry->state]--;
    if (cache->latest == entry) {
        cache->latest = NULL;
    }
    if (entry->state == SCHEMA_CACHE_USABLE) {
        ASSERT(cache->bytes >= entry->load.plan->bytes);
        cache->bytes -= entry->load.plan->bytes;
    }
    plan_free(entry->load.plan);
    mem_free(entry);
}

void schema_cache_fini(struct schema_cache *cache)
{
    for (size_t i = 0; i < ARRAY_LEN(cache->lists); i++) {
        while (!list_is_empty(&cache->lists[i])) {
            forget(cache, entry_of(LIST_FIRST(&cache->lists[i], struct schema_load, node)));
        }
    }
    ASSERT(cache->entries.count == 0 && cache->bytes == 0);
    map_fini(&cache->entries);
}

struct cached_schema *schema_cache_find(struct schema_cache *cache, uint32_t id, int64_t now_ms)
{
    struct cached_schema *entry = cache->latest;
    if (entry == NULL || entry->load.id != id) {
        entry = map_get(&cache->entries, slice_of((const char *)&id, sizeof(id)));
        if (entry == NULL) {
            return NULL;
        }
    }
    if (entry->state == SCHEMA_CACHE_UNUSABLE && now_ms >= entry->until_ms) {
        forget(cache, entry);
        return NULL;
    }
    if (entry->state == SCHEMA_CACHE_USABLE && entry != cache->latest) {
        list_move_back(&cache->lists[SCHEMA_CACHE_USABLE], &entry->load.node);
    }
    cache->latest = entry;
    return entry;
}

struct cached_schema *schema_cache_add(struct schema_cache *cache, uint32_t id)
{
    if (cache->counts[SCHEMA_CACHE_LOADING] == SCHEMA_CACHE_MAX_SCHEMAS) {
        return NULL;
    }
    struct cached_schema *entry = mem_zalloc(sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    list_init(&entry->load.node);
    entry->load.id = id;
    entry->state = SCHEMA_CACHE_LOADING;
    if (map_put(&cache->entries, key_of(entry), entry) < 0) {
        mem_free(entry);
        return NULL;
    }
    cache->counts[SCHEMA_CACHE_LOADING]++;
    return entry;
}

/* Whether one of the state must go before another of `bytes` comes in. */
static bool is_full(const struct schema_cache *cache, enum schema_cache_state state, size_t bytes)
{
    return cache->counts[state] == SCHEMA_CACHE_MAX_SCHEMAS ||
           (state == SCHEMA_CACHE_USABLE && cache->counts[state] > 0 &&
            cache->bytes + bytes > SCHEMA_CACHE_MAX_BYTES);
}

void schema_cache_settle(struct schema_cache *cache, struct schema_load *load, int64_t now_ms)
{
    struct cached_schema *entry = entry_of(load);
    ASSERT(entry->state == SCHEMA_CACHE_LOADING);
    enum schema_cache_state state =
        load->plan != NULL ? SCHEMA_CACHE_USABLE : SCHEMA_CACHE_UNUSABLE;
    size_t bytes = load->plan != NULL ? load->plan->bytes : 0;
    while (is_full(cache, state, bytes)) {
        forget(cache, entry_of(LIST_FIRST(&cache->lists[state], struct schema_load, node)));
    }
    cache->counts[SCHEMA_CACHE_LOADING]--;
    cache->counts[state]++;
    cache->bytes += bytes;
    entry->state = state;
    entry->until_ms = now_ms + SCHEMA_CACHE_UNUSABLE_MS;
    list_move_back(&cache->lists[state], &load->node);
}

void schema_cache_drop(struct schema_cache *cache, struct schema_load *load)
{
    ASSERT(entry_of(load)->state == SCHEMA_CACHE_LOADING);
    forget(cache, entry_of(load));
}
