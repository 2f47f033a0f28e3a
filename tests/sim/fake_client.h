/*
 * A browser with a bad network: it subscribes, takes bytes when it likes, vanishes, comes back with
 * the last id that it has, and holds all that it gets against its ledger. One thread.
 */
#ifndef SIM_FAKE_CLIENT_H
#define SIM_FAKE_CLIENT_H

#include "feed/feed_parts.h"
#include "ledger.h"
#include "stream.h"

enum {
    DRIPS = 3,
    DRIP_BYTES = 2250
};

struct fake_client {
    struct client client;
    char name[16];
    struct feed *feed;
    struct rng *rng;
    struct fake_kafka *kafka;
    struct ledger ledger;
    struct stream stream;
    struct view view;
    char asks_for[300]; /* the first id of its life, as a browser that came from elsewhere has it */
    struct start otherwise;
    struct selection *selection; /* what makes its ledger's wish true; NULL: none */
    bool fails;                  /* its filter fails now and then */
    bool is_connected;           /* attached to the feed */
    bool is_gone;  /* its socket is dead, which the server notices with the next send */
    bool is_whole; /* ended by the server: on a whole frame, therefore */
    bool is_blocked;
    bool is_wanted; /* want_writable() */
    size_t room;    /* bytes that its socket takes before it blocks */
    int speed; /* 0: reads everything at once; DRIPS: little at a time; else blocks now and then
                */
    uint64_t connects;
    uint64_t taken;   /* bytes, by all of its connections */
    int64_t heard_ms; /* since when it could take bytes, or when it got some last */
    int late_turns;   /* of the feed, since a sign of life was due */
    int late_ticks;
    int64_t ticked_ms; /* the last tick */
};

void fake_client_init(struct fake_client *c, struct feed *feed, struct fake_kafka *kafka,
                      struct rng *rng, int number);
void fake_client_fini(struct fake_client *c);

/* (Re)connects: with its last id when it has one. */
void fake_client_connect(struct fake_client *c);

/* ... with a partition in partition 0 of the first topic. */
void fake_client_connect_at(struct fake_client *c, int64_t offset, int speed);

/* The server ends the stream on a whole frame. */
void fake_client_drain(struct fake_client *c);

/* Its socket takes bytes again. */
void fake_client_unblock(struct fake_client *c);

/*
 * The feed had a turn, or a tick, and time for a sign of life: whoever can take bytes gets some,
 * at the latest after twice the time between heartbeats.
 */
void fake_client_check_life(struct fake_client *c, bool is_tick);

/* Parses what has come. Not from within send(): allocations may be failing there. */
void fake_client_read(struct fake_client *c);

/* Where latest is was decided meanwhile. */
void fake_client_decide(struct fake_client *c);

/* Set around calls into the feed: after so many allocations one fails. Negative: none. */
extern long fake_client_fault;

#endif
