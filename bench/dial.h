/*
 * How the load programs connect to a server on this machine: from many source addresses, so that
 * ports do not run out however many connections are made or wait out their end.
 */
#ifndef BENCH_DIAL_H
#define BENCH_DIAL_H

#include <stddef.h>

enum {
    DIAL_ADDRESSES = 200, /* 127.0.0.1 to 127.0.0.200, in turn */
    REQUEST_MAX = 65536
};

/*
 * Connects to 127.0.0.1:port from the address that belongs to `index`. `receive_buffer` is the
 * socket's SO_RCVBUF, 0 for the system's own. Returns a non-blocking socket, or ends the process.
 */
int dial(int port, long index, int receive_buffer);

/*
 * Writes the head of a GET request to `out`, which has room for REQUEST_MAX bytes. `last_id` is
 * the Last-Event-ID, or NULL. Returns the length, or ends the process when it is too long.
 */
size_t request_write(char *out, const char *path, const char *last_id);

/* Sends all bytes to a socket that must have room for them, as a new one has. */
void send_all_of(int fd, const char *data, size_t len);

/* Closes with a reset instead of an orderly end. */
void reset(int fd);

#endif
