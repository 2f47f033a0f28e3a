/*
 * The lines of the daemon's log, one for each event of the library. Where they go: log_queue.h.
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

#endif
