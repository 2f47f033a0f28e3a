/*
 * SIGHUP, with which operators ask servers to read their configuration again. This one cannot: a
 * line of the log says so, and nothing else happens. A thread takes the signal, since a handler may
 * not write lines.
 */
#ifndef DAEMON_HANGUP_H
#define DAEMON_HANGUP_H

#include <kafkasse.h>

/* Blocks SIGHUP on this thread, and so on all that it starts, and starts the thread that takes it.
 * `log` is called on that thread. 0 or -1. */
int hangup_start(ksse_log_fn log, void *opaque);

/* Ends the thread; SIGHUP stays blocked. */
void hangup_stop(void);

#endif
