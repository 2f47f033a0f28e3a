/*
 * The daemon's log: a line on standard error for each event of the library, written with one
 * write(), so that lines of several threads do not mix.
 *
 *     2026-01-02T03:04:05.678Z info kafka-up the cluster answers brokers=3
 *     {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"kafka-up","message":"...","brokers":"3"}
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <kafkasse.h>

#include <time.h>

enum {
    LOG_LINE_MAX = 8192 /* longer lines lose the end of a value or whole fields, never their form */
};

/* Formats one line with its line feed into `out` and returns its length. */
size_t log_format_line(char out[LOG_LINE_MAX], bool is_json, const struct timespec *now,
                       enum ksse_log_level level, const char *event, const char *message,
                       const struct ksse_log_field *fields, size_t field_count);

/* The library's callbacks, for text and for JSON. Any thread. */
void log_text(void *opaque, enum ksse_log_level level, const char *event, const char *message,
              const struct ksse_log_field *fields, size_t field_count);
void log_json(void *opaque, enum ksse_log_level level, const char *event, const char *message,
              const struct ksse_log_field *fields, size_t field_count);

#endif
