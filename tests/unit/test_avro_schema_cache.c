/* Which schemas are kept, and for how long. */
#include "avro/schema_cache.h"
#include "support/unit.h"

static struct plan *new_plan(void)
{
    struct plan *plan;
    char reason[256];
    assert_int_equal(plan_new(slice_str("\"int\""), false, &plan, reason, sizeof(reason)), PLAN_OK);
    return plan;
}

static void add(struct schema_cache *cache, uint32_t id, bool is_usable, int64_t now_ms)
{
    struct cached_schema *entry = schema_cache_add(cache, id);
    assert_non_null(entry);
    assert_int_equal(entry->state, SCHEMA_CACHE_LOADING);
    assert_ptr_equal(schema_cache_find(cache, id, now_ms), entry);
    entry->load.plan = is_usable ? new_plan() : NULL;
    schema_cache_settle(cache, &entry->load, now_ms);
}

static void schemas_are_found_by_id(void **state)
{
    struct schema_cache cache;
    (void)state;
    schema_cache_init(&cache);
    assert_null(schema_cache_find(&cache, 0, 0));
    add(&cache, 0, true, 0);
    add(&cache, 0x7fffffff, true, 0);
    add(&cache, 7, false, 0);
    assert_int_equal(schema_cache_find(&cache, 0, 0)->state, SCHEMA_CACHE_USABLE);
    assert_int_equal(schema_cache_find(&cache, 0x7fffffff, 1)->load.id, 0x7fffffff);
    assert_int_equal(schema_cache_find(&cache, 7, 0)->state, SCHEMA_CACHE_UNUSABLE);
    assert_null(schema_cache_find(&cache, 8, 0));
    schema_cache_fini(&cache);
}

static void unusable_ones_are_forgotten(void **state)
{
    struct schema_cache cache;
    (void)state;
    schema_cache_init(&cache);
    add(&cache, 1, true, 1000);
    add(&cache, 2, false, 1000);
    assert_non_null(schema_cache_find(&cache, 2, 1000 + SCHEMA_CACHE_UNUSABLE_MS - 1));
    assert_null(schema_cache_find(&cache, 2, 1000 + SCHEMA_CACHE_UNUSABLE_MS));
    assert_null(cache.latest);
    assert_non_null(schema_cache_find(&cache, 1, 1000 + 1000 * (int64_t)SCHEMA_CACHE_UNUSABLE_MS));
    add(&cache, 2, true, 1000 + SCHEMA_CACHE_UNUSABLE_MS);
    assert_int_equal(schema_cache_find(&cache, 2, 0)->state, SCHEMA_CACHE_USABLE);
    schema_cache_fini(&cache);
}

static void the_least_recently_used_goes(void **state)
{
    struct schema_cache cache;
    (void)state;
    schema_cache_init(&cache);
    for (uint32_t id = 0; id < SCHEMA_CACHE_MAX_SCHEMAS; id++) {
        add(&cache, id, true, 0);
    }
    assert_non_null(schema_cache_find(&cache, 0, 0));
    add(&cache, 5000, true, 0);
    assert_non_null(schema_cache_find(&cache, 0, 0));
    assert_null(schema_cache_find(&cache, 1, 0));
    assert_non_null(schema_cache_find(&cache, 2, 0));
    add(&cache, 5001, true, 0);
    assert_null(schema_cache_find(&cache, 3, 0));
    /* Bad ones do not drive out good ones. */
    for (uint32_t id = 10000; id < 10000 + 2 * SCHEMA_CACHE_MAX_SCHEMAS; id++) {
        add(&cache, id, false, 0);
    }
    assert_null(schema_cache_find(&cache, 10000, 0));
    assert_non_null(schema_cache_find(&cache, 10000 + SCHEMA_CACHE_MAX_SCHEMAS, 0));
    assert_int_equal(cache.entries.count, 2 * SCHEMA_CACHE_MAX_SCHEMAS);
    assert_non_null(schema_cache_find(&cache, 0, 0));
    assert_non_null(schema_cache_find(&cache, 5000, 0));
    schema_cache_fini(&cache);
}

static void add_large(struct schema_cache *cache, uint32_t id, size_t bytes)
{
    struct cached_schema *entry = schema_cache_add(cache, id);
    assert_non_null(entry);
    entry->load.plan = new_plan();
    entry->load.plan->bytes = bytes;
    schema_cache_settle(cache, &entry->load, 0);
}

static void their_memory_is_limited(void **state)
{
    struct schema_cache cache;
    (void)state;
    schema_cache_init(&cache);
    add(&cache, 1, true, 0);
    assert_in_range(cache.bytes, sizeof(struct plan) + sizeof(struct plan_node), 1000);
    for (uint32_t id = 2; id <= 5; id++) {
        add_large(&cache, id, SCHEMA_CACHE_MAX_BYTES / 5);
    }
    assert_non_null(schema_cache_find(&cache, 1, 0));
    assert_non_null(schema_cache_find(&cache, 2, 0));
    add_large(&cache, 6,
              SCHEMA_CACHE_MAX_BYTES * 2 / 5); /* 3 and 4 go, which were not used for longest */
    assert_null(schema_cache_find(&cache, 3, 0));
    assert_int_equal(cache.counts[SCHEMA_CACHE_USABLE], 4);
    assert_true(cache.bytes <= SCHEMA_CACHE_MAX_BYTES);
    /* What is too large for all has its place, and is the first to go. */
    add_large(&cache, 7, 2 * SCHEMA_CACHE_MAX_BYTES);
    assert_int_equal(cache.counts[SCHEMA_CACHE_USABLE], 1);
    assert_non_null(schema_cache_find(&cache, 7, 0));
    add(&cache, 8, true, 0);
    assert_null(schema_cache_find(&cache, 7, 0));
    assert_non_null(schema_cache_find(&cache, 8, 0));
    add(&cache, 9, false, 0);
    schema_cache_fini(&cache);
    assert_int_equal(cache.bytes, 0);
}

static void loads_are_limited(void **state)
{
    static struct cached_schema *entries[SCHEMA_CACHE_MAX_SCHEMAS];
    struct schema_cache cache;
    (void)state;
    schema_cache_init(&cache);
    for (uint32_t id = 0; id < SCHEMA_CACHE_MAX_SCHEMAS; id++) {
        entries[id] = schema_cache_add(&cache, id);
        assert_non_null(entries[id]);
    }
    assert_null(schema_cache_add(&cache, SCHEMA_CACHE_MAX_SCHEMAS));
    schema_cache_drop(&cache, &entries[0]->load);
    assert_null(schema_cache_find(&cache, 0, 0));
    entries[0] = schema_cache_add(&cache, SCHEMA_CACHE_MAX_SCHEMAS);
    assert_non_null(entries[0]);
    for (size_t i = 0; i < SCHEMA_CACHE_MAX_SCHEMAS; i++) {
        schema_cache_drop(&cache, &entries[i]->load);
    }
    schema_cache_fini(&cache);
}

static bool try_to_add(void)
{
    struct schema_cache cache;
    schema_cache_init(&cache);
    struct cached_schema *entry = schema_cache_add(&cache, 1);
    assert_ptr_equal(schema_cache_find(&cache, 1, 0), entry);
    if (entry != NULL) {
        schema_cache_settle(&cache, &entry->load, 0);
    }
    schema_cache_fini(&cache);
    return entry != NULL;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(try_to_add, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_are_found_by_id),
        cmocka_unit_test(unusable_ones_are_forgotten),
        cmocka_unit_test(the_least_recently_used_goes),
        cmocka_unit_test(their_memory_is_limited),
        cmocka_unit_test(loads_are_limited),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
