/*
 * The plug-ins of a server: however many settings and routes name one with the same arguments, it
 * is opened once, and its functions share a state. On the thread that makes and frees the server.
 */
#ifndef PLUGIN_PLUGIN_SET_H
#define PLUGIN_PLUGIN_SET_H

#include "base/list.h"
#include "plugin/plugin.h"

struct plugin_set {
    struct list entries;
};

/* What a setting wants of a plug-in. */
enum plugin_role {
    PLUGIN_DESERIALIZER,
    PLUGIN_FILTER
};

void plugin_set_init(struct plugin_set *set);

/* Closes all of them, those opened last first. */
void plugin_set_fini(struct plugin_set *set);

/*
 * The plug-in for `spec`, opened if it is not there yet, in *out; it lives as long as the set. It
 * has the function of that role. Results and *error as those of plugin_open().
 */
CHECKED int plugin_set_get(struct plugin_set *set, const char *spec, enum plugin_role role,
                           struct plugin **out, struct ksse_error *error);

#endif
