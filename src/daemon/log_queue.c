/*
 * Two buffers that are swapped: callers fill one under the lock, while the thread writes the other
 * without the lock. See log_queue.h.
 */
#include "daemon/log_queue.h"
#include "daemon/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct lines {
    char *text; /* whole lines, each with its line feed and no other */
    size_t len;
};

struct log_queue {
    int fd;
    bool is_json;
    size_t capacity; /* of waiting.text; writing.text has room for one line more */
    pthread_t thread;
    pthread_mutex_t lock; /* protects the members below, except `writing`, which is the thread's */
    pthread_cond_t changed;
    struct lines waiting;
    struct lines writing;
    uint64_t dropped;
    uint64_t told; /* how many of these the log has told of */
    bool is_closing;
    bool is_done;      /* everything is written, and the thread ends */
    bool is_abandoned; /* the thread is stuck; it frees the queue if it ever goes on */
};

/* ---- the thread ---- */

/* One write() per line, so that lines of several processes do not mix. 0, or KSSE_ESYSTEM when the
 * descriptor takes nothing any more: it is closed, or the disk is full. */
static int write_line(struct log_queue *q, const char *line, size_t len)
{
    while (len > 0) {
        ssize_t taken = write(q->fd, line, len);
        if (taken < 0 && errno == EAGAIN) {
            /* Another process that shares the descriptor made it non-blocking. */
            struct pollfd watched = {q->fd, POLLOUT, 0};
            poll(&watched, 1, -1);
        } else if (taken < 0 && errno != EINTR) {
            return KSSE_ESYSTEM;
        }
        line += taken > 0 ? taken : 0;
        len -= taken > 0 ? (size_t)taken : 0;
    }
    return 0;
}

static bool is_abandoned(struct log_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool is_so = q->is_abandoned;
    pthread_mutex_unlock(&q->lock);
    return is_so;
}

/* Returns how many lines were lost. */
static uint64_t write_all(struct log_queue *q)
{
    uint64_t lost = 0;
    size_t at = 0;
    while (at < q->writing.len && !is_abandoned(q)) {
        const char *line = q->writing.text + at;
        const char *end = memchr(line, '\n', q->writing.len - at);
        size_t len = (size_t)(end - line) + 1;
        lost += write_line(q, line, len) < 0 ? 1 : 0;
        at += len;
    }
    return lost;
}

/* Appends a line that says how many lines were dropped after those that are being written. */
static void append_dropped(struct log_queue *q, uint64_t count)
{
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)count);
    const struct ksse_log_field fields[] = {{"lines", number}};
    struct log_line line = {
        .level = KSSE_LOG_WARNING,
        .event = "log-dropped",
        .message = "Lines of the log were dropped: standard error did not take them.",
        .fields = fields,
        .field_count = 1,
    };
    clock_gettime(CLOCK_REALTIME, &line.time);
    q->writing.len += log_format_line(&line, q->is_json, q->writing.text + q->writing.len);
}

/* Under the lock. */
static void take_waiting(struct log_queue *q)
{
    struct lines taken = q->waiting;
    q->waiting = q->writing;
    q->waiting.len = 0;
    q->writing = taken;
    if (q->dropped > q->told) {
        append_dropped(q, q->dropped - q->told);
        q->told = q->dropped;
    }
}

static void dispose(struct log_queue *q)
{
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->waiting.text);
    free(q->writing.text);
    free(q);
}

static void *write_lines(void *opaque)
{
    struct log_queue *q = opaque;
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (q->waiting.len == 0 && !q->is_closing) {
            pthread_cond_wait(&q->changed, &q->lock);
        }
        if (q->waiting.len == 0 || q->is_abandoned) {
            break;
        }
        take_waiting(q);
        pthread_mutex_unlock(&q->lock);
        uint64_t lost = write_all(q);
        pthread_mutex_lock(&q->lock);
        q->dropped += lost;
    }
    q->is_done = true;
    bool is_mine = q->is_abandoned;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    if (is_mine) {
        dispose(q);
    }
    return NULL;
}

/* ---- callers ---- */

/* With all signals blocked: they are for the thread that runs the server. */
static int start_thread(struct log_queue *q)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&q->thread, NULL, write_lines, q);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? 0 : KSSE_ESYSTEM;
}

struct log_queue *log_queue_new(const struct log_queue_options *options)
{
    struct log_queue *q = calloc(1, sizeof(*q));
    if (q == NULL) {
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&q->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&q->lock, NULL);
    q->fd = options->fd;
    q->is_json = options->is_json;
    q->capacity = options->bytes;
    q->waiting.text = malloc(options->bytes + LOG_LINE_MAX);
    q->writing.text = malloc(options->bytes + LOG_LINE_MAX);
    if (q->waiting.text == NULL || q->writing.text == NULL || start_thread(q) < 0) {
        dispose(q);
        return NULL;
    }
    return q;
}

void log_queue_line(void *opaque, enum ksse_log_level level, const char *event, const char *message,
                    const struct ksse_log_field *fields, size_t field_count)
{
    struct log_queue *q = opaque;
    struct log_line line = {
        .level = level,
        .event = event,
        .message = message,
        .fields = fields,
        .field_count = field_count,
    };
    char text[LOG_LINE_MAX];
    clock_gettime(CLOCK_REALTIME, &line.time);
    size_t len = log_format_line(&line, q->is_json, text);
    pthread_mutex_lock(&q->lock);
    if (len > q->capacity - q->waiting.len) {
        q->dropped++;
    } else {
        memcpy(q->waiting.text + q->waiting.len, text, len);
        q->waiting.len += len;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
}

uint64_t log_queue_dropped(void *opaque)
{
    struct log_queue *q = opaque;
    pthread_mutex_lock(&q->lock);
    uint64_t dropped = q->dropped;
    pthread_mutex_unlock(&q->lock);
    return dropped;
}

void log_queue_free(struct log_queue *q, int flush_ms)
{
    if (q == NULL) {
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += flush_ms / 1000;
    until.tv_nsec += flush_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&q->lock);
    q->is_closing = true;
    pthread_cond_broadcast(&q->changed);
    int rc = 0;
    while (!q->is_done && rc == 0) {
        rc = pthread_cond_timedwait(&q->changed, &q->lock, &until);
    }
    pthread_t thread = q->thread;
    bool is_stuck = !q->is_done;
    q->is_abandoned = is_stuck;
    pthread_mutex_unlock(&q->lock);
    if (is_stuck) {
        pthread_detach(thread); /* it ends with the process */
        return;
    }
    pthread_join(thread, NULL);
    dispose(q);
}
