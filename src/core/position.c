/* The sorted vector of places: see the header. */
#include "core/position.h"
#include "base/mem.h"

#include <string.h>

void position_fini(struct position *p)
{
    mem_free(p->places);
    *p = POSITION_INIT;
}

int position_copy(struct position *to, const struct position *from)
{
    size_t bytes = from->count * sizeof(struct place);
    struct place *places = mem_alloc(bytes == 0 ? 1 : bytes);
    if (places == NULL) {
        return -1;
    }
    if (bytes > 0) {
        memcpy(places, from->places, bytes);
    }
    position_fini(to);
    to->places = places;
    to->count = from->count;
    return 0;
}

static int place_compare(const struct place *place, const char *topic, int32_t partition)
{
    int order = place->topic == topic ? 0 : strcmp(place->topic, topic);
    if (order != 0) {
        return order;
    }
    return (place->partition > partition) - (place->partition < partition);
}

/* The index of the first place that is not before (topic, partition). */
static size_t lower_bound(const struct position *p, const char *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (place_compare(&p->places[middle], topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct position *p, size_t at, const char *topic, int32_t partition)
{
    return at < p->count && place_compare(&p->places[at], topic, partition) == 0;
}

long position_insert(struct position *p, struct place place)
{
    size_t at = lower_bound(p, place.topic, place.partition);
    if (is_at(p, at, place.topic, place.partition)) {
        return (long)at;
    }
    struct place *places = mem_realloc(p->places, (p->count + 1) * sizeof(struct place));
    if (places == NULL) {
        return -1;
    }
    memmove(places + at + 1, places + at, (p->count - at) * sizeof(struct place));
    places[at] = place;
    p->places = places;
    p->count++;
    return (long)at;
}

long position_find(const struct position *p, const char *topic, int32_t partition)
{
    size_t at = lower_bound(p, topic, partition);
    return is_at(p, at, topic, partition) ? (long)at : -1;
}
