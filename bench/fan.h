/*
 * How long a server takes to get one event to everybody: the time from the first client that has
 * it to the one that 99 of 100 are not later than. Events are told apart by their stamps.
 */
#ifndef BENCH_FAN_H
#define BENCH_FAN_H

#include "bench.h"

enum {
    FAN_SLOTS = 4096 /* events that may be on their way at a time, about */
};

struct fan_event {
    int64_t stamp;
    int64_t first_ns;
    long receipts;
};

struct fan {
    long wanted; /* receipts that complete an event */
    struct fan_event events[FAN_SLOTS];
    struct histogram spread;
};

void fan_init(struct fan *fan, long clients);

/* A client has got the event that was made at `stamp`. */
void fan_add(struct fan *fan, int64_t stamp, int64_t now);

#endif
