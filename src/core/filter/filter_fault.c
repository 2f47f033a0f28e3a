/* Formats the fault of an expression. Any thread. */
#include "core/filter/filter_node.h"

#include <stdarg.h>
#include <stdio.h>

void filter_fault_set(struct filter_fault *fault, size_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault->at = at;
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
}
