/*
 * An exchange: one connection, its one request, and what becomes of it. On the worker's thread.
 *
 * Files: exchange.c its life, request.c where a request goes, reply.c whole answers, stream.c
 * streams, endpoints.c what is under /-/.
 */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include "feed/client.h"
#include "http/request.h"
#include "net/conn.h"
#include "serve/worker.h"

struct stream_request;

struct exchange {
    struct list node; /* one of the worker's lists */
    struct worker *worker;
    struct conn *conn;
    struct client client;
    struct view view;
    struct peer_key peer;
    bool has_entered;               /* counted by admission */
    size_t scanned;                 /* the request parser's note */
    size_t head_bytes;              /* its part of the worker's */
    int64_t since_ms;               /* connected; pending or held, or its last heartbeat */
    struct stream_request *request; /* pending and held only */
};

/* For the listener: a new connection. Takes the descriptor over. */
void exchange_accept(void *worker, int fd, const struct sockaddr_storage *peer);

/*
 * A connection whose request was read elsewhere: answers it. Takes the descriptor over, not the
 * request.
 */
void exchange_serve(struct worker *w, int fd, const struct sockaddr_storage *peer,
                    const struct given_request *request);

/* Time-outs and heartbeats of all that are not the feed's. */
void exchanges_tick(struct worker *w);

/* Metadata has come: what waited for it goes on. */
void exchanges_on_metadata(struct worker *w);

/* Ends every exchange, streams on a whole frame and with a `retry:`. */
void exchanges_drain(struct worker *w);

/* Closes all connections at once. */
void exchanges_close(struct worker *w);

/* Frees the dead. */
void exchanges_reap(struct worker *w);

/* ---- between the files of an exchange ---- */

/* Goes to the worker's list `to`; the time starts anew. */
void exchange_move(struct exchange *x, struct list *to);

/* The last bytes were written: closes once they have gone. */
void exchange_finish(struct exchange *x);

/* Routes a well-formed request and answers it. */
void exchange_on_request(struct exchange *x, const struct http_request *request);

struct reply {
    int status;
    const char *content_type;
    const char *cache_control; /* NULL: no-cache */
    const char *extra;         /* more head lines, each with CRLF */
    struct slice body;
    bool is_head; /* the head only */
};

/* Sends a whole answer and finishes. */
void reply_send(struct exchange *x, const struct reply *reply);

/* Sends a refusal as KafkaSSE's JSON error object. */
void reply_refusal(struct exchange *x, const struct refusal *refusal, bool is_head);

/* Answers a request that could not be parsed. */
void reply_malformed(struct exchange *x, enum http_parse outcome);

/* Starts the stream of a request on a route, or refuses it. `topics` is decoded, and empty for a
 * route without {topics}. */
void stream_open(struct exchange *x, const struct http_request *request,
                 const struct route_config *route, struct slice topics);

/* Tries again what waited for metadata. */
void stream_resume(struct exchange *x);

/* Time for a pending or held stream. */
void stream_tick(struct exchange *x);

/* Ends a stream, wherever it stands, on a whole frame and with a `retry:`. */
void stream_end(struct exchange *x);

/* What the feed calls. */
extern const struct client_ops stream_client_ops;

/* True when the path is one of the server's own, and then it was answered. */
bool endpoint_serve(struct exchange *x, struct slice path, bool is_head);

/* Appends the metrics of all workers in Prometheus' text format, version 0.0.4. */
void metrics_append(struct worker *w, struct buf *out);

#endif
