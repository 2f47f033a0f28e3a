/*
 * Exit statuses, and why the daemon does not start. The daemon is a user of the library: it
 * includes <kafkasse.h> and its own headers only.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <kafkasse.h>

/* As in sysexits.h, so that service managers can tell "try again" from "fix the file". */
enum exit_status {
    EXIT_OK = 0,
    EXIT_SYSTEM = 71,    /* the operating system refused something, memory included */
    EXIT_TRY_AGAIN = 75, /* the server cannot listen on the address now */
    EXIT_BAD_CONFIG = 78 /* wrong options, environment or file */
};

/* Why the daemon does not start: the setting, where it was set, what to do. */
struct failure {
    enum exit_status status;
    char text[1024];
};

/* Fills in *failure. Returns the code that goes with the status: KSSE_ESYSTEM, KSSE_ELISTEN or
 * KSSE_EVALUE. */
int failure_set(struct failure *failure, enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a call of the library that failed with `rc`: `where`, a colon, the error's sentence.
 */
int failure_from(struct failure *failure, int rc, const char *where,
                 const struct ksse_error *error);

/* Returns the new text "a,b", to be freed, or NULL without memory. Each may be NULL or empty. */
char *join_list(const char *a, const char *b);

/* The setting of that name (`len` bytes), or NULL. */
const struct ksse_setting *setting_called(const char *name, size_t len);

#endif
