/*
 * A thread for librdkafka calls that block for a while: stopping a partition (50 us on an idle
 * machine, milliseconds on a busy one), making and destroying handles. Chores run one after
 * another, in the order in which they were added.
 *
 * No allocation: a chore is a member of what it is about.
 */
#ifndef KAFKA_CHORES_H
#define KAFKA_CHORES_H

#include "base/assert.h"
#include "base/list.h"

struct chore {
    struct list node;
    void (*run)(struct chore *chore);  /* on the chores' thread */
    void (*done)(struct chore *chore); /* on the worker's, within chores_deliver() */
};

struct chores;

/* Returns a new one with its thread, or NULL. `event_fd` (an eventfd, borrowed) is written to when
 * there is something to deliver. */
CHECKED struct chores *chores_new(int event_fd);

/* The chore is borrowed until its done() is called. Worker's thread. */
void chores_add(struct chores *chores, struct chore *chore);

/* Calls done() of what has run. Worker's thread. */
void chores_deliver(struct chores *chores);

/* Runs all that was added, ends the thread, calls done() of the rest. NULL is fine. */
void chores_free(struct chores *chores);

#endif
