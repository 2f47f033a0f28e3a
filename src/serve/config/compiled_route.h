/*
 * Compiled routes: what routes make of records, from their options: which rendering, the
 * operator's filter, what is redacted. Made once per server, with its plug-ins; nobody changes them
 * afterwards, so all its threads may use them.
 */
#ifndef SERVE_CONFIG_COMPILED_ROUTE_H
#define SERVE_CONFIG_COMPILED_ROUTE_H

#include "core/filter/selection.h"
#include "core/stream/refusal.h"
#include "serve/config/config.h"

/* A function that is not built in: a plug-in's, or a callback of the embedding program. */
struct extension {
    const char *spec;                /* as the setting has it: "plugin:/x.so?a", "callback:name" */
    struct plugin *plugin;           /* NULL: a callback, or a plug-in that was only looked at */
    ksse_deserialize_fn deserialize; /* NULL: it does not */
    void *deserialize_opaque;
    ksse_filter_fn filter; /* NULL: it does not */
    void *filter_opaque;
};

/* A deserializer and whether headers are shown: a topic is read once for each. */
struct compiled_rendering {
    const char *deserializer;          /* borrowed of a route's options */
    const struct extension *extension; /* NULL: built in */
    bool shows_headers;
};

struct compiled_route {
    size_t rendering;
    struct filter *filter;             /* or NULL */
    const struct extension *extension; /* the filter is this one; or NULL */
    struct projection *redact;         /* or NULL */
};

struct compiled_routes {
    struct compiled_route *items; /* one per route */
    size_t count;
    struct compiled_rendering *renderings; /* no two are equal */
    size_t rendering_count;
    struct extension **extensions; /* one per distinct spec */
    size_t extension_count;
};

/*
 * Compiles the compiled routes of a server's own configuration (see config_copy()) into
 * config->compiled routes. `opens` opens its plug-ins; without that the compiled routes are good
 * for a check only. KSSE_EVALUE, KSSE_ENOMEM.
 */
CHECKED int compiled_routes_make(struct ksse_config *config, bool opens, struct ksse_error *error);

/* Closes the plug-ins, too. NULL is fine. */
void compiled_routes_free(struct compiled_routes *compiled_routes);

const struct compiled_route *compiled_route_of(const struct ksse_config *config,
                                               size_t route_index);

/* What a client wants to see, both as the URL has it, decoded; data NULL without it. */
struct selection_request {
    const struct route_options *options; /* of its route */
    struct slice filter;
    struct slice fields;
};

/* Makes a selection for a client of the compiled route's route, which is borrowed while the
 * selection lives. 0, or -1 with *refusal filled. */
CHECKED int compiled_route_select(const struct compiled_route *compiled_route,
                                  const struct selection_request *selection_request,
                                  struct selection **out, struct refusal *refusal);

#endif
