/*
 * The hash map: see the header for its contract. SipHash-1-3 keyed once per process; removal shifts
 * the followers back instead of leaving tombstones, so a map that lives for months never decays.
 */
#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

enum {
    MAP_FIRST_SLOTS = 8 /* a power of two */
};

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void seed_draw(void)
{
    ssize_t got;
    do {
        got = getrandom(seed, sizeof(seed), 0);
    } while (got < 0 && errno == EINTR);
    /* A guessable seed would let a client choose keys that collide. */
    ASSERT(got == (ssize_t)sizeof(seed));
}

static inline uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

/* SipHash-1-3 (Aumasson and Bernstein), in the machine's byte order: the value stays in here. */
static uint64_t hash_of(struct slice key)
{
    pthread_once(&seed_once, seed_draw);
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
                     seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573};
    size_t done = 0;
    for (; key.len - done >= sizeof(uint64_t); done += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, key.data + done, sizeof(word));
        sip_word(v, word);
    }
    uint64_t last = (uint64_t)key.len << 56;
    for (int shift = 0; done < key.len; done++, shift += 8) {
        last |= (uint64_t)(uint8_t)key.data[done] << shift;
    }
    sip_word(v, last);
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot that holds `key`, or the free one where it would go. There is always a free slot. */
static struct map_slot *slot_of(const struct map *m, struct slice key, uint64_t hash)
{
    size_t i = hash & (m->cap - 1);
    while (m->slots[i].value != NULL) {
        if (m->slots[i].hash == hash && slice_eq(m->slots[i].key, key)) {
            break;
        }
        i = (i + 1) & (m->cap - 1);
    }
    return &m->slots[i];
}

static int map_grow(struct map *m)
{
    struct map bigger = MAP_INIT;
    size_t bytes;
    bigger.cap = m->cap == 0 ? MAP_FIRST_SLOTS : m->cap * 2;
    if (__builtin_mul_overflow(bigger.cap, sizeof(*m->slots), &bytes)) {
        return -1;
    }
    bigger.slots = mem_zalloc(bytes);
    if (bigger.slots == NULL) {
        return -1;
    }
    bigger.count = m->count;
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].value != NULL) {
            *slot_of(&bigger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
        }
    }
    mem_free(m->slots);
    *m = bigger;
    return 0;
}

void map_fini(struct map *m)
{
    mem_free(m->slots);
    *m = MAP_INIT;
}

void *map_get(const struct map *m, struct slice key)
{
    return m->count == 0 ? NULL : slot_of(m, key, hash_of(key))->value;
}

int map_put(struct map *m, struct slice key, void *value)
{
    ASSERT(value != NULL);
    uint64_t hash = hash_of(key);
    struct map_slot *slot = m->cap == 0 ? NULL : slot_of(m, key, hash);
    if (slot == NULL || slot->value == NULL) {
        /* At most three quarters full: probing stays short, and a free slot always ends it. */
        if (m->count >= m->cap - m->cap / 4) {
            if (map_grow(m) < 0) {
                return -1;
            }
            slot = slot_of(m, key, hash);
        }
        m->count++;
    }
    /* The key too: the old one may be part of the value that is replaced. */
    *slot = (struct map_slot){key, value, hash};
    return 0;
}

/* Moves the entries behind the hole back, where their own place lets them. */
static void close_hole(struct map *m, size_t hole)
{
    size_t mask = m->cap - 1;
    for (size_t i = (hole + 1) & mask; m->slots[i].value != NULL; i = (i + 1) & mask) {
        size_t home = m->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct map_slot){{NULL, 0}, NULL, 0};
}

void *map_remove(struct map *m, struct slice key)
{
    if (m->count == 0) {
        return NULL;
    }
    struct map_slot *slot = slot_of(m, key, hash_of(key));
    void *value = slot->value;
    if (value != NULL) {
        m->count--;
        close_hole(m, (size_t)(slot - m->slots));
    }
    return value;
}

void *map_next(const struct map *m, size_t *at)
{
    while (*at < m->cap) {
        void *value = m->slots[(*at)++].value;
        if (value != NULL) {
            return value;
        }
    }
    return NULL;
}
