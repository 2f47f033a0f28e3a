/*
 * The queue of log lines for standard error. A thread of its own writes them, so that no thread of
 * the server waits for a slow reader. The queue is bounded: a line that finds no room is dropped
 * and counted, and the next line that is written says how many were dropped.
 */
#ifndef DAEMON_LOG_QUEUE_H
#define DAEMON_LOG_QUEUE_H

#include <kafkasse.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    LOG_QUEUE_BYTES = 256 * 1024, /* of waiting lines; as many may be in writing */
    LOG_FLUSH_MS = 2000           /* for the last lines, when the program ends */
};

struct log_queue;

struct log_queue_options {
    int fd;       /* borrowed; may be non-blocking */
    bool is_json; /* the form of the lines; see log.h */
    size_t bytes; /* of waiting lines */
};

/* Returns a new queue with its thread, or NULL: no memory, or no thread. */
struct log_queue *log_queue_new(const struct log_queue_options *options);

/* The library's callback for log lines (ksse_log_fn); `opaque` is the queue. Never waits. Any
 * thread. */
void log_queue_line(void *opaque, enum ksse_log_level level, const char *event, const char *message,
                    const struct ksse_log_field *fields, size_t field_count);

/* The library's callback for the count of dropped lines; `opaque` is the queue. Any thread. */
uint64_t log_queue_dropped(void *opaque);

/* Waits until all lines are written, but no longer than flush_ms, and frees the queue, which no
 * other thread may use any more. NULL is fine. */
void log_queue_free(struct log_queue *queue, int flush_ms);

#endif
