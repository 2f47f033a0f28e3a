/*
 * An exchange: one request and its answer. What speaks a protocol embeds it (h1.h), or a stream
 * that the program pulls (pull.h). It knows where its answer goes, who asks, and what all exchanges
 * of its worker share, but no connection. On the worker's thread.
 *
 * Files: exchange.c its life, cors.c who may read, reply.c whole answers, stream.c streams,
 * endpoints.c what is under /-/, request.c where a request goes.
 */
#ifndef SERVE_REQUEST_EXCHANGE_H
#define SERVE_REQUEST_EXCHANGE_H

#include "feed/channel/client.h"
#include "http/response.h"
#include "net/peer.h"
#include "serve/request/exchanges.h"

struct stream_request;
struct shared;
struct exchange;

/*
 * Where an answer goes. In order: begin() once, then what makes the body, then finish(). Instead of
 * anything, abort().
 */
struct sink {
    /* Begins the answer with its head and `body`, all of it or a part. False without memory. */
    bool (*begin)(struct exchange *x, const struct http_response *head, struct slice body);
    /* Adds to it, whatever room there is. False without memory. */
    bool (*write)(struct exchange *x, struct slice data);
    /* The same for what stays where it is as long as somebody refers to `lender`, or for ever if
     * that is NULL. Nothing is written behind it. */
    bool (*lend)(struct exchange *x, struct slice data, struct shared *lender);
    /* Nothing follows. Calls exchange_end() once all is sent, perhaps before it returns. */
    void (*finish)(struct exchange *x);
    /* Breaks it off: has called exchange_end() when this returns. */
    void (*abort)(struct exchange *x);
    /* What the feed calls: send() adds to the body as much as there is room for, want_writable()
     * asks for client_on_writable(), on_end() is stream_on_end(). */
    struct client_ops client_ops;
};

struct exchange {
    struct list node; /* one of the exchanges' lists, by its state */
    struct exchanges *exchanges;
    const struct sink *sink;
    const struct peer *peer; /* who asks; it outlives the exchange */
    struct client client;
    struct view view;
    uint8_t state;    /* enum exchange_state */
    bool has_entered; /* counted by admission */
    bool is_lent;     /* an answer of answer.h: to be cut when there is too much of them */
    int64_t since_ms; /* of the state, or its last heartbeat */
    struct stream_request *request; /* pending and waiting for Kafka only */
    char *origin;                   /* of pages that may read it, until the head is sent; or NULL */
};

/* Makes *x, which is in EXCHANGE_NONE or uninitialised, a new exchange. */
void exchange_init(struct exchange *x, struct exchanges *xs, const struct sink *sink,
                   const struct peer *peer);

/* Its sink is done with it, or is no more: it is in EXCHANGE_NONE then. */
void exchange_end(struct exchange *x);

static inline struct exchange *exchange_of(struct client *client)
{
    return CONTAINER_OF(client, struct exchange, client);
}

/* What it waits for from now on. Its time starts anew. */
void exchange_move(struct exchange *x, enum exchange_state state);

/* The last bytes were written. */
void exchange_finish(struct exchange *x);

/* Takes note of the request's field Origin (empty without it), for whatever will be answered. False
 * without memory: an origin that is not noted is a page that would give up for good, so breaking
 * off is better. */
CHECKED bool exchange_note_origin(struct exchange *x, struct slice origin);
void exchange_forget_origin(struct exchange *x);

/* What the answer's head says of it. */
struct http_cors exchange_cors(const struct exchange *x);

/* Counts, routes and answers a well-formed request. Nothing of it is kept. */
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

/* Answers a request with OPTIONS, preflight or not. */
void reply_preflight(struct exchange *x, const struct http_request *request);

/* True when the path, as it was sent, is one of the server's own, and then it was answered. */
bool endpoint_serve(struct exchange *x, struct slice path, bool is_head);

#endif
