/* What cmocka needs to be included after, and the loop over allocations that fail. */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/*
 * Calls `attempt` again and again, with the first, second, ... allocation failing, until it needs
 * no more: it returns whether it succeeded, which it must not have done when one failed, unless
 * `may_succeed`.
 */
static inline void fail_each_allocation(bool (*attempt)(void), bool may_succeed)
{
    for (long n = 0;; n++) {
        assert_true(n < 10000);
        mem_fail_after(n);
        bool is_done = attempt();
        bool has_failed = mem_has_failed() != 0;
        mem_fail_after(-1);
        if (!has_failed) {
            assert_true(is_done);
            assert_true(n > 0);
            return;
        }
        assert_true(may_succeed || !is_done);
    }
}

#endif
