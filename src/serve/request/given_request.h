/*
 * A given request: one that the program around the library has read itself, checked and copied, in
 * the form that a request on a connection has. Knows no sockets. Any thread.
 */
#ifndef SERVE_REQUEST_GIVEN_REQUEST_H
#define SERVE_REQUEST_GIVEN_REQUEST_H

#include "base/buf.h"
#include "http/request.h"
#include "serve/config/config_snapshot.h"

struct given_request {
    struct route_target target; /* with a reference to the snapshot */
    struct http_request http;   /* its target is what a client would have asked this server for */
    struct buf text;            /* what all these point into */
};

/*
 * Copies *from, and refers to the snapshot, whose routes there are. KSSE_EUNKNOWN: no such route.
 * KSSE_EVALUE: something in it could not have come in a request, or it has topics and the route
 * takes none, or the other way round. KSSE_ENOMEM. *out is untouched then.
 */
CHECKED int given_request_init(struct given_request *out, struct config_snapshot *snapshot,
                               const struct ksse_stream_request *from, struct ksse_error *error);
void given_request_fini(struct given_request *given);

#endif
