/*
 * What settings name that is not built in: plug-ins ("plugin:/path/to/x.so?args") and callbacks of
 * the embedding program ("callback:NAME"). See struct extension in compiled route.h.
 */
#ifndef SERVE_CONFIG_EXTENSION_H
#define SERVE_CONFIG_EXTENSION_H

#include "serve/config/compiled_route.h"

/* Whether a setting's value names an extension. */
bool extension_is_spec(const char *value);

/*
 * Returns a new extension in *out; `spec` is borrowed while it lives. A plug-in is opened; when not
 * `opens`, only its spec is checked. KSSE_EVALUE, KSSE_ENOMEM.
 */
CHECKED int extension_new(const struct ksse_config *config, const char *spec, bool opens,
                          struct extension **out, struct ksse_error *error);

/* Whether its functions are known: it is no plug-in, or an open one. */
bool extension_is_known(const struct extension *extension);

/* Closes its plug-in. NULL is fine. */
void extension_free(struct extension *extension);

#endif
