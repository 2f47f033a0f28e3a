/*
 * libkafkasse: Kafka topics as Server-Sent Events.
 *
 * This header is the contract. A program makes a configuration, a server from it, and runs the
 * server on a thread of its choice (and on others, if the setting `workers` says so):
 *
 *     struct ksse_config *config = ksse_config_new();
 *     ksse_config_set(config, "brokers", "localhost:9092", NULL);
 *     struct ksse_server *server;
 *     if (ksse_server_new(config, &server, &error) == 0) {
 *         ksse_server_run(server);          // until ksse_server_stop()
 *         ksse_server_free(server);
 *     }
 *
 * The library has no signal handlers, calls no exit() and writes nothing but through the log
 * callback; only a fault of its own that an assertion finds is told on standard error, and ends the
 * process with abort(). Several servers may live in one process.
 */
#ifndef KAFKASSE_H
#define KAFKASSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KSSE_VERSION "0.1.0" /* CMake reads it here */

#if defined(__GNUC__)
#define KSSE_API __attribute__((visibility("default")))
#define KSSE_CHECKED __attribute__((warn_unused_result))
#else
#define KSSE_API
#define KSSE_CHECKED
#endif

/* What fallible functions return: 0, or one of these. */
enum ksse_result {
    KSSE_OK = 0,
    KSSE_EUNKNOWN = -1, /* no setting, route or section has that name */
    KSSE_EVALUE = -2,   /* the value is malformed or out of range */
    KSSE_EREFUSED = -3, /* a Kafka property that would break the server's guarantees */
    KSSE_EKAFKA = -4,   /* librdkafka refused its configuration */
    KSSE_ELISTEN = -5,  /* the address could not be listened on */
    KSSE_ENOMEM = -6,
    KSSE_ESYSTEM = -7, /* another call to the operating system failed */
    KSSE_EAGAIN = -8   /* nothing for now */
};

/* One sentence that says what is wrong and what to do. Zero-terminated, cut off if longer. */
struct ksse_error {
    char message[512];
};

/* ---- configuration ----
 *
 * All values are text, as on the command line; the reference page lists names, defaults and ranges.
 * A configuration belongs to the caller and is not thread-safe. `error` may be NULL; it is filled
 * only when a function returns something negative.
 */
struct ksse_config;

/* Returns a new configuration with all defaults, or NULL without memory. NULL is fine to free. */
KSSE_API struct ksse_config *ksse_config_new(void);
KSSE_API void ksse_config_free(struct ksse_config *config);

/* Sets a global setting. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM. */
KSSE_API KSSE_CHECKED int ksse_config_set(struct ksse_config *config, const char *name,
                                          const char *value, struct ksse_error *error);

/*
 * Returns a new text (to be released with ksse_text_free()): the value of a global setting, in the
 * notation that ksse_config_set() takes. NULL without memory, or when nothing has that name.
 */
KSSE_API char *ksse_config_get(const struct ksse_config *config, const char *name);

/*
 * Sets a librdkafka property for all of the server's handles. KSSE_EREFUSED for those that the
 * design depends on (group.id, enable.partition.eof ...), KSSE_EKAFKA for unknown ones or bad
 * values.
 */
KSSE_API KSSE_CHECKED int ksse_config_set_kafka(struct ksse_config *config, const char *property,
                                                const char *value, struct ksse_error *error);

/*
 * Sets an option of the route with this URL template ("/v2/stream/{topics}"); the route is added
 * when it is not there yet, also when `name` is NULL. The first added route replaces the two
 * default ones. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_set_route(struct ksse_config *config, const char *path,
                                                const char *name, const char *value,
                                                struct ksse_error *error);

/*
 * Adds or replaces an alias: `name` in a URL stands for the topics of the comma list.
 * KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_set_alias(struct ksse_config *config, const char *name,
                                                const char *topics, struct ksse_error *error);

/*
 * Checks what single settings cannot tell: is there a broker list or the demo, do the routes make
 * sense together, does librdkafka take the properties together. Plug-ins are loaded, opened and
 * closed again. KSSE_EVALUE, KSSE_EKAFKA, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_check(const struct ksse_config *config,
                                            struct ksse_error *error);

/*
 * Returns a new text (to be released with ksse_text_free()) that says what a server with this
 * configuration will serve, a line each; NULL without memory.
 */
KSSE_API char *ksse_config_describe(const struct ksse_config *config);
KSSE_API void ksse_text_free(char *text);

/* A row of the table of settings; all strings are static. */
struct ksse_setting {
    const char *name;       /* "client-linger" in files; --client-linger; KAFKASSE_CLIENT_LINGER */
    char letter;            /* short option, or 0 */
    const char *value_name; /* "ADDR:PORT"; NULL for a switch */
    const char *default_value;
    const char *range;    /* "1..65535", "latest | earliest"; "" for free text */
    const char *section;  /* heading to list it under, such as "Kafka" or "Limits" */
    const char *help;     /* a sentence or two */
    bool is_route_option; /* may also be set for a route, and then wins there */
    bool is_list;         /* a comma list, which several options or lines may add up to */
};

/* Row `index` of the table, or NULL behind its end. Any thread. */
KSSE_API const struct ksse_setting *ksse_setting_at(size_t index);

/* ---- log ---- */

enum ksse_log_level {
    KSSE_LOG_ERROR,
    KSSE_LOG_WARNING,
    KSSE_LOG_INFO,
    KSSE_LOG_DEBUG
};

/* A further member of a log line. Both strings live until the callback returns. */
struct ksse_log_field {
    const char *name;
    const char *value;
};

/*
 * Takes one log line: `event` is a short fixed name ("kafka-up"), `message` a sentence. Called on
 * any thread of the library, also several at once; must not call back into the server. All clients
 * of a worker wait while it runs there: it must not block, on a full pipe for example.
 */
typedef void (*ksse_log_fn)(void *opaque, enum ksse_log_level level, const char *event,
                            const char *message, const struct ksse_log_field *fields,
                            size_t field_count);

/* Without a callback nothing is logged. Lines above `level` are not made. */
KSSE_API void ksse_config_set_log(struct ksse_config *config, enum ksse_log_level level,
                                  ksse_log_fn log, void *opaque);

/* Tells how many lines the log callback has dropped so far. Called on any thread of the library. */
typedef uint64_t (*ksse_log_dropped_fn)(void *opaque);

/* For a callback that drops lines rather than waiting: /-/metrics shows their number. */
KSSE_API void ksse_config_set_log_dropped(struct ksse_config *config, ksse_log_dropped_fn dropped,
                                          void *opaque);

/* ---- records and what is made of them ----
 *
 * Callbacks below run on the threads that drive the server: the one that calls ksse_server_run() or
 * ksse_server_turn() and, with several workers, theirs, so that two may run at once. While one
 * runs, all clients of its worker wait: none may block. None may call into the server, but for
 * ksse_server_stop() and ksse_serve_fd(). What they are given lives until they return.
 */

/* A header of a Kafka record. Names may come more than once. */
struct ksse_header {
    const char *name;
    const void *value; /* NULL: null */
    size_t value_len;
};

struct ksse_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* since 1970; -1: none */
    const void *key;      /* NULL: null */
    size_t key_len;
    const void *value; /* never NULL: records without a value are no deserializer's business */
    size_t value_len;
    const struct ksse_header *headers;
    size_t header_count;
};

/* What a callback writes to. Appending copies; without memory the record is tried again later. */
struct ksse_output {
    void (*append)(struct ksse_output *output, const void *data, size_t len);
};

enum ksse_deserialized {
    KSSE_DESERIALIZED_JSON,  /* the output is a JSON object: it is checked and minified, and gets
                              * a member `_kafka` if it has none of its own */
    KSSE_DESERIALIZED_TEXT,  /* the output is text, shown as {"value":"..."} */
    KSSE_DESERIALIZED_BYTES, /* the output is bytes, shown as {"value":"..."} in base64 */
    KSSE_DESERIALIZED_SKIP,  /* the record is not shown, and that is no fault */
    KSSE_DESERIALIZED_LATER, /* not possible now: its partition waits, and tries again in a second
                              */
    KSSE_DESERIALIZED_FAILED /* counted, logged and not shown; the output may say why */
};

/*
 * Makes JSON of a record's value, once per record and worker, whoever reads it; also for records
 * that no client gets in the end. A bad output (no JSON object, an unknown result) counts as
 * FAILED.
 */
typedef enum ksse_deserialized (*ksse_deserialize_fn)(void *opaque,
                                                      const struct ksse_record *record,
                                                      struct ksse_output *output);

/* A record as a filter sees it: before the settings `redact` and a client's ?fields= take members
 * out of what is shown. */
struct ksse_event {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* since 1970; -1: none */
    const char *data;     /* JSON on one line, `_kafka` included; not zero-terminated */
    size_t data_len;
    bool is_tombstone; /* the record has no value: data holds `_kafka` only */
};

enum ksse_filtered {
    KSSE_FILTER_KEEP,
    KSSE_FILTER_DROP,
    KSSE_FILTER_FAIL /* ends the streams that it filters with an error event, as an unknown result
                      * does; the output may be a sentence for clients */
};

/*
 * Whether streams show a record: once per record and channel (all clients that asked for the same).
 * The same record must get the same answer again: a client that comes back may need it.
 */
typedef enum ksse_filtered (*ksse_filter_fn)(void *opaque, const struct ksse_event *event,
                                             struct ksse_output *output);

/*
 * Gives a callback a name: the settings `deserializer = callback:NAME` and `filter = callback:NAME`
 * then stand for it, for all routes or for one. The same name again replaces it. `opaque` must live
 * as long as the servers of this configuration. KSSE_EVALUE: a name is [A-Za-z0-9_-]+. KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_config_add_deserializer(struct ksse_config *config, const char *name,
                                                       ksse_deserialize_fn deserialize,
                                                       void *opaque, struct ksse_error *error);
KSSE_API KSSE_CHECKED int ksse_config_add_filter(struct ksse_config *config, const char *name,
                                                 ksse_filter_fn filter, void *opaque,
                                                 struct ksse_error *error);

/* ---- who may read what ---- */

/* A request for a stream, while it is authorized. */
struct ksse_request;

/*
 * What is told of it lives until the callback returns. A request whose texts could not be told for
 * want of memory, or that could not be narrowed or filtered as it should be, is not served any
 * more, whatever the callback returns: if that is 0, it is denied with 500.
 */

/* The path of the route that it matches, such as "/{topics}". */
KSSE_API const char *ksse_request_route(const struct ksse_request *request);

/* The URL's path and query as the client sent them, still encoded. "" when there is none. */
KSSE_API const char *ksse_request_target(const struct ksse_request *request);

/* The first field of that name (ASCII case ignored), or NULL. */
KSSE_API const char *ksse_request_field(const struct ksse_request *request, const char *name);

/* The first parameter of that name in the query, decoded, or NULL: there is none, or it is badly
 * encoded. */
KSSE_API const char *ksse_request_query(const struct ksse_request *request, const char *name);

/* The peer's address as text, without the port; "" when it is not known. */
KSSE_API const char *ksse_request_peer(const struct ksse_request *request);

/* Topic `index` of those asked for, in no order and without aliases, or NULL behind the last one.
 */
KSSE_API const char *ksse_request_topic(const struct ksse_request *request, size_t index);

/*
 * Narrows what it may see: only topics that match one of the names and ^regular expressions of the
 * comma list, as in the setting `topics`, besides what its route allows; none with an empty list.
 * Others are answered as if they did not exist. Called again, both hold. KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_request_narrow(struct ksse_request *request, const char *topics);

/*
 * Adds a filter expression (see the filter manual); all filters must keep a record. It may look at
 * what the route redacts, and at _kafka.headers only where the route has `headers = yes`.
 * KSSE_EVALUE, KSSE_ENOMEM.
 */
KSSE_API KSSE_CHECKED int ksse_request_add_filter(struct ksse_request *request,
                                                  const char *expression);

/* Replaces the sentence that a denied client is told; cut off if longer than 250 bytes. */
KSSE_API void ksse_request_explain(struct ksse_request *request, const char *sentence);

/*
 * Decides on a request for a stream (GET or HEAD), once, before anything else is told about its
 * topics: 0 allows it; an HTTP status of 400 to 599 denies it with that status, and anything else
 * with 500. An EventSource does not come back after these. Preflights (OPTIONS), malformed requests
 * and what is under /-/ are answered without asking.
 */
typedef int (*ksse_authorize_fn)(void *opaque, struct ksse_request *request);

/* NULL: all requests are allowed, which is the default. */
KSSE_API void ksse_config_set_authorize(struct ksse_config *config, ksse_authorize_fn authorize,
                                        void *opaque);

/* ---- what Kafka says ---- */

enum ksse_kafka_event_kind {
    KSSE_KAFKA_ERROR,      /* librdkafka tells an error; it tries on by itself */
    KSSE_KAFKA_STATISTICS, /* text: librdkafka's JSON; with the property statistics.interval.ms */
    KSSE_KAFKA_THROTTLE    /* a broker has held an answer back for `throttle_ms` */
};

struct ksse_kafka_event {
    enum ksse_kafka_event_kind kind;
    const char *handle; /* "tail", "replay" or "lookup" */
    int error;          /* ERROR: an rd_kafka_resp_err_t; else 0 */
    const char *text;   /* ERROR: a sentence; STATISTICS: JSON; THROTTLE: the broker's name */
    int throttle_ms;
};

/*
 * Called on any thread of the library, also several at once; must not block for long, and must not
 * call into the server.
 */
typedef void (*ksse_kafka_event_fn)(void *opaque, const struct ksse_kafka_event *event);

KSSE_API void ksse_config_set_kafka_events(struct ksse_config *config, ksse_kafka_event_fn on_event,
                                           void *opaque);

/* ---- server ---- */
struct ksse_server;

/*
 * Makes a server: checks the configuration (which is copied), makes the Kafka handles and listens.
 * Kafka need not be there. *out belongs to the caller. KSSE_EVALUE, KSSE_EKAFKA, KSSE_ELISTEN,
 * KSSE_ENOMEM, KSSE_ESYSTEM; *out is untouched then.
 */
KSSE_API KSSE_CHECKED int ksse_server_new(const struct ksse_config *config,
                                          struct ksse_server **out, struct ksse_error *error);

/* The port that it listens on: the real one when the configuration said port 0. 0: it listens
 * nowhere. */
KSSE_API int ksse_server_port(const struct ksse_server *server);

/*
 * Serves on the calling thread until ksse_server_stop(), then drains: every stream ends on a whole
 * event with a `retry:`, within the setting `drain-timeout`. With the setting `workers` above 1 it
 * starts further threads, with all signals blocked, and joins them. Once per server. KSSE_OK, or
 * KSSE_ESYSTEM when a thread could not be started: the log says why.
 */
KSSE_API KSSE_CHECKED int ksse_server_run(struct ksse_server *server);

/* Asks the server to drain; a second call ends it at once. Any thread, also a signal handler. */
KSSE_API void ksse_server_stop(struct ksse_server *server);

/* Only when ksse_server_run() is not running. NULL is fine. */
KSSE_API void ksse_server_free(struct ksse_server *server);

/* ---- a server within your loop ----
 *
 * Instead of ksse_server_run(), and with one worker only: watch one descriptor, and call
 * ksse_server_turn() when it is readable or its time has come. Always on the same thread. With the
 * setting `listen = off` the server has no socket of its own.
 */

/* A descriptor for poll() and epoll, level-triggered: readable when there is something to do. The
 * server's. With more than one worker: -1. */
KSSE_API int ksse_server_fd(const struct ksse_server *server);

/* How long to wait for it at most, in ms: 0 when there is something to do already. To be asked
 * before each wait. */
KSSE_API int ksse_server_timeout_ms(const struct ksse_server *server);

/*
 * Does what there is to do, and does not wait. True while the server runs: false once it has
 * drained after ksse_server_stop(). With more than one worker: false at once.
 */
KSSE_API bool ksse_server_turn(struct ksse_server *server);

/* ---- requests that came to you ----
 *
 * A request that your own server has read: what kafkaSse(req, res, topics, options) is in KafkaSSE.
 * The options are those of a route of the configuration.
 */

struct ksse_field {
    const char *name;
    const char *value;
};

struct ksse_stream_request {
    const char *topics; /* a comma list, not encoded; aliases count. NULL for a route without
                         * {topics} */
    const char *route;  /* its path, as it was configured; NULL: the first one */
    const char *query;  /* "since=...&filter=...", encoded, or NULL */
    const struct ksse_field *fields; /* of the request: Last-Event-ID, Accept, Origin, ... */
    size_t field_count;
    bool is_head;    /* HEAD instead of GET */
    bool is_http_10; /* HTTP/1.0 instead of 1.1 */
};

/*
 * Hands over a connected socket whose request was read completely and not answered: the server
 * writes the answer from its status line on and closes the socket in the end, as if the request had
 * come to it. Bytes that are sent but not read yet are thrown away. The request is copied. Returns
 * at once; on any thread, from ksse_server_new() on, but not any more while ksse_server_free() is
 * called; what it took is answered as soon as the server runs. `fd` is a connected stream socket,
 * of TCP or a Unix one, blocking or not, which no loop of yours watches any more.
 *
 * KSSE_EUNKNOWN: no such route; KSSE_EVALUE: the query or a field holds what no request can hold,
 * or the request is longer than max-head; KSSE_ENOMEM; KSSE_ESYSTEM: it is draining or has ended,
 * or `fd` is no such socket. The socket stays the caller's then, as it was. What else may be wrong
 * (no such topic, a bad id), the client is told.
 */
KSSE_API KSSE_CHECKED int ksse_serve_fd(struct ksse_server *server, int fd,
                                        const struct ksse_stream_request *request,
                                        struct ksse_error *error);

/*
 * A stream without a socket: bytes are pulled, and how they get to the client is the caller's
 * business, CORS fields and chunks included. All functions on the thread that drives the server,
 * and not from within callbacks other than on_readable.
 */
struct ksse_stream;

struct ksse_stream_ops {
    /* ksse_stream_read() has something new to tell; called from within ksse_server_turn(), never
     * from within ksse_stream_read(), and not again before that has returned KSSE_EAGAIN. */
    void (*on_readable)(struct ksse_stream *stream, void *opaque);
};

/*
 * Returns a new stream in *out, to be closed by the caller. Whether it is refused is told by
 * ksse_stream_status(), and why by the body. It counts for max-clients, but has no address that
 * could have too many. KSSE_EUNKNOWN, KSSE_EVALUE, KSSE_ENOMEM as above; KSSE_ESYSTEM: the server
 * is draining. `ops` is borrowed while the stream is open.
 */
KSSE_API KSSE_CHECKED int ksse_stream_open(struct ksse_server *server,
                                           const struct ksse_stream_request *request,
                                           const struct ksse_stream_ops *ops, void *opaque,
                                           struct ksse_stream **out, struct ksse_error *error);

/* The HTTP status to answer with; 0 while that is not known: on_readable tells. When it is still 0
 * at the end (the server stops), break the connection off. */
KSSE_API int ksse_stream_status(const struct ksse_stream *stream);

/* The Content-Type to answer with; NULL while the status is 0. Lives as long as the stream. */
KSSE_API const char *ksse_stream_content_type(const struct ksse_stream *stream);

/*
 * Moves up to `cap` bytes, one at least, of the answer's body to `data`. Returns how many, or 0 at
 * its end, or KSSE_EAGAIN: nothing for now. Kafka is read on only as fast as this is called; a
 * stream holds at most 64 KiB that were not read, and at its end the rest of an event.
 */
KSSE_API KSSE_CHECKED long ksse_stream_read(struct ksse_stream *stream, void *data, size_t cap);

/* At any time, also from within on_readable of any stream. NULL is fine. Must have been called for
 * all streams before ksse_server_free(). */
KSSE_API void ksse_stream_close(struct ksse_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
