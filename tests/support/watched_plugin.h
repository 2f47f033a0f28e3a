/* A plug-in of tests/plugins that stays loaded, so that its counters can be read. */
#ifndef SUPPORT_WATCHED_PLUGIN_H
#define SUPPORT_WATCHED_PLUGIN_H

#include "support/unit.h"

#include <dlfcn.h>

struct watched_plugin {
    void *library;
    int *opened;
    int *closed;
};

static inline struct watched_plugin watch_plugin(const char *path)
{
    struct watched_plugin w = {.library = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    assert_non_null(w.library);
    w.opened = dlsym(w.library, "opened");
    w.closed = dlsym(w.library, "closed");
    *w.opened = 0;
    *w.closed = 0;
    return w;
}

static inline void unwatch_plugin(const struct watched_plugin *w)
{
    dlclose(w->library);
}

static inline void assert_plugin_counts(const struct watched_plugin *w, int opened, int closed)
{
    assert_int_equal(*w->opened, opened);
    assert_int_equal(*w->closed, closed);
}

#endif
