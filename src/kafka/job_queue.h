/*
 * A thread for librdkafka calls that block for a while: stopping a partition (50 us on an idle
 * machine, milliseconds on a busy one), making and destroying handles. Jobs run one after
 * another, in the order in which they were added.
 *
 * No allocation: a job is a member of what it is about.
 */
#ifndef KAFKA_JOB_QUEUE_H
#define KAFKA_JOB_QUEUE_H

#include "api/error.h"
#include "base/assert.h"
#include "base/list.h"

struct job {
    struct list node;
    void (*run)(struct job *job);  /* on the jobs' thread */
    void (*done)(struct job *job); /* on the worker's, within job_queue_deliver() */
};

struct job_queue;

/* Makes a new one with its thread, which has that name. `event_fd` (base/eventfd.h, borrowed) is
 * signalled when there is something to deliver. KSSE_ENOMEM; KSSE_ESYSTEM: no thread. */
CHECKED int job_queue_new(const char *name, int event_fd, struct job_queue **out);

/* The job is borrowed until its done() is called. Worker's thread. */
void job_queue_add(struct job_queue *jobs, struct job *job);

/* Calls done() of what has run. Worker's thread. */
void job_queue_deliver(struct job_queue *jobs);

/* Runs all that was added, ends the thread, calls done() of the rest. NULL is fine. */
void job_queue_free(struct job_queue *jobs);

#endif
