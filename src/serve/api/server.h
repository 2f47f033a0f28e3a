/*
 * What the files of the public server share: server.c its life, serve_fd.c and pull.c requests that
 * the program brings.
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
    struct config_snapshot *snapshot;
    struct mock_cluster *demo; /* NULL: a real cluster */
    struct worker_group group;
    struct member *members; /* worker group.count of them; NULL: there is no worker group yet */
    int port;
    atomic_uint handoffs; /* so far: the workers get them in turn */
};

#endif
