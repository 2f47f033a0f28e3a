/* Log lines of the server, through the program's callback. Any thread. */
#ifndef SERVE_WORKER_LOGGER_H
#define SERVE_WORKER_LOGGER_H

#include <kafkasse.h>

struct logger {
    enum ksse_log_level level;
    ksse_log_fn log; /* NULL: nothing is logged */
    void *opaque;
};

/* `fields` may be NULL with a count of 0. */
void logger_line(const struct logger *l, enum ksse_log_level level, const char *event,
                 const char *message, const struct ksse_log_field *fields, size_t field_count);

/* A line without fields. */
void logger_printf(const struct logger *l, enum ksse_log_level level, const char *event,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
