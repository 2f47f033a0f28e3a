/*
 * Compiled routes: what routes make of records, from their options: which rendering, the
 * operator's filter, what is redacted. Part of a snapshot of the configuration
 * (config_snapshot.h); they do not change once they are made, so any thread may use them.
 */
#ifndef SERVE_CONFIG_COMPILED_ROUTE_H
#define SERVE_CONFIG_COMPILED_ROUTE_H

#include "core/filter/selection.h"
#include "serve/config/config.h"
#include "serve/config/extension.h"

/* A deserializer and whether headers are shown: a topic is read once for each. */
struct compiled_rendering {
    char *deserializer;          /* as the setting has it */
    struct extension *extension; /* NULL: built in */
    bool shows_headers;
};

struct compiled_route {
    size_t rendering;
    struct filter *filter;       /* or NULL */
    struct extension *extension; /* the filter is this one; or NULL */
    struct projection *redact;   /* or NULL */
};

struct compiled_routes {
    struct compiled_route *items; /* one per route */
    size_t count;
    struct compiled_rendering *renderings; /* no two are equal */
    size_t rendering_count;
    struct extension **extensions; /* no two do the same; a reference each */
    size_t extension_count;
};

/* For whom routes are compiled, and how. */
struct compile_options {
    const struct ksse_config *config; /* resolved, see config_resolve(); its routes are compiled */
    const struct compiled_routes *before; /* NULL: there are none yet */
    bool opens; /* plug-ins; without that the result can be checked only */
};

/*
 * Compiles all routes. Renderings of `before` keep their numbers, whether or not a route still has
 * them, and its plug-ins are not opened again where the same are named. KSSE_EVALUE, KSSE_ENOMEM:
 * no compiled_routes_fini() needed.
 */
CHECKED int compiled_routes_init(struct compiled_routes *routes,
                                 const struct compile_options *options, struct ksse_error *error);

/* Closes plug-ins that nobody else refers to. */
void compiled_routes_fini(struct compiled_routes *routes);

#endif
