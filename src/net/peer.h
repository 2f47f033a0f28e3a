/*
 * A peer: who is at the other end of a connection, as known when it came. A plain value; any
 * thread.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include "base/slice.h"

#include <stdint.h>
#include <sys/socket.h>

enum {
    PEER_TEXT_LEN = 46 /* of the longest address, with a NUL */
};

struct peer {
    unsigned char ip[16];
    unsigned char ip_len; /* 4, 16, or 0: it has no address, such as that of a Unix socket */
    uint16_t port;        /* 0 without an address */
};

/*
 * What limits per address count by: an IPv4 address, or the /64 of an IPv6 one, which is what one
 * household gets. Empty for a peer without an address: no such limit holds for it.
 */
struct peer_key {
    unsigned char bytes[8];
    unsigned char len;
};

/* An IPv4 address that an IPv6 socket has becomes one of IPv4. */
struct peer peer_of(const struct sockaddr_storage *address);

/* Writes the address as text, "" without one. */
void peer_format(const struct peer *peer, char out[PEER_TEXT_LEN]);

struct peer_key peer_key_of(const struct peer *peer);

/* A number other than 0 that stands for the key. Two may have the same, which does no harm where
 * numbers only take turns. */
uint64_t peer_key_number(const struct peer_key *key);

static inline struct slice peer_key_slice(const struct peer_key *key)
{
    return slice_of((const char *)key->bytes, key->len);
}

#endif
