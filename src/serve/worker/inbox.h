/*
 * A worker's inbox: connections with their requests, which other threads have handed over and the
 * worker has not looked at yet. Knows no exchanges.
 */
#ifndef SERVE_WORKER_INBOX_H
#define SERVE_WORKER_INBOX_H

#include "base/list.h"
#include "net/peer.h"
#include "serve/request/given_request.h"

#include <pthread.h>

struct handoff {
    struct list node;
    int fd;
    struct peer peer;
    struct given_request request;
};

struct inbox {
    pthread_mutex_t lock; /* of what follows */
    struct list handoffs;
    bool is_closed;
};

void inbox_init(struct inbox *inbox);

/* Closes the descriptors that are left. Not while anybody uses it. */
void inbox_fini(struct inbox *inbox);

/* Takes the handoff over. KSSE_ESYSTEM when the inbox is closed: it stays the caller's. Any thread.
 */
CHECKED int inbox_put(struct inbox *inbox, struct handoff *handoff);

/* Moves all handoffs to the end of `out`; from then on they are the caller's. Any thread. */
void inbox_take(struct inbox *inbox, struct list *out);

/* The last inbox_take(): nothing more gets in. */
void inbox_close(struct inbox *inbox, struct list *out);

/* Frees the handoff, but leaves its descriptor alone. */
void handoff_free(struct handoff *handoff);

#endif
