/* The map: against a plain array of flags through many random moves, and without memory. */
#include "base/map.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    KEYS = 500
};

struct entry {
    char name[24];
    bool is_in;
    bool was_seen;
};

static struct entry entries[KEYS];

static void entries_init(void)
{
    for (int i = 0; i < KEYS; i++) {
        memset(&entries[i], 0, sizeof(entries[i]));
        /* Lengths around the hash's words of eight bytes; the first is the empty key. */
        if (i > 0) {
            snprintf(entries[i].name, sizeof(entries[i].name), "%.*s%d", i % 9, "topic.to-", i);
        }
    }
}

static struct slice key_of(int i)
{
    return slice_str(entries[i].name);
}

/* The map holds exactly the entries that are marked, each once. */
static void assert_matches(const struct map *m)
{
    size_t expected = 0;
    for (int i = 0; i < KEYS; i++) {
        assert_ptr_equal(map_get(m, key_of(i)), entries[i].is_in ? &entries[i] : NULL);
        entries[i].was_seen = false;
        expected += entries[i].is_in;
    }
    assert_int_equal(m->count, expected);
    size_t at = 0;
    struct entry *entry;
    while ((entry = map_next(m, &at)) != NULL) {
        assert_true(entry->is_in);
        assert_false(entry->was_seen);
        entry->was_seen = true;
        expected--;
    }
    assert_int_equal(expected, 0);
    assert_null(map_next(m, &at));
}

static void empty(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    size_t at = 0;
    assert_null(map_get(&m, slice_str("a")));
    assert_null(map_get(&m, slice_str(NULL)));
    assert_null(map_remove(&m, slice_str("a")));
    assert_null(map_next(&m, &at));
    map_fini(&m);
    map_fini(&m);
}

static void put_replaces_value_and_key(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    char old_key[] = "topic";
    int old_value, new_value;
    assert_int_equal(map_put(&m, slice_str(old_key), &old_value), 0);
    assert_int_equal(map_put(&m, slice_str("topic"), &new_value), 0);
    assert_int_equal(m.count, 1);
    memset(old_key, 'x', 5); /* as if freed with the old value */
    assert_ptr_equal(map_get(&m, slice_str("topic")), &new_value);
    assert_ptr_equal(map_remove(&m, slice_str("topic")), &new_value);
    assert_int_equal(m.count, 0);
    map_fini(&m);
}

static void keys_are_bytes(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    int values[4];
    const struct slice keys[] = {slice_of("a", 1), slice_of("a\0", 2), slice_of("a\0\0", 3),
                                 slice_of(NULL, 0)};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_int_equal(map_put(&m, keys[i], &values[i]), 0);
    }
    assert_int_equal(m.count, 4);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_ptr_equal(map_get(&m, keys[i]), &values[i]);
    }
    assert_null(map_get(&m, slice_str("A")));
    assert_ptr_equal(map_get(&m, slice_str("")), &values[3]);
    map_fini(&m);
}

static void random_moves(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct map m = MAP_INIT;
        unsigned random = seed;
        /* A few keys only: near-full small tables, where probes wrap around. */
        int keys = seed % 2 == 0 ? KEYS : 3 + (int)seed;
        entries_init();
        for (int move = 0; move < 5000; move++) {
            int i = rand_r(&random) % keys;
            if (rand_r(&random) % 2 == 0) {
                assert_int_equal(map_put(&m, key_of(i), &entries[i]), 0);
                entries[i].is_in = true;
            } else {
                assert_ptr_equal(map_remove(&m, key_of(i)), entries[i].is_in ? &entries[i] : NULL);
                entries[i].is_in = false;
            }
            if (move % 100 == 0) {
                assert_matches(&m);
            }
        }
        assert_matches(&m);
        map_fini(&m);
    }
}

/* Coming and going must not fill the table with anything. */
static void does_not_decay(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    entries_init();
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(map_put(&m, key_of(i % KEYS), &entries[i % KEYS]), 0);
        assert_non_null(map_remove(&m, key_of(i % KEYS)));
    }
    assert_int_equal(m.count, 0);
    assert_int_equal(m.cap, 8);
    for (size_t i = 0; i < m.cap; i++) {
        assert_null(m.slots[i].value);
    }
    map_fini(&m);
}

static void stays_sparse_enough(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    entries_init();
    for (int i = 0; i < KEYS; i++) {
        assert_int_equal(map_put(&m, key_of(i), &entries[i]), 0);
        assert_true(m.count <= m.cap / 4 * 3);
    }
    map_fini(&m);
}

static void fails_at_every_allocation(void **state)
{
    (void)state;
    bool has_failed;
    long n = 0;
    do {
        struct map m = MAP_INIT;
        entries_init();
        mem_fail_after(n++);
        for (int i = 0; i < KEYS; i++) {
            entries[i].is_in = map_put(&m, key_of(i), &entries[i]) == 0;
            if (!entries[i].is_in) {
                assert_matches(&m); /* unchanged */
                assert_int_equal(map_put(&m, key_of(i), &entries[i]), 0);
                entries[i].is_in = true;
            }
        }
        has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_matches(&m);
        map_fini(&m);
    } while (has_failed);
    assert_int_equal(n, 9); /* 8 … 1024 slots, and once without a fault */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(put_replaces_value_and_key),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(random_moves),
        cmocka_unit_test(does_not_decay),
        cmocka_unit_test(stays_sparse_enough),
        cmocka_unit_test(fails_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
