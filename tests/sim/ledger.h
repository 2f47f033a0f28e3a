/*
 * The ledger of one client: what it must have received, partition by partition, and whether it did.
 * Kept through reconnects. Fails the seed when an event does not fit.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include "core/stream/assignment.h"
#include "core/stream/view.h"
#include "ghosts.h"
#include "support/fake_kafka.h"
#include "stream.h"

struct account {
    bool is_in;       /* a partition of the subscription */
    bool is_resolved; /* `next` is exact; otherwise records before `since_ms` or expired ones do not
                         count */
    bool is_unknown;  /* latest, and not decided yet where that is */
    int64_t next;     /* everything before was received, or did not have to be */
    int64_t since_ms;
    int64_t time_ms; /* came back with that time in its id; 0: with none */
    bool may_repeat; /* ... and has got nothing since: some may come twice */
    bool was_future; /* began beyond its end */
};

/* What a client wants to see: of both kinds, all are kept that neither drops. */
struct wish {
    int64_t every;     /* a callback drops each so-many-th offset; 1: all; 0: none */
    int64_t before_ms; /* an expression drops what is older, but for partition 0; 0: nothing */
    bool fields;       /* a projection leaves out all but `n` */
};

struct ledger {
    const char *name;
    const struct fake_kafka *kafka;
    struct view view;
    struct wish wish;
    struct account accounts[FAKE_TOPICS][FAKE_PARTITIONS];
    struct ghosts ghosts;
    int64_t sure[FAKE_TOPICS][FAKE_PARTITIONS]; /* `next`, where the last id has a time; else -1 */
    struct bytes last_id;                       /* zero-terminated; empty: none yet */
    uint64_t records;
    uint64_t gaps;
};

/* Whether the wish keeps a record. */
bool wish_keeps(const struct wish *wish, int64_t partition, int64_t offset, int64_t timestamp_ms);

/* A connection begins: forgets which partitions there are. */
void ledger_begin(struct ledger *l, const struct view *view);

/* A partition of the connection and where it starts; offset and time in `start`. */
void ledger_open(struct ledger *l, const char *topic, int32_t partition, struct start start);

/* Latest was decided to be at `offset`. */
void ledger_decide(struct ledger *l, const char *topic, int32_t partition, int64_t offset);

bool ledger_is_undecided(const struct ledger *l, const char *topic, int32_t partition);

void ledger_take(struct ledger *l, const struct stream_event *event);

/* Nothing may be missing now. */
void ledger_check_complete(struct ledger *l);

#endif
