/*
 * SIGHUP, by which operators ask servers to read their configuration again. This server cannot: it
 * only logs that. A thread takes the signal, since a handler must not write log lines.
 */
#ifndef DAEMON_HANGUP_H
#define DAEMON_HANGUP_H

#include <kafkasse.h>

/* Blocks SIGHUP on this thread and those that it starts later, and starts the thread that takes it
 * and calls `log`. 0 or KSSE_ESYSTEM. */
KSSE_CHECKED int hangup_start(ksse_log_fn log, void *opaque);

/* Ends the thread; SIGHUP stays blocked. */
void hangup_stop(void);

#endif
