/* An exchange as a stream: from a request to the feed, and back when it ends. On the worker's
 * thread. */
#ifndef SERVE_REQUEST_STREAM_H
#define SERVE_REQUEST_STREAM_H

#include "serve/request/exchange.h"

/* Starts the stream of a request on a route, or refuses it. */
void stream_open(struct exchange *x, const struct http_request *request,
                 const struct route_target *target);

/* Tries again what waited for metadata. */
void stream_resume(struct exchange *x);

/* Time for a stream that is pending or waits for Kafka. */
void stream_tick(struct exchange *x);

/* Sends something to a client that may have left, unless there is something to be sent anyway. Fine
 * for every exchange that is no stream. */
void stream_probe(struct exchange *x);

/* Ends a stream, wherever it stands, on a whole frame and with a `retry:`. */
void stream_end(struct exchange *x);

/* What the feed calls when a stream ends: for the sinks' client_ops. */
void stream_on_end(struct client *client, const struct stream_end *end, const struct buf *rest);

#endif
