/*
 * The form of the log's lines. log_queue.h writes them.
 *
 *     2026-01-02T03:04:05.678Z info kafka-up the cluster answers brokers=3
 *     {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"kafka-up","message":"...","brokers":"3"}
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <kafkasse.h>

#include <stdbool.h>
#include <time.h>

enum {
    LOG_LINE_MAX =
        8192 /* a longer line loses the end of a value or whole fields, but keeps its form */
};

/* A line of the log, as a ksse_log_fn gets it, and when. Borrows everything. */
struct log_line {
    struct timespec time;
    enum ksse_log_level level;
    const char *event;
    const char *message;
    const struct ksse_log_field *fields;
    size_t field_count;
};

/* Formats a line, as JSON or as text, with its line feed, and returns its length. */
size_t log_format_line(const struct log_line *line, bool is_json, char out[LOG_LINE_MAX]);

#endif
