/* Counting streams: see the header. */
#include "serve/admission.h"
#include "base/mem.h"

#include <netinet/in.h>

enum {
    SPARE_CONNECTIONS = 512, /* that are no streams */
    KAFKA_FILES = 256,       /* a handle takes some per broker; the pools have several handles */
    LEAST_KAFKA_FILES = 32   /* below that no replay gets its reader */
};

struct address_count {
    struct peer_key peer;
    int64_t streams;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct admission_limits admission_limits(int64_t max_clients, int64_t files)
{
    int64_t kafka = most(least(files / 4, KAFKA_FILES), LEAST_KAFKA_FILES);
    int64_t connections = most(least(max_clients + SPARE_CONNECTIONS, files - kafka), 2);
    int64_t spare = most(least(SPARE_CONNECTIONS, connections / 4), 1);
    return (struct admission_limits){connections, least(max_clients, connections - spare)};
}

void admission_init(struct admission *a, int64_t max_streams, int64_t max_streams_per_address)
{
    *a = (struct admission){max_streams, max_streams_per_address, 0, MAP_INIT};
}

void admission_fini(struct admission *a)
{
    size_t at = 0;
    struct address_count *count;
    while ((count = map_next(&a->addresses, &at)) != NULL) {
        mem_free(count);
    }
    map_fini(&a->addresses);
}

struct peer_key peer_key_of(const struct sockaddr_storage *address)
{
    struct peer_key key = {{0}, 0};
    if (address->ss_family == AF_INET) {
        key.len = 4;
        memcpy(key.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, key.len);
        return key;
    }
    const struct in6_addr *ip = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    bool is_mapped = IN6_IS_ADDR_V4MAPPED(ip);
    key.len = is_mapped ? 4 : 8;
    memcpy(key.bytes, ip->s6_addr + (is_mapped ? 12 : 0), key.len);
    return key;
}

static struct slice key_of(const struct peer_key *peer)
{
    return slice_of((const char *)peer->bytes, peer->len);
}

static bool enter_address(struct admission *a, const struct peer_key *peer)
{
    struct address_count *count = map_get(&a->addresses, key_of(peer));
    if (count == NULL) {
        count = mem_zalloc(sizeof(*count));
        if (count == NULL) {
            return false;
        }
        count->peer = *peer;
        if (map_put(&a->addresses, key_of(&count->peer), count) < 0) {
            mem_free(count);
            return false;
        }
    }
    if (count->streams >= a->max_streams_per_address) {
        return false;
    }
    count->streams++;
    return true;
}

bool admission_enter(struct admission *a, const struct peer_key *peer)
{
    if (a->streams >= a->max_streams) {
        return false;
    }
    if (a->max_streams_per_address > 0 && !enter_address(a, peer)) {
        return false;
    }
    a->streams++;
    return true;
}

void admission_leave(struct admission *a, const struct peer_key *peer)
{
    a->streams--;
    if (a->max_streams_per_address == 0) {
        return;
    }
    struct address_count *count = map_get(&a->addresses, key_of(peer));
    ASSERT(count != NULL && count->streams > 0);
    if (--count->streams == 0) {
        map_remove(&a->addresses, key_of(peer));
        mem_free(count);
    }
}
