/*
 * A filter plug-in: every n-th record of a partition, with n as its argument:
 *
 *     filter = plugin:/path/to/sample.so?10
 *
 * It chooses by the offset and not by counting: a client that comes back must find the records that
 * it would have got.
 */
#include <kafkasse_plugin.h>

#include <stdio.h>
#include <stdlib.h>

static int sample_open(const char *args, void **state, struct ksse_error *error)
{
    char *end;
    long every = strtol(args, &end, 10);
    int64_t *step = every > 0 && *end == '\0' ? malloc(sizeof(*step)) : NULL;
    if (step == NULL) {
        snprintf(error->message, sizeof(error->message),
                 "it needs a number above 0, as in sample.so?10");
        return -1;
    }
    *step = every;
    *state = step;
    return 0;
}

static enum ksse_filtered sample_filter(void *state, const struct ksse_event *event,
                                        struct ksse_output *output)
{
    const int64_t *step = state;
    (void)output;
    return event->offset % *step == 0 ? KSSE_FILTER_KEEP : KSSE_FILTER_DROP;
}

const struct ksse_plugin ksse_plugin = {
    .abi = KSSE_PLUGIN_ABI,
    .size = sizeof(struct ksse_plugin),
    .name = "sample",
    .open = sample_open,
    .close = free,
    .filter = sample_filter,
};
