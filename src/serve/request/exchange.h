/*
 * An exchange: one request, on a connection or brought by the program, and what becomes of it. On
 * the worker's thread.
 *
 * Files: exchange.c its life, request.c where a request goes, cors.c who may read, reply.c whole
 * answers, stream.c streams, endpoints.c what is under /-/, pull.c answers that the program pulls.
 */
#ifndef SERVE_REQUEST_EXCHANGE_H
#define SERVE_REQUEST_EXCHANGE_H

#include "feed/channel/client.h"
#include "http/request.h"
#include "http/response.h"
#include "net/conn.h"
#include "serve/request/exchanges.h"

struct stream_request;
struct exchange;

/* Where the answer goes: a connection (exchange.c), or a stream that the program pulls (pull.c). */
struct sink {
    /* Begins the answer with its head and `body`, all of it or a part. False without memory. */
    bool (*begin)(struct exchange *x, const struct http_response *head, struct slice body);
    /* Adds to it, whatever room there is. False without memory. */
    bool (*write)(struct exchange *x, struct slice data);
    /* The same for what stays where it is as long as somebody refers to `lender`, or for ever if
     * that is NULL. Nothing is written behind it. */
    bool (*lend)(struct exchange *x, struct slice data, struct shared *lender);
    /* Nothing follows. */
    void (*finish)(struct exchange *x);
    /* Breaks it off: the exchange is with the dead when this returns. */
    void (*close)(struct exchange *x);
    const struct client_ops *client_ops; /* what the feed calls */
};

struct exchange {
    struct list node; /* one of the exchanges' lists */
    struct exchanges *exchanges;
    const struct sink *sink;
    struct conn *conn;        /* NULL once closed, or without one */
    struct ksse_stream *pull; /* the same */
    struct client client;
    struct view view;
    struct peer_key peer;
    struct idle_entry idle;
    bool has_entered;               /* counted by admission */
    size_t scanned;                 /* the request parser's note */
    size_t head_bytes;              /* its part of the exchanges' */
    int64_t since_ms;               /* connected; pending or held, or its last heartbeat */
    struct stream_request *request; /* pending and held only */
    char *origin;                   /* of pages that may read it, until the head is sent; or NULL */
};

/* For the listener: a new connection. Takes the descriptor over. `opaque`: the exchanges. */
void exchange_accept(void *opaque, int fd, const struct sockaddr_storage *peer);

/* Time-outs of requests that are not complete. */
void exchange_tick_heads(struct exchanges *xs, int64_t now_ms);

/* Returns a new exchange, which is in none of the lists, and not counted. NULL without memory. */
CHECKED struct exchange *exchange_new(struct exchanges *xs, const struct sink *sink);

/* Its sink has ended. */
void exchange_gone(struct exchange *x);

static inline struct exchange *exchange_of(struct client *client)
{
    return CONTAINER_OF(client, struct exchange, client);
}

/* Goes to the list `to`; the time starts anew. */
void exchange_move(struct exchange *x, struct list *to);

/* The last bytes were written: closes once they have gone. */
void exchange_finish(struct exchange *x);

/* Takes note of the request's field Origin (empty without it), for whatever will be answered. False
 * without memory. */
CHECKED bool exchange_note_origin(struct exchange *x, struct slice origin);
void exchange_forget_origin(struct exchange *x);

/* What the answer's head says of it. */
struct http_cors exchange_cors(const struct exchange *x);

/* Routes a well-formed request and answers it. */
void exchange_on_request(struct exchange *x, const struct http_request *request);

struct reply {
    int status;
    const char *content_type;
    const char *cache_control; /* NULL: no-cache */
    const char *extra;         /* more head lines, each with CRLF */
    struct slice body;
    bool is_head;          /* the head only */
    bool is_lent;          /* the body stays where it is as long as the lender, or for ever */
    struct shared *lender; /* NULL: for ever */
};

/* Sends a whole answer and finishes. */
void reply_send(struct exchange *x, const struct reply *reply);

/* Sends a refusal as KafkaSSE's JSON error object. */
void reply_refusal(struct exchange *x, const struct refusal *refusal, bool is_head);

/* Answers a request that could not be parsed. */
void reply_malformed(struct exchange *x, enum http_parse outcome);

/* Starts the stream of a request on a route, or refuses it. */
void stream_open(struct exchange *x, const struct http_request *request,
                 const struct route_target *target);

/* Tries again what waited for metadata. */
void stream_resume(struct exchange *x);

/* Time for a pending or held stream. */
void stream_tick(struct exchange *x);

/* Sends something to a client that may have left, unless there is something to be sent anyway. */
void stream_probe(struct exchange *x);

/* Ends a stream, wherever it stands, on a whole frame and with a `retry:`. */
void stream_end(struct exchange *x);

/* What the feed calls when a stream ends: for the sinks' client_ops. */
void stream_on_end(struct client *client, const struct stream_end *end, const struct buf *rest);

/* True when the path, as it was sent, is one of the server's own, and then it was answered. */
bool endpoint_serve(struct exchange *x, struct slice path, bool is_head);

#endif
