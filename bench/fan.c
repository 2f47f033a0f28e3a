/* The spread within a fan-out: see the header. */
#include "fan.h"

void fan_init(struct fan *fan, long clients)
{
    fan->wanted = (clients * 99 + 99) / 100;
}

/* An event that meets another one in its slot takes it over: what it had counted is lost. */
static struct fan_event *event_of(struct fan *fan, int64_t stamp, int64_t now)
{
    uint64_t hash = (uint64_t)stamp * 0x9E3779B97F4A7C15u;
    struct fan_event *event = &fan->events[hash >> 52];
    if (event->stamp != stamp) {
        *event = (struct fan_event){.stamp = stamp, .first_ns = now};
    }
    return event;
}

void fan_add(struct fan *fan, int64_t stamp, int64_t now)
{
    struct fan_event *event = event_of(fan, stamp, now);
    if (++event->receipts == fan->wanted) {
        histogram_add(&fan->spread, now - event->first_ns);
    }
}
