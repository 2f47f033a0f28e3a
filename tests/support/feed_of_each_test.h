/* `f`, a feed that each test of a file gets new: cmocka's setup and teardown. */
#ifndef SUPPORT_FEED_OF_EACH_TEST_H
#define SUPPORT_FEED_OF_EACH_TEST_H

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;

static inline int setup(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    return 0;
}

/* All clients must be detached. */
static inline int teardown(void **state)
{
    (void)state;
    fixture_fini(&f);
    return 0;
}

#endif
