/*
 * The configuration of a server, as the rest of the server reads it. What programs see of it are
 * the ksse_config_* functions of kafkasse.h.
 *
 * A ksse_config that a program fills holds what was said and nothing more. config_resolve() makes
 * the one that a server works with: default routes added, options of routes inherited, `auto`
 * decided. That one belongs to a snapshot (config_snapshot.h) and never changes.
 */
#ifndef SERVE_CONFIG_CONFIG_H
#define SERVE_CONFIG_CONFIG_H

#include "base/assert.h"
#include "kafka/properties.h"
#include "serve/config/settings.h"

#include <kafkasse.h>

/* A route and its options. The first one of a configuration that matches a path has it. */
struct route_config {
    char *path; /* the template: "/v2/stream/{topics}" */
    struct slice
        before; /* of path, in front of {topics}: "/v2/stream/"; all of it without {topics} */
    struct slice after; /* of path, behind {topics} */
    bool takes_topics;  /* has {topics}; if not, it serves all of options.topics as one stream */
    struct route_options options;
};

/* A name that stands for several topics in a URL. */
struct alias_config {
    char *name;
    struct topic_patterns topics; /* plain names only */
};

/* Functions of the embedding program that settings can name: one of the two at least. */
struct callback_config {
    char *name;
    ksse_deserialize_fn deserialize;
    void *deserialize_opaque;
    ksse_filter_fn filter;
    void *filter_opaque;
};

struct ksse_config {
    struct settings settings;
    struct route_config *routes; /* in the order they were added */
    size_t route_count;
    struct alias_config *aliases;
    size_t alias_count;
    struct kafka_property *properties;
    size_t property_count;
    struct callback_config *callbacks;
    size_t callback_count;
    enum ksse_log_level log_level;
    ksse_log_fn log; /* NULL: nothing is logged */
    void *log_opaque;
    ksse_log_dropped_fn log_dropped; /* NULL: none are dropped */
    void *log_dropped_opaque;
    ksse_authorize_fn authorize; /* NULL: all requests are allowed */
    void *authorize_opaque;
    ksse_kafka_event_fn on_kafka_event; /* NULL: nobody wants to know */
    void *kafka_event_opaque;
};

/*
 * Returns the resolved configuration (see above) in *out; to be freed with ksse_config_free(). Does
 * not check it. KSSE_ENOMEM.
 */
CHECKED int config_resolve(const struct ksse_config *said, struct ksse_config **out);

/* Checks what can be known before the configuration is resolved, Kafka's properties among it.
 * KSSE_EVALUE, KSSE_EKAFKA, KSSE_ENOMEM. */
CHECKED int config_check_said(const struct ksse_config *said, struct ksse_error *error);

/* Checks what can be known of it besides its filters and plug-ins. KSSE_EVALUE. */
CHECKED int config_check_resolved(const struct ksse_config *resolved, struct ksse_error *error);

/* The callbacks called `name`, or NULL. */
const struct callback_config *config_callback(const struct ksse_config *config, const char *name);

/* Copies and frees the callbacks. KSSE_ENOMEM. */
CHECKED int callbacks_copy(struct ksse_config *to, const struct ksse_config *from);
void callbacks_fini(struct ksse_config *config);

/* The alias called `name`, or NULL. */
const struct alias_config *config_alias(const struct ksse_config *config, struct slice name);

/* Makes a route without options. KSSE_EVALUE when `path` is no template, KSSE_ENOMEM. */
CHECKED int route_config_init(struct route_config *route, const char *path,
                              struct ksse_error *error);
void route_config_fini(struct route_config *route);

/* Makes `to`, which is uninitialised, a copy. KSSE_ENOMEM: no route_config_fini() needed. */
CHECKED int route_config_copy(struct route_config *to, const struct route_config *from);

/*
 * Whether the route has this path, which is as it was sent, without its query; a slash at its end
 * makes no difference. *topics is then what stands for {topics}, still percent-encoded: a slice of
 * `path`, never empty and without '/', or empty for a route without {topics}. *topics is untouched
 * when not.
 */
bool route_config_match(const struct route_config *route, struct slice path, struct slice *topics);

#endif
