/* Counting streams: see the header. */
#include "serve/request/admission.h"
#include "base/mem.h"

enum {
    SPARE_CONNECTIONS = 512, /* that are no streams */
    KAFKA_FILES = 256,       /* a worker's: a handle takes some per broker; it has several */
    LEAST_KAFKA_FILES = 32   /* a worker's: below that no replay gets its reader */
};

struct address_count {
    struct list node; /* one of the greeds, with idle connections only */
    struct peer_key peer;
    int64_t streams;
    uint32_t idle;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct admission_limits admission_limits(int64_t max_clients, int64_t files, int64_t workers)
{
    int64_t kafka = most(least(files / 4, workers * KAFKA_FILES), workers * LEAST_KAFKA_FILES);
    int64_t connections = most(least(max_clients + SPARE_CONNECTIONS, files - kafka), 2);
    int64_t spare = most(least(SPARE_CONNECTIONS, connections / 4), 1);
    return (struct admission_limits){connections, least(max_clients, connections - spare)};
}

void admission_init(struct admission *a, const struct admission_limits *limits,
                    int64_t max_streams_per_address)
{
    *a = (struct admission){.limits = *limits,
                            .max_streams_per_address = max_streams_per_address,
                            .addresses = MAP_INIT};
    for (size_t i = 0; i < ADMISSION_GREEDS; i++) {
        list_init(&a->greed[i]);
    }
    pthread_mutex_init(&a->lock, NULL);
}

void admission_fini(struct admission *a)
{
    size_t at = 0;
    struct address_count *count;
    while ((count = map_next(&a->addresses, &at)) != NULL) {
        mem_free(count);
    }
    map_fini(&a->addresses);
    pthread_mutex_destroy(&a->lock);
}

/* Who has no address is counted among all only. */
static bool is_limited(const struct admission *a, const struct peer_key *peer)
{
    return a->max_streams_per_address > 0 && peer->len > 0;
}

/* NULL without memory. */
static struct address_count *find_or_add(struct admission *a, const struct peer_key *peer)
{
    struct address_count *count = map_get(&a->addresses, peer_key_slice(peer));
    if (count != NULL) {
        return count;
    }
    count = mem_zalloc(sizeof(*count));
    if (count == NULL) {
        return NULL;
    }
    list_init(&count->node);
    count->peer = *peer;
    if (map_put(&a->addresses, peer_key_slice(&count->peer), count) < 0) {
        mem_free(count);
        return NULL;
    }
    return count;
}

static void free_if_unused(struct admission *a, struct address_count *count)
{
    if (count->streams == 0 && count->idle == 0) {
        map_remove(&a->addresses, peer_key_slice(&count->peer));
        mem_free(count);
    }
}

static bool enter_address(struct admission *a, const struct peer_key *peer)
{
    struct address_count *count = find_or_add(a, peer);
    if (count == NULL) {
        return false;
    }
    bool is_in = count->streams < a->max_streams_per_address;
    count->streams += is_in;
    free_if_unused(a, count);
    return is_in;
}

void admission_connect(struct admission *a)
{
    pthread_mutex_lock(&a->lock);
    a->counts.connections++;
    pthread_mutex_unlock(&a->lock);
}

void admission_disconnect(struct admission *a)
{
    pthread_mutex_lock(&a->lock);
    ASSERT(a->counts.connections > 0);
    a->counts.connections--;
    pthread_mutex_unlock(&a->lock);
}

bool admission_is_full(struct admission *a)
{
    return admission_counts(a).connections >= a->limits.connections;
}

bool admission_enter(struct admission *a, const struct peer_key *peer)
{
    pthread_mutex_lock(&a->lock);
    bool is_in =
        a->counts.streams < a->limits.streams && (!is_limited(a, peer) || enter_address(a, peer));
    a->counts.streams += is_in;
    pthread_mutex_unlock(&a->lock);
    return is_in;
}

static void leave_address(struct admission *a, const struct peer_key *peer)
{
    struct address_count *count = map_get(&a->addresses, peer_key_slice(peer));
    ASSERT(count != NULL && count->streams > 0);
    count->streams--;
    free_if_unused(a, count);
}

void admission_leave(struct admission *a, const struct peer_key *peer)
{
    pthread_mutex_lock(&a->lock);
    ASSERT(a->counts.streams > 0);
    a->counts.streams--;
    if (is_limited(a, peer)) {
        leave_address(a, peer);
    }
    pthread_mutex_unlock(&a->lock);
}

/* ---- idle connections ---- */

/* It moves among the greeds when its count passes a power of two. Without idle ones it is in none.
 */
static void set_idle(struct admission *a, struct address_count *count, uint32_t idle)
{
    int from = count->idle == 0 ? -1 : 31 - __builtin_clz(count->idle);
    int to = idle == 0 ? -1 : 31 - __builtin_clz(idle);
    count->idle = idle;
    if (to < 0) {
        list_remove(&count->node);
    } else if (to != from) {
        list_move_back(&a->greed[to], &count->node);
    }
}

bool admission_idle(struct admission *a, const struct peer_key *peer)
{
    pthread_mutex_lock(&a->lock);
    struct address_count *count = find_or_add(a, peer);
    if (count != NULL) {
        set_idle(a, count, count->idle + 1);
    }
    pthread_mutex_unlock(&a->lock);
    return count != NULL;
}

void admission_busy(struct admission *a, const struct peer_key *peer)
{
    pthread_mutex_lock(&a->lock);
    struct address_count *count = map_get(&a->addresses, peer_key_slice(peer));
    ASSERT(count != NULL && count->idle > 0);
    set_idle(a, count, count->idle - 1);
    free_if_unused(a, count);
    pthread_mutex_unlock(&a->lock);
}

bool admission_greediest(struct admission *a, struct peer_key *out)
{
    bool is_found = false;
    pthread_mutex_lock(&a->lock);
    for (int i = ADMISSION_GREEDS - 1; i >= 0 && !is_found; i--) {
        is_found = !list_is_empty(&a->greed[i]);
        if (is_found) {
            *out = LIST_FIRST(&a->greed[i], struct address_count, node)->peer;
        }
    }
    pthread_mutex_unlock(&a->lock);
    return is_found;
}

struct admission_counts admission_counts(struct admission *a)
{
    pthread_mutex_lock(&a->lock);
    struct admission_counts counts = a->counts;
    pthread_mutex_unlock(&a->lock);
    return counts;
}
