/*
 * The lines of the server's log, as the program's callback gets them.
 */
#ifndef KAFKASSE_LOG_H
#define KAFKASSE_LOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ksse_log_level {
    KSSE_LOG_ERROR,
    KSSE_LOG_WARNING,
    KSSE_LOG_INFO,
    KSSE_LOG_DEBUG
};

/* A detail of a log line, such as the topic. Both strings live until the callback returns. */
struct ksse_log_field {
    const char *name;
    const char *value;
};

/*
 * Takes one log line: `event` is a short fixed name ("kafka-up"), `message` a sentence. Everything
 * lives until the callback returns.
 *
 * Called on any thread of the library, and on several at once. It must not block (on a full pipe,
 * for example), because all clients of the calling worker wait for it, and must not call into the
 * server.
 */
typedef void (*ksse_log_fn)(void *opaque, enum ksse_log_level level, const char *event,
                            const char *message, const struct ksse_log_field *fields,
                            size_t field_count);

/* Returns how many lines the log callback has dropped so far. Called on any thread of the library.
 */
typedef uint64_t (*ksse_log_dropped_fn)(void *opaque);

#ifdef __cplusplus
}
#endif

#endif
