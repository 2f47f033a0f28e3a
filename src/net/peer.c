/* See peer.h. */
#include "net/peer.h"
#include "base/assert.h"

#include <arpa/inet.h>
#include <netinet/in.h>

_Static_assert(PEER_TEXT_LEN == INET6_ADDRSTRLEN, "as the system has it");

struct peer peer_of(const struct sockaddr_storage *address)
{
    struct peer peer = {{0}, 0, 0};
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)(const void *)address;
        peer.ip_len = 4;
        peer.port = ntohs(ipv4->sin_port);
        memcpy(peer.ip, &ipv4->sin_addr, peer.ip_len);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)(const void *)address;
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr);
        peer.ip_len = is_mapped ? 4 : 16;
        peer.port = ntohs(ipv6->sin6_port);
        memcpy(peer.ip, ipv6->sin6_addr.s6_addr + (is_mapped ? 12 : 0), peer.ip_len);
    }
    return peer;
}

void peer_format(const struct peer *peer, char out[PEER_TEXT_LEN])
{
    out[0] = '\0';
    if (peer->ip_len > 0) {
        inet_ntop(peer->ip_len == 4 ? AF_INET : AF_INET6, peer->ip, out, PEER_TEXT_LEN);
    }
}

struct peer_key peer_key_of(const struct peer *peer)
{
    ASSERT(peer->ip_len == 0 || peer->ip_len == 4 || peer->ip_len == 16);
    struct peer_key key = {{0}, 0};
    key.len = peer->ip_len == 16 ? 8 : peer->ip_len;
    memcpy(key.bytes, peer->ip, key.len);
    return key;
}

uint64_t peer_key_number(const struct peer_key *key)
{
    uint64_t number;
    _Static_assert(sizeof(number) == sizeof(key->bytes), "all of it");
    memcpy(&number, key->bytes, sizeof(number));
    number += key->len;
    return number == 0 ? 1 : number;
}
