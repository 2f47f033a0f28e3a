/* See idle.h. */
#include "serve/request/idle.h"
#include "base/mem.h"

struct idle_address {
    struct peer_key peer;
    struct list entries;
};

static struct idle_address *find_or_add(struct idle *idle, const struct peer_key *peer)
{
    struct idle_address *address = map_get(&idle->addresses, peer_key_slice(peer));
    if (address != NULL) {
        return address;
    }
    address = mem_zalloc(sizeof(*address));
    if (address == NULL) {
        return NULL;
    }
    address->peer = *peer;
    list_init(&address->entries);
    if (map_put(&idle->addresses, peer_key_slice(&address->peer), address) < 0) {
        mem_free(address);
        return NULL;
    }
    return address;
}

bool idle_add(struct idle *idle, const struct peer_key *peer, struct idle_entry *entry)
{
    ASSERT(entry->address == NULL);
    struct idle_address *address = peer->len == 0 ? NULL : find_or_add(idle, peer);
    if (address == NULL) {
        return false;
    }
    entry->address = address;
    list_init(&entry->node);
    list_push_back(&address->entries, &entry->node);
    return true;
}

void idle_remove(struct idle *idle, struct idle_entry *entry)
{
    struct idle_address *address = entry->address;
    ASSERT(address != NULL);
    list_remove(&entry->node);
    entry->address = NULL;
    if (list_is_empty(&address->entries)) {
        map_remove(&idle->addresses, peer_key_slice(&address->peer));
        mem_free(address);
    }
}

struct idle_entry *idle_oldest(const struct idle *idle, const struct peer_key *peer,
                               const struct idle_entry *except)
{
    struct idle_address *address = map_get(&idle->addresses, peer_key_slice(peer));
    if (address == NULL) {
        return NULL;
    }
    LIST_EACH(entry, &address->entries, struct idle_entry, node)
    {
        if (entry != except) {
            return entry;
        }
    }
    return NULL;
}

void idle_fini(struct idle *idle)
{
    ASSERT(idle->addresses.count == 0);
    map_fini(&idle->addresses);
}
