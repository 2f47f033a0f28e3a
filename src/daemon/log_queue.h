/*
 * The lines of the log on their way to standard error. A thread of their own writes them: whoever
 * reads the other end may stall as long as it likes, and no thread of the server waits for it. The
 * queue is bounded; a line that finds no room is dropped and counted, and once there is room
 * a line tells how many were.
 */
#ifndef DAEMON_LOG_QUEUE_H
#define DAEMON_LOG_QUEUE_H

#include <kafkasse.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    LOG_QUEUE_BYTES = 256 * 1024, /* that wait; as many are being written */
    LOG_FLUSH_MS = 2000           /* what the last lines may take when the program ends */
};

struct log_queue;

/* What a queue is made for. */
struct log_queue_options {
    int fd;       /* borrowed; may be non-blocking */
    bool is_json; /* the lines' form; see log.h */
    size_t bytes; /* room for lines that wait */
};

/* Returns a new queue with its thread, which takes no signals, or NULL. */
struct log_queue *log_queue_new(const struct log_queue_options *options);

/* The library's callback for log lines (ksse_log_fn); `opaque` is the queue. Never waits. Any
 * thread. */
void log_queue_line(void *opaque, enum ksse_log_level level, const char *event, const char *message,
                    const struct ksse_log_field *fields, size_t field_count);

/* The library's callback for the count of dropped lines; `opaque` is the queue. Any thread. */
uint64_t log_queue_dropped(void *opaque);

/* Waits until all lines are written, but no longer than flush_ms. Nobody uses it any more. NULL is
 * fine. */
void log_queue_free(struct log_queue *queue, int flush_ms);

#endif
