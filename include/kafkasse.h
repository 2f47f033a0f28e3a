/*
 * libkafkasse: Kafka topics as Server-Sent Events.
 *
 * This header is the contract. A program makes a configuration, makes a server from it, and runs
 * the server on a thread of its choice (with the setting `workers` above 1, on further threads,
 * too):
 *
 *     struct ksse_config *config = ksse_config_new();
 *     ksse_config_set(config, "brokers", "localhost:9092", &error);
 *     struct ksse_server *server;
 *     if (ksse_server_new(config, &server, &error) == 0) {
 *         ksse_server_run(server);          // until ksse_server_stop()
 *         ksse_server_free(server);
 *     }
 *     ksse_config_free(config);
 *
 * The library installs no signal handlers, never calls exit(), and writes nothing except through
 * the log callback. One exception: an assertion that fails, which is a bug of the library, prints a
 * line on standard error and calls abort(). A process may have several servers.
 *
 * Text arguments are zero-terminated and are copied, unless a comment says otherwise.
 */
#ifndef KAFKASSE_H
#define KAFKASSE_H

#include <kafkasse/callback.h>
#include <kafkasse/error.h>
#include <kafkasse/log.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- configuration ----
 *
 * All values are text, as on the command line; the reference page (docs/reference.md) lists names,
 * defaults and ranges. A configuration belongs to the caller. It is not thread-safe. Servers copy
 * it: a later change does not reach a server that was made before.
 */
struct ksse_config;

/* Returns a new configuration with all defaults, or NULL when out of memory. */
KSSE_API struct ksse_config *ksse_config_new(void);

/* NULL is fine. */
KSSE_API void ksse_config_free(struct ksse_config *config);

/* Sets a global setting. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM. */
KSSE_API KSSE_CHECKED int ksse_config_set(struct ksse_config *config, const char *name,
                                          const char *value, struct ksse_error *error);

/*
 * Returns the value of a global setting as a new text, in the notation that ksse_config_set()
 * takes, to be released with ksse_text_free(). NULL when no setting has that name, or when out of
 * memory.
 */
KSSE_API char *ksse_config_get(const struct ksse_config *config, const char *name);

/*
 * Sets a librdkafka property for all Kafka handles of the server. KSSE_EREFUSED for properties that
 * the design depends on (group.id, enable.partition.eof, ...), KSSE_EKAFKA for unknown properties
 * and bad values, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_set_kafka(struct ksse_config *config, const char *property,
                                                const char *value, struct ksse_error *error);

/*
 * Sets an option of the route with this URL template ("/v2/stream/{topics}"). Adds the route if it
 * does not exist yet; with `name` NULL, does only that. The first route that is added replaces the
 * two default routes. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_set_route(struct ksse_config *config, const char *path,
                                                const char *name, const char *value,
                                                struct ksse_error *error);

/*
 * Adds or replaces an alias: in a URL, `name` stands for the topics of the comma list.
 * KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_set_alias(struct ksse_config *config, const char *name,
                                                const char *topics, struct ksse_error *error);

/*
 * Checks what a single setting cannot show: that there is a broker list or the demo, that the
 * routes make sense together, and that librdkafka takes the properties together. Loads and opens
 * the plug-ins, and closes them again. KSSE_EVALUE, KSSE_EKAFKA, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_check(const struct ksse_config *config,
                                            struct ksse_error *error);

/*
 * Returns a new text, to be released with ksse_text_free(), that says in several lines what a
 * server with this configuration will serve. NULL when out of memory.
 */
KSSE_API char *ksse_config_describe(const struct ksse_config *config);

/* Releases a text that the library returned as new. NULL is fine. */
KSSE_API void ksse_text_free(char *text);

/* A row of the table of settings. All strings are static. */
struct ksse_setting {
    const char *name;       /* "client-linger" in files; --client-linger; KAFKASSE_CLIENT_LINGER */
    char letter;            /* short option, or 0 */
    const char *value_name; /* "ADDR:PORT"; NULL for a switch */
    const char *default_value;
    const char *range;    /* "1..65535", "latest | earliest"; "" for free text */
    const char *section;  /* the heading to list it under, such as "Kafka" or "Limits" */
    const char *help;     /* a sentence or two */
    bool is_route_option; /* may also be set for a route, where it replaces the global value */
    bool is_list;         /* a comma list, which several options or lines may add up to */
};

/* Row `index` of the table, or NULL after the last one. Any thread. */
KSSE_API const struct ksse_setting *ksse_setting_at(size_t index);

/* Sets the log callback. Without one, nothing is logged. Lines less important than `level` are not
 * made. `opaque` must outlive the servers of this configuration. */
KSSE_API void ksse_config_set_log(struct ksse_config *config, enum ksse_log_level level,
                                  ksse_log_fn log, void *opaque);

/* For a log callback that drops lines rather than wait: /-/metrics shows how many. */
KSSE_API void ksse_config_set_log_dropped(struct ksse_config *config, ksse_log_dropped_fn dropped,
                                          void *opaque);

/*
 * Adds a callback (see kafkasse/callback.h) that the settings `deserializer = callback:NAME` and
 * `filter = callback:NAME` refer to, globally or for a route. Replaces a callback of the same name.
 * `opaque` must outlive the servers of this configuration. KSSE_EVALUE when the name is not
 * [A-Za-z0-9_-]+ or the function is NULL, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_add_deserializer(struct ksse_config *config, const char *name,
                                                       ksse_deserialize_fn deserialize,
                                                       void *opaque, struct ksse_error *error);
KSSE_API KSSE_CHECKED int ksse_config_add_filter(struct ksse_config *config, const char *name,
                                                 ksse_filter_fn filter, void *opaque,
                                                 struct ksse_error *error);

/* ---- who may read what ---- */

/* A request for a stream. It exists while the authorize callback runs. */
struct ksse_request;

/*
 * Decides on a request for a stream (GET or HEAD). Called once per request, before the client
 * learns anything about the topics, on the thread and under the rules of kafkasse/callback.h.
 *
 * Returns 0 to allow the request, or an HTTP status of 400 to 599 to deny it with; any other value
 * denies it with 500. An EventSource does not reconnect after one of these. Preflights (OPTIONS),
 * malformed requests and URLs under /-/ are answered without a call.
 */
typedef int (*ksse_authorize_fn)(void *opaque, struct ksse_request *request);

/* NULL, the default: all requests are allowed. `opaque` must outlive the servers. */
KSSE_API void ksse_config_set_authorize(struct ksse_config *config, ksse_authorize_fn authorize,
                                        void *opaque);

/*
 * The following functions are for the callback only. Texts that they return live until it returns.
 *
 * If memory runs out for one of these texts, or if ksse_request_narrow() or
 * ksse_request_add_filter() fails, the request is denied even when the callback returns 0: with
 * 500 then, else with the status that it returned.
 */

/* The path of the request's route, such as "/{topics}". */
KSSE_API const char *ksse_request_route(const struct ksse_request *request);

/* The path and query of the URL as the client sent them, still encoded; "" when there is none. */
KSSE_API const char *ksse_request_target(const struct ksse_request *request);

/* The value of the first header field of that name (ASCII case ignored), or NULL. */
KSSE_API const char *ksse_request_field(const struct ksse_request *request, const char *name);

/* The value of the first query parameter of that name, decoded. NULL when there is none, or when it
 * is badly encoded. */
KSSE_API const char *ksse_request_query(const struct ksse_request *request, const char *name);

/* The client's address as text, without the port; "" when it is not known. */
KSSE_API const char *ksse_request_peer(const struct ksse_request *request);

/* Topic `index` of the requested topics, or NULL after the last one. Aliases are replaced by their
 * topics; the order means nothing. */
KSSE_API const char *ksse_request_topic(const struct ksse_request *request, size_t index);

/*
 * Restricts the request to topics that match the comma list of names and ^regular expressions (as
 * in the setting `topics`), in addition to the restrictions of its route. An empty list allows no
 * topic. Other topics are answered as if they did not exist. Several calls add up: a topic must
 * match all lists. KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_request_narrow(struct ksse_request *request, const char *topics);

/*
 * Adds a filter expression (see docs/filters.md). The stream shows a record only when all filters
 * keep it. The expression may use members that the route redacts, but _kafka.headers only if the
 * route has `headers = yes`. KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_request_add_filter(struct ksse_request *request,
                                                  const char *expression);

/* Sets the sentence that a denied client gets, cut off after 250 bytes. */
KSSE_API void ksse_request_explain(struct ksse_request *request, const char *sentence);

/* ---- what Kafka says ---- */

enum ksse_kafka_event_kind {
    KSSE_KAFKA_ERROR,      /* librdkafka reports an error; it retries by itself */
    KSSE_KAFKA_STATISTICS, /* librdkafka's statistics; needs the property statistics.interval.ms */
    KSSE_KAFKA_THROTTLE    /* a broker delayed an answer by `throttle_ms` */
};

struct ksse_kafka_event {
    enum ksse_kafka_event_kind kind;
    const char *handle; /* "tail", "replay" or "lookup" */
    int error;          /* ERROR: an rd_kafka_resp_err_t; else 0 */
    const char *text;   /* ERROR: a sentence; STATISTICS: JSON; THROTTLE: the broker's name */
    int throttle_ms;
};

/*
 * Takes an event, which lives until the callback returns. Called on any thread of the library, and
 * on several at once. It must not block for long, and must not call into the server.
 */
typedef void (*ksse_kafka_event_fn)(void *opaque, const struct ksse_kafka_event *event);

/* NULL, the default: nothing is called. `opaque` must outlive the servers. */
KSSE_API void ksse_config_set_kafka_events(struct ksse_config *config, ksse_kafka_event_fn on_event,
                                           void *opaque);

/* ---- server ---- */
struct ksse_server;

/*
 * Makes a server: checks and copies the configuration, makes the Kafka handles, and listens. Kafka
 * need not be reachable. The server in *out belongs to the caller, who frees it with
 * ksse_server_free(). KSSE_EVALUE, KSSE_EKAFKA, KSSE_ELISTEN, KSSE_ENOMEM, KSSE_ESYSTEM.
 */
KSSE_API KSSE_CHECKED int ksse_server_new(const struct ksse_config *config,
                                          struct ksse_server **out, struct ksse_error *error);

/* The port that the server listens on: the one that the system chose if the configuration has port
 * 0. 0 when it does not listen. Any thread. */
KSSE_API int ksse_server_port(const struct ksse_server *server);

/*
 * Serves on the calling thread until ksse_server_stop(), then drains: every stream ends after a
 * whole event, with a `retry:`, within the setting `drain-timeout`. With `workers` above 1 it
 * starts further threads, with all signals blocked, and joins them before it returns. May be called
 * once per server. KSSE_ESYSTEM when a thread could not be started; the log says why.
 */
KSSE_API KSSE_CHECKED int ksse_server_run(struct ksse_server *server);

/* Asks the server to drain; a second call ends it at once. Any thread, also a signal handler. */
KSSE_API void ksse_server_stop(struct ksse_server *server);

/* Frees a server that is not running. Its pulled streams must be closed before. NULL is fine. */
KSSE_API void ksse_server_free(struct ksse_server *server);

/* ---- a server within your loop ----
 *
 * Instead of ksse_server_run(), and with one worker only: watch one descriptor, and call
 * ksse_server_turn() when it is readable or the timeout is over. Always on the same thread. With
 * the setting `listen = off` the server has no socket of its own.
 */

/* A descriptor for poll() or epoll, level-triggered, that is readable when there is work. It
 * belongs to the server. -1 with more than one worker. */
KSSE_API int ksse_server_fd(const struct ksse_server *server);

/* How long to wait at most, in ms; 0 when there is work already. Ask before each wait. */
KSSE_API int ksse_server_timeout_ms(const struct ksse_server *server);

/*
 * Does the work that is there, without waiting for more. True while the server runs; false once it
 * has drained after ksse_server_stop(), and always with more than one worker.
 */
KSSE_API bool ksse_server_turn(struct ksse_server *server);

/* ---- requests that came to you ----
 *
 * For a request that your own HTTP server has read, as kafkaSse(req, res, topics, options) is in
 * KafkaSSE. The options are those of a route of the configuration.
 */

struct ksse_field {
    const char *name;
    const char *value;
};

struct ksse_stream_request {
    const char *topics; /* a comma list of topics and aliases, not encoded; NULL for a route
                         * without {topics} */
    const char *route;  /* the path of a route, as it was configured; NULL: the first route */
    const char *query;  /* "since=...&filter=...", encoded, or NULL */
    const struct ksse_field *fields; /* of the request: Last-Event-ID, Accept, Origin, ... */
    size_t field_count;
    bool is_head;    /* HEAD instead of GET */
    bool is_http_10; /* HTTP/1.0 instead of 1.1 */
};

/*
 * Hands over a connected socket whose request was read completely and not answered. The server
 * answers, from the status line on, and closes the socket at the end, as if the request had come to
 * itself. It discards bytes that the client sent and nobody read yet.
 *
 * `fd` is a connected stream socket, TCP or Unix, blocking or not, that no loop watches any more.
 * The request is copied. Returns at once. Any thread, from ksse_server_new() until
 * ksse_server_free() is called; what was handed over before the server runs is answered when it
 * runs.
 *
 * KSSE_EUNKNOWN: there is no such route. KSSE_EVALUE: the query or a field has bytes that no
 * request can have, or the request is longer than `max-head`. KSSE_ENOMEM. KSSE_ESYSTEM: the server
 * is draining or has ended, or `fd` is no such socket. After a failure the socket is still the
 * caller's, unchanged. Other faults of the request (an unknown topic, a bad id) are answered to the
 * client.
 */
KSSE_API KSSE_CHECKED int ksse_serve_fd(struct ksse_server *server, int fd,
                                        const struct ksse_stream_request *request,
                                        struct ksse_error *error);

/*
 * A stream without a socket: the program pulls the bytes of the body and delivers them to the
 * client; CORS fields and HTTP framing are the program's task, too. All functions must be called on
 * the thread that drives the server, and not within callbacks other than on_readable.
 */
struct ksse_stream;

struct ksse_stream_ops {
    /* Says that ksse_stream_read() has more, or that the status or the end is known. Called within
     * ksse_server_turn() and never within ksse_stream_read(); not again until ksse_stream_read()
     * has returned KSSE_EAGAIN. */
    void (*on_readable)(struct ksse_stream *stream, void *opaque);
};

/*
 * Returns a new stream in *out, to be closed with ksse_stream_close(). A refused request is a
 * stream, too: ksse_stream_status() tells that it was refused, and the body says why. A stream
 * counts for the setting `max-clients`, but has no address to be limited by. `ops` is borrowed
 * until the stream is closed. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM as ksse_serve_fd();
 * KSSE_ESYSTEM: the server is draining.
 */
KSSE_API KSSE_CHECKED int ksse_stream_open(struct ksse_server *server,
                                           const struct ksse_stream_request *request,
                                           const struct ksse_stream_ops *ops, void *opaque,
                                           struct ksse_stream **out, struct ksse_error *error);

/* The HTTP status to answer with, or 0 while it is not known yet; on_readable is called when it is.
 * If it is still 0 at the stream's end, because the server stops, close the connection. */
KSSE_API int ksse_stream_status(const struct ksse_stream *stream);

/* The Content-Type to answer with; NULL while the status is 0. Lives as long as the stream. */
KSSE_API const char *ksse_stream_content_type(const struct ksse_stream *stream);

/*
 * Moves up to `cap` bytes of the body to `data`; `cap` is at least 1. Returns how many, or 0 at the
 * body's end, or KSSE_EAGAIN when there are none now. Kafka is read only as fast as this is called:
 * a stream buffers at most 64 KiB, and at its end the rest of an event.
 */
KSSE_API KSSE_CHECKED long ksse_stream_read(struct ksse_stream *stream, void *data, size_t cap);

/* Ends and frees the stream, at any time, also within on_readable of any stream. NULL is fine. All
 * streams must be closed before ksse_server_free(). */
KSSE_API void ksse_stream_close(struct ksse_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
