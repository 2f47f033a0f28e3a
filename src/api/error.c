/* The sentence that goes with a negative result: see the header. */
#include "api/error.h"

#include <stdarg.h>
#include <stdio.h>

void error_set(struct ksse_error *error, const char *format, ...)
{
    if (error == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
}

int error_no_memory(struct ksse_error *error)
{
    error_set(error, "out of memory");
    return KSSE_ENOMEM;
}
