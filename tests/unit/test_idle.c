/* Idle connections: by address, oldest first, and without memory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mem.h"
#include "serve/request/idle.h"

static const struct peer_key first = {{10, 0, 0, 1}, 4};
static const struct peer_key second = {{10, 0, 0, 2}, 4};
static const struct peer_key nobody = {{0}, 0};

static void test_oldest_of_an_address(void **state)
{
    struct idle idle = {MAP_INIT};
    struct idle_entry entries[4] = {0};
    (void)state;
    assert_null(idle_oldest(&idle, &first, NULL));
    assert_true(idle_add(&idle, &first, &entries[0]));
    assert_true(idle_add(&idle, &second, &entries[1]));
    assert_true(idle_add(&idle, &first, &entries[2]));
    assert_ptr_equal(idle_oldest(&idle, &first, NULL), &entries[0]);
    assert_ptr_equal(idle_oldest(&idle, &second, NULL), &entries[1]);
    assert_ptr_equal(idle_oldest(&idle, &first, &entries[0]), &entries[2]);
    assert_null(idle_oldest(&idle, &second, &entries[1]));
    idle_remove(&idle, &entries[0]);
    assert_ptr_equal(idle_oldest(&idle, &first, NULL), &entries[2]);
    assert_true(idle_add(&idle, &first, &entries[0])); /* again: it is the youngest now */
    assert_ptr_equal(idle_oldest(&idle, &first, NULL), &entries[2]);
    idle_remove(&idle, &entries[0]);
    idle_remove(&idle, &entries[2]);
    assert_null(idle_oldest(&idle, &first, NULL));
    idle_remove(&idle, &entries[1]);
    idle_fini(&idle);
}

static void test_nobody_and_no_memory(void **state)
{
    struct idle idle = {MAP_INIT};
    struct idle_entry entry = {0};
    (void)state;
    assert_false(idle_add(&idle, &nobody, &entry));
    for (int n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_false(idle_add(&idle, &first, &entry));
        mem_fail_after(-1);
        assert_null(entry.address);
    }
    assert_true(idle_add(&idle, &first, &entry));
    idle_remove(&idle, &entry);
    idle_fini(&idle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oldest_of_an_address),
        cmocka_unit_test(test_nobody_and_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
