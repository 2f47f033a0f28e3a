/*
 * What the files of the public server share: server.c its life, serve_fd.c and stream_open.c
 * requests that the program brings.
 */
#ifndef SERVE_API_SERVER_H
#define SERVE_API_SERVER_H

#include "serve/worker/worker.h"

#include <pthread.h>
#include <stdatomic.h>

struct member {
    struct worker *worker; /* NULL: not made */
    pthread_t thread;      /* of all but the first, while the server runs */
};

struct ksse_server {
    pthread_mutex_t lock;             /* of the snapshot */
    struct config_snapshot *snapshot; /* for requests to come */
    struct mock_cluster *demo;        /* NULL: a real cluster */
    struct worker_group group;
    struct member *members; /* worker group.count of them; NULL: there is no worker group yet */
    int port;
    atomic_uint handoffs; /* so far: the workers get them in turn */
};

/* The snapshot for a request, with a reference for the caller. Any thread. */
struct config_snapshot *server_snapshot(struct ksse_server *server);

/*
 * Lets requests that come from now on, or soon, be read with another snapshot, to which the server
 * and its workers refer from then on: see worker_offer(). KSSE_EVALUE. Any thread.
 */
CHECKED int server_offer(struct ksse_server *server, struct config_snapshot *snapshot);

#endif
