/* Log lines: see the header. */
#include "serve/worker/logger.h"

#include <stdarg.h>
#include <stdio.h>

void logger_line(const struct logger *l, enum ksse_log_level level, const char *event,
                 const char *message, const struct ksse_log_field *fields, size_t field_count)
{
    if (l->log != NULL && level <= l->level) {
        l->log(l->opaque, level, event, message, fields, field_count);
    }
}

void logger_printf(const struct logger *l, enum ksse_log_level level, const char *event,
                   const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    logger_line(l, level, event, message, NULL, 0);
}
