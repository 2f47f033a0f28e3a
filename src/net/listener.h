/*
 * The listening socket of a worker. On the loop's thread.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "net/loop.h"
#include "net/peer.h"

#include <stddef.h>

struct listener;

/*
 * Opens a socket that listens on host ("" for all addresses) and port (0 for any free one), which
 * nobody listens on yet. If it is shared, listener_open_again() can open more on the same address.
 * Returns its descriptor, or -1 with a sentence in `error`.
 */
CHECKED int listener_open(const char *host, int port, bool is_shared, char *error,
                          size_t error_len);

/*
 * Opens one more socket on the address that the shared socket `fd` has: the kernel spreads new
 * connections over all of them (SO_REUSEPORT, socket(7)). Returns as listener_open().
 */
CHECKED int listener_open_again(int fd, char *error, size_t error_len);

/* The port that a listening descriptor has. */
int listener_port(int fd);

/*
 * Takes connections from now on: `on_accept` owns the non-blocking, close-on-exec descriptor.
 * Takes the listening descriptor over, also on failure. NULL without memory.
 */
CHECKED struct listener *
listener_start(struct loop *loop, int fd,
               void (*on_accept)(void *opaque, int fd, const struct peer *peer), void *opaque);

/*
 * Takes no connections for now, or again. Out of descriptors, it pauses by itself, for the tick
 * that calls listener_resume() next. True when it was paused by itself.
 */
void listener_pause(struct listener *listener);
void listener_resume(struct listener *listener);
bool listener_is_out_of_descriptors(const struct listener *listener);

/* Closes the descriptor. NULL is fine. */
void listener_stop(struct listener *listener);

#endif
