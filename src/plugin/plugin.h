/*
 * A plug-in: a shared object with a deserializer, a filter or both, behind the interface of
 * kafkasse_plugin.h. Not what calls these functions: that is the business of whoever has them. The
 * one room that knows dlopen().
 *
 * Opened and closed on the thread that makes and frees the server. In between a plug-in does not
 * change, so any thread may ask for what it has.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "base/assert.h"

#include <kafkasse_plugin.h>

struct plugin;

/*
 * Whether `spec` has the form "/path/x.so" or "/path/x.so?args". Does not look whether the file is
 * there. 0, or KSSE_EVALUE and a sentence in *error, which may be NULL.
 */
CHECKED int plugin_spec_check(const char *spec, struct ksse_error *error);

/*
 * Loads what `spec` names, judges it, and calls its open(). Returns a new plug-in in *out, to be
 * closed with plugin_close(). KSSE_EVALUE: there is no such file, it is no plug-in or one of
 * another version, or it does not want to start; *error (may be NULL) says which. KSSE_ENOMEM.
 */
CHECKED int plugin_open(const char *spec, struct plugin **out, struct ksse_error *error);

/* Calls its close() and unloads it. Nobody may use its functions any more. NULL is fine. */
void plugin_close(struct plugin *plugin);

/* What it was opened with, and how it calls itself. Both live as long as the plug-in. */
const char *plugin_spec(const struct plugin *plugin);
const char *plugin_name(const struct plugin *plugin);

/* Its functions, NULL where it has none, and what they want as `opaque`. */
ksse_deserialize_fn plugin_deserialize(const struct plugin *plugin);
ksse_filter_fn plugin_filter(const struct plugin *plugin);
void *plugin_state(const struct plugin *plugin);

#endif
