/*
 * A filter that keeps everything and writes to a file, which its argument names, when it is opened
 * and closed: for the system tests.
 */
#include <kafkasse_plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(const char *path, const char *what)
{
    FILE *file = fopen(path, "a");
    if (file != NULL) {
        fprintf(file, "%s\n", what);
        fclose(file);
    }
}

static int told_open(const char *args, void **state, struct ksse_error *error)
{
    (void)error;
    tell(args, "open");
    *state = strdup(args);
    return 0;
}

static void told_close(void *state)
{
    tell(state, "close");
    free(state);
}

static enum ksse_filtered keep(void *state, const struct ksse_event *event,
                               struct ksse_output *output)
{
    (void)state, (void)event, (void)output;
    return KSSE_FILTER_KEEP;
}

const struct ksse_plugin ksse_plugin = {
    .abi = KSSE_PLUGIN_ABI,
    .size = sizeof(struct ksse_plugin),
    .name = "told",
    .open = told_open,
    .close = told_close,
    .filter = keep,
};
