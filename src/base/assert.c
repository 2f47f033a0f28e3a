/* The one way in which the process ends itself. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void assert_failed(const char *expr, const char *file, int line)
{
    fprintf(stderr, "kafkasse: %s:%d: this cannot happen: %s\n", file, line, expr);
    abort();
}
