/*
 * What is known of the cluster: whether Kafka can be reached and has told its topics. The worker
 * writes it, exchanges only read it. On the worker's thread.
 */
#ifndef SERVE_REQUEST_CLUSTER_STATE_H
#define SERVE_REQUEST_CLUSTER_STATE_H

#include <stdbool.h>

struct cluster_state {
    bool has_metadata; /* the topics were told at least once */
    bool is_up;
    char down_reason[256]; /* a sentence, when it is not up */
};

#endif
