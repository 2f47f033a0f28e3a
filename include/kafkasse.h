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
 * callback. Several servers may live in one process.
 */
#ifndef KAFKASSE_H
#define KAFKASSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KSSE_VERSION "0.1.0"

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
    KSSE_ESYSTEM = -7 /* another call to the operating system failed */
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
 * sense together, does librdkafka take the properties together. KSSE_EVALUE, KSSE_EKAFKA.
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
 * any thread of the library, also several at once; must not call back into the server.
 */
typedef void (*ksse_log_fn)(void *opaque, enum ksse_log_level level, const char *event,
                            const char *message, const struct ksse_log_field *fields,
                            size_t field_count);

/* Without a callback nothing is logged. Lines above `level` are not made. */
KSSE_API void ksse_config_set_log(struct ksse_config *config, enum ksse_log_level level,
                                  ksse_log_fn log, void *opaque);

/* ---- server ---- */
struct ksse_server;

/*
 * Makes a server: checks the configuration (which is copied), makes the Kafka handles and listens.
 * Kafka need not be there. *out belongs to the caller. KSSE_EVALUE, KSSE_EKAFKA, KSSE_ELISTEN,
 * KSSE_ENOMEM, KSSE_ESYSTEM; *out is untouched then.
 */
KSSE_API KSSE_CHECKED int ksse_server_new(const struct ksse_config *config,
                                          struct ksse_server **out, struct ksse_error *error);

/* The port that it listens on: the real one when the configuration said port 0. */
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

#ifdef __cplusplus
}
#endif

#endif
