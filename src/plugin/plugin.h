/*
 * A plug-in: a shared object with a deserializer, a filter or both, behind the interface of
 * kafkasse_plugin.h. This room loads it and judges it, but does not call its functions.
 *
 * It is opened and closed on the thread that makes and frees the server. In between it does not
 * change, so any thread may ask what it has.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "base/assert.h"

#include <kafkasse_plugin.h>

struct plugin;

/* Checks that `spec` has the form "/path/x.so" or "/path/x.so?args"; the file need not exist. 0 or
 * KSSE_EVALUE. */
CHECKED int plugin_spec_check(const char *spec, struct ksse_error *error);

/*
 * Loads the plug-in that `spec` names, judges it, and calls its open(). Returns a new plug-in in
 * *out, to be closed with plugin_close(). KSSE_EVALUE: the file does not exist, is no plug-in, is
 * one of another version, or its open() failed; *error says which. KSSE_ENOMEM.
 */
CHECKED int plugin_open(const char *spec, struct plugin **out, struct ksse_error *error);

/* Calls its close() and unloads it. Its functions must not be in use any more. NULL is fine. */
void plugin_close(struct plugin *plugin);

/* The text that it was opened with, and its own name. Both live as long as the plug-in. */
const char *plugin_spec(const struct plugin *plugin);
const char *plugin_name(const struct plugin *plugin);

/* Its functions, or NULL, and their `opaque`. */
ksse_deserialize_fn plugin_deserialize(const struct plugin *plugin);
ksse_filter_fn plugin_filter(const struct plugin *plugin);
void *plugin_state(const struct plugin *plugin);

#endif
