/*
 * The world of one seed: a fake Kafka, a feed, some clients, and a random order of everything that
 * can happen to them on a virtual clock. Ends with calm: everybody must have everything, and
 * nothing may be left when all are gone.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "fake_client.h"

enum {
    CLIENTS = 12,
    LARGEST_RECORD = 300 * 1024
};

struct world {
    struct rng rng;
    struct fake_kafka kafka;
    struct feed *feed;
    struct feed_options options;
    struct fake_client clients[CLIENTS];
    int64_t next_tick_ms;
    int64_t clock_us; /* what turns are ended by */
    int slow_percent; /* of looks at that clock find that much time has passed */
    /* What this seed is about. */
    bool has_faults;
    bool has_cuts;
    bool has_new_partitions;
    bool has_big_records;
    bool has_outages;
    bool has_damage;
};

/* Runs one seed to its end; fails by story_fail(). */
void world_run(long seed);

/* Something happens, by chance. */
void world_happen(struct world *w);

/* A few records for some partition. */
void world_produce(struct world *w);

/* The feed hears of the topics as they are now. */
void world_tell_topics(struct world *w);

/* Lets so much time pass in which nothing happens by chance. */
void world_run_for(struct world *w, int64_t ms);

void world_detach_all(struct world *w);

/* Logs, channels and replays hold no more than they may. */
void world_check_memory(const struct world *w);

/*
 * Clients that come beside others which catch up slowly have their first old record soon, if there
 * is memory for one. Attaches clients anew, as world_check_turns() does.
 */
void world_check_first_record(struct world *w);

/* Where memory holds one frame, each client has its turn with it, however slow the others are. */
void world_check_turns(struct world *w);

/* Chooses whether, and when, an allocation fails in the next call into the feed. */
void world_arm(struct world *w);

#endif
