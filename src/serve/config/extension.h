/*
 * An extension: what settings name that is not built in, a plug-in ("plugin:/path/to/x.so?args") or
 * a callback of the embedding program ("callback:NAME"). It does not change once it is made, and
 * counts its owners: any thread.
 */
#ifndef SERVE_CONFIG_EXTENSION_H
#define SERVE_CONFIG_EXTENSION_H

#include "serve/config/config.h"

#include <stdatomic.h>

struct extension {
    atomic_size_t refs;
    char *spec;                      /* as the setting has it: "plugin:/x.so?a", "callback:name" */
    struct plugin *plugin;           /* NULL: a callback, or a plug-in that was only checked */
    ksse_deserialize_fn deserialize; /* NULL: it is no deserializer */
    void *deserialize_opaque;
    ksse_filter_fn filter; /* NULL: it is no filter */
    void *filter_opaque;
};

/* Whether a setting's value names an extension. */
bool extension_is_spec(const char *value);

/*
 * Returns a new extension with one reference in *out. A plug-in is opened; when not `opens`, only
 * its spec is checked. KSSE_EVALUE, KSSE_ENOMEM.
 */
CHECKED int extension_new(const struct ksse_config *config, const char *spec, bool opens,
                          struct extension **out, struct ksse_error *error);

/* Whether extension_new() with these arguments would make one that does the same. */
bool extension_serves(const struct extension *extension, const struct ksse_config *config,
                      const char *spec);

/* Whether its functions are known: it is no plug-in, or an open one. */
bool extension_is_known(const struct extension *extension);

/* Returns the extension, with one more reference. */
struct extension *extension_ref(struct extension *extension);

/* The last reference closes the plug-in. NULL is fine. */
void extension_unref(struct extension *extension);

#endif
