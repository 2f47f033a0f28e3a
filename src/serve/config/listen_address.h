/*
 * The text form of an address to listen on. Nothing is resolved or opened here. Any thread.
 */
#ifndef SERVE_CONFIG_LISTEN_ADDRESS_H
#define SERVE_CONFIG_LISTEN_ADDRESS_H

#include "base/assert.h"
#include "base/buf.h"

struct listen_address {
    char host[256]; /* name or numeric address without brackets; "" for all addresses */
    int port;       /* 0 for any free one */
    bool is_off;    /* none at all; the other members say nothing then */
};

/*
 * Reads "127.0.0.1:6917", "name:6917", "[::1]:6917", ":6917" or "off".
 * KSSE_EVALUE when it is none of these: *why is then a static sentence, and *out untouched.
 */
CHECKED int listen_address_parse(struct slice text, struct listen_address *out, const char **why);

/* Whether only this machine can reach it; a name that is not localhost's is not looked up. */
bool listen_address_is_loopback(const struct listen_address *address);

/* Appends it in the form that is read above. */
void listen_address_print(const struct listen_address *address, struct buf *out);

#endif
