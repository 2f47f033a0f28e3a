/*
 * Plug-ins of kafkasse: deserializers and filters in shared objects. The server loads one where its
 * settings say `deserializer = plugin:/path/to/x.so?args` or `filter = plugin:...`.
 *
 * A plug-in is compiled with this header and linked with nothing. It exports one symbol, whose name
 * is KSSE_PLUGIN_SYMBOL:
 *
 *     const struct ksse_plugin ksse_plugin = {
 *         .abi = KSSE_PLUGIN_ABI,
 *         .size = sizeof(struct ksse_plugin),
 *         .name = "upper",
 *         .open = upper_open,
 *         .close = upper_close,
 *         .deserialize = upper_deserialize,
 *     };
 *
 * A plug-in runs within the server's process: if it crashes, the server crashes. Its output is
 * checked.
 */
#ifndef KAFKASSE_PLUGIN_H
#define KAFKASSE_PLUGIN_H

#include <kafkasse/callback.h>
#include <kafkasse/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows with each change that older plug-ins would not survive. */
#define KSSE_PLUGIN_ABI 1
#define KSSE_PLUGIN_SYMBOL "ksse_plugin"

/* New members come at the end only: `size` tells which members a plug-in knows. */
struct ksse_plugin {
    uint32_t abi;  /* KSSE_PLUGIN_ABI */
    uint32_t size; /* sizeof(struct ksse_plugin) */
    const char *name;

    /*
     * Called on the thread that makes a server, once for each distinct text by which settings and
     * routes name the plug-in. ksse_config_check() calls it, too, and close() before it returns:
     * the program kafkasse does so when it starts, before it makes the server, and with -T it does
     * nothing else. `args` is the text after the '?', or ""; it lives until close(). The other
     * functions get *state, which is NULL at first.
     *
     * Returns 0, or -1 with a sentence in *error: then the server does not start. May be NULL.
     */
    int (*open)(const char *args, void **state, struct ksse_error *error);

    /* Called once for each open() that returned 0, when no other function runs any more: the server
     * is freed or could not be made, or the check is over. The shared object is unloaded after the
     * last call. May be NULL. */
    void (*close)(void *state);

    /* See kafkasse/callback.h. With several workers, called on several threads at once. A plug-in
     * has at least one of these; the other one is NULL. */
    ksse_deserialize_fn deserialize;
    ksse_filter_fn filter;
};

extern KSSE_API const struct ksse_plugin ksse_plugin;

#ifdef __cplusplus
}
#endif

#endif
