/*
 * What the files of the public server share: server.c its life, serve_fd.c and pull.c requests that
 * the program brings.
 */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "serve/worker.h"

#include <pthread.h>
#include <stdatomic.h>

struct member {
    struct worker *worker; /* NULL: not made */
    pthread_t thread;      /* of all but the first, while the server runs */
};

struct ksse_server {
    struct ksse_config *config;
    struct mock_cluster *demo; /* NULL: a real cluster */
    struct crew crew;
    struct member *members; /* crew.count of them; NULL: there is no crew yet */
    int port;
    atomic_uint deliveries; /* so far: the workers get them in turn */
};

#endif
