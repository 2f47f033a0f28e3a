/*
 * A queue of two classes: those that are urgent go before the others, each class in its order. Who
 * is urgent must not stay so for long. One thread.
 */
#ifndef FEED_QUEUE_H
#define FEED_QUEUE_H

#include "base/list.h"

struct queue {
    struct list first;
    struct list others;
};

static inline void queue_init(struct queue *q)
{
    list_init(&q->first);
    list_init(&q->others);
}

static inline bool queue_is_empty(const struct queue *q)
{
    return list_is_empty(&q->first) && list_is_empty(&q->others);
}

/* Takes the node out of whatever list it is in and puts it at the end of its class. */
static inline void queue_put(struct queue *q, struct list *node, bool is_urgent)
{
    list_move_back(is_urgent ? &q->first : &q->others, node);
}

/* The one whose turn it is. The queue must not be empty. */
static inline struct list *queue_next(const struct queue *q)
{
    return list_is_empty(&q->first) ? q->others.next : q->first.next;
}

#endif
