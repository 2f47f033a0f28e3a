/*
 * Plug-ins of kafkasse: deserializers and filters in shared objects, which the program loads where
 * its settings say `deserializer = plugin:/path/to/x.so?args` or `filter = plugin:...`.
 *
 * A plug-in needs this header and kafkasse.h to be compiled, and nothing to be linked with. It
 * exports one symbol, of the name KSSE_PLUGIN_SYMBOL:
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
 * It runs within the server's process: a crash of it is a crash of the server. What it puts out is
 * checked.
 */
#ifndef KAFKASSE_PLUGIN_H
#define KAFKASSE_PLUGIN_H

#include <kafkasse.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when what is here changes in a way that old plug-ins would not survive. */
#define KSSE_PLUGIN_ABI 1
#define KSSE_PLUGIN_SYMBOL "ksse_plugin"

/* Members are only ever added at the end: `size` tells which ones a plug-in knows. */
struct ksse_plugin {
    uint32_t abi;  /* KSSE_PLUGIN_ABI */
    uint32_t size; /* sizeof(struct ksse_plugin) */
    const char *name;

    /*
     * Called when a server is made, on the thread that makes it: once for each text that settings
     * name the plug-in with, however many settings and routes have the same. So does
     * ksse_config_check(), which closes it before it returns; the program kafkasse calls that when
     * it starts, before it makes the server, and with -T nothing else. `args` is what stands behind
     * the '?', or ""; it lives until close(). *state, NULL at first, is given to the other
     * functions. 0, or -1 with a sentence in *error: the server does not start then. May be NULL.
     */
    int (*open)(const char *args, void **state, struct ksse_error *error);

    /* Called once for each open() that returned 0, when none of the other functions is running: the
     * server is freed, or could not be made, or the check is over. The shared object is unloaded
     * after it. May be NULL. */
    void (*close)(void *state);

    /* See kafkasse.h; with several workers on several threads at once. At least one of them. */
    ksse_deserialize_fn deserialize;
    ksse_filter_fn filter;
};

extern KSSE_API const struct ksse_plugin ksse_plugin;

#ifdef __cplusplus
}
#endif

#endif
