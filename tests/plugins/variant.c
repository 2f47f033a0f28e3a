/*
 * A plug-in, and with the macros that tests/CMakeLists.txt sets, many that are none. `opened` and
 * `closed` are for the tests to look at.
 */
#include <kafkasse_plugin.h>

#include <stdlib.h>
#include <string.h>

#ifndef ABI
#define ABI KSSE_PLUGIN_ABI
#endif
#ifndef SIZE
#define SIZE sizeof(struct ksse_plugin)
#endif
#ifndef NAME
#define NAME "variant"
#endif
#ifndef DESERIALIZE
#define DESERIALIZE deserialize
#endif
#ifndef FILTER
#define FILTER filter
#endif
#ifndef OPEN
#define OPEN open_plainly
#endif
#ifndef CLOSE
#define CLOSE close_plainly
#endif
#ifndef SYMBOL
#define SYMBOL ksse_plugin
#endif
#ifdef CALL /* something that is nowhere */
void CALL(void);
#endif

extern KSSE_API int opened;
extern KSSE_API int closed;
extern KSSE_API const struct ksse_plugin SYMBOL;
int opened;
int closed;

/* The state is a copy of the arguments. */
__attribute__((unused)) static int open_plainly(const char *args, void **state,
                                                struct ksse_error *error)
{
    (void)error;
#ifdef CALL
    CALL();
#endif
    opened++;
    *state = strdup(args);
    return 0;
}

__attribute__((unused)) static void close_plainly(void *state)
{
    closed++;
    free(state);
}

__attribute__((unused)) static int open_badly(const char *args, void **state,
                                              struct ksse_error *error)
{
    (void)args;
    (void)state;
    strcpy(error->message, "the moon\nis\tmissing");
    return -1;
}

__attribute__((unused)) static int open_silently(const char *args, void **state,
                                                 struct ksse_error *error)
{
    (void)args;
    (void)state;
    (void)error;
    return -1;
}

__attribute__((unused)) static int open_endlessly(const char *args, void **state,
                                                  struct ksse_error *error)
{
    (void)args;
    (void)state;
    memset(error->message, 'x', sizeof(error->message));
    return 1;
}

__attribute__((unused)) static enum ksse_deserialized
deserialize(void *opaque, const struct ksse_record *record, struct ksse_output *output)
{
    (void)record;
    output->append(output, opaque, strlen(opaque));
    return KSSE_DESERIALIZED_TEXT;
}

__attribute__((unused)) static enum ksse_filtered
filter(void *opaque, const struct ksse_event *event, struct ksse_output *output)
{
    (void)opaque;
    (void)output;
    return event->offset % 2 == 0 ? KSSE_FILTER_KEEP : KSSE_FILTER_DROP;
}

const struct ksse_plugin SYMBOL = {
    .abi = ABI,
    .size = SIZE,
    .name = NAME,
    .open = OPEN,
    .close = CLOSE,
    .deserialize = DESERIALIZE,
    .filter = FILTER,
};
