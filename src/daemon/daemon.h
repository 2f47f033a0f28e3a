/*
 * What the files of the daemon share: how a failure of starting is told, and the exit statuses.
 * The daemon is a user of the library: it includes <kafkasse.h> and its own headers only.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <kafkasse.h>

/* After sysexits.h, so that service managers can tell "try again" from "mend the file". */
enum exit_status {
    EXIT_OK = 0,
    EXIT_SYSTEM = 71,    /* the operating system refused something, memory included */
    EXIT_TRY_AGAIN = 75, /* the address cannot be listened on (now) */
    EXIT_BAD_CONFIG = 78 /* wrong options, environment or file */
};

/* Why the daemon does not start: the setting, where it was set, what to do. */
struct failure {
    enum exit_status status;
    char text[1024];
};

/* Fills in *failure and returns -1. */
int failure_set(struct failure *failure, enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same from a failed call of the library: `where`, a colon, the error's sentence. */
int failure_from(struct failure *failure, int result, const char *where,
                 const struct ksse_error *error);

/* Returns "a,b" (to be freed), or NULL without memory. Either may be NULL or empty. */
char *join_list(const char *a, const char *b);

/* The table's row called `name` (`len` bytes), or NULL. */
const struct ksse_setting *setting_called(const char *name, size_t len);

#endif
