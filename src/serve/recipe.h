/*
 * Recipes: what routes make of records, compiled from their options: which decoding, the operator's
 * filter, what is redacted. Made once per server, with its plug-ins; nobody changes them
 * afterwards, so all its threads may use them.
 */
#ifndef SERVE_RECIPE_H
#define SERVE_RECIPE_H

#include "core/lens.h"
#include "core/refusal.h"
#include "serve/config.h"

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
struct recipe_decoding {
    const char *deserializer;          /* borrowed of a route's options */
    const struct extension *extension; /* NULL: built in */
    bool shows_headers;
};

struct recipe {
    size_t decoding;
    struct filter *filter;             /* or NULL */
    const struct extension *extension; /* the filter is this one; or NULL */
    struct projection *redact;         /* or NULL */
};

struct recipes {
    struct recipe *items; /* one per route */
    size_t count;
    struct recipe_decoding *decodings; /* no two are equal */
    size_t decoding_count;
    struct extension **extensions; /* one per distinct spec */
    size_t extension_count;
};

/*
 * Compiles the recipes of a server's own configuration (see config_copy()) into config->recipes.
 * `opens` opens its plug-ins; without that the recipes are good for a check only. KSSE_EVALUE,
 * KSSE_ENOMEM.
 */
CHECKED int recipes_make(struct ksse_config *config, bool opens, struct ksse_error *error);

/* Closes the plug-ins, too. NULL is fine. */
void recipes_free(struct recipes *recipes);

const struct recipe *recipe_of(const struct ksse_config *config, size_t route_index);

/* What a client wants to see, both as the URL has it, decoded; data NULL without it. */
struct sight {
    const struct route_options *options; /* of its route */
    struct slice filter;
    struct slice fields;
};

/* Makes a lens for a client of the recipe's route, which is borrowed while the lens lives. 0, or -1
 * with *refusal filled. */
CHECKED int recipe_lens(const struct recipe *recipe, const struct sight *sight, struct lens **out,
                        struct refusal *refusal);

#endif
