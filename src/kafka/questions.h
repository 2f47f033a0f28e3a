/*
 * The queue of offset look-ups, and whose turn it is. Policy only: no threads, no clock, no
 * librdkafka, so its user has a lock around it and tells it the time.
 *
 * Look-ups are taken apart into questions, which are asked in rounds. A round is one request to one
 * leader, and may name a partition only once, which is librdkafka's rule. It takes some questions
 * of each requester in turn (rounds.c); the feed's own come first. An requester may be a proxy with
 * many behind it, so each of its partitions has a line of its own, which is taken from both ends.
 * So nobody waits for another's hundred rounds, and a leader that does not answer delays nothing
 * but questions to itself.
 *
 * A look-up is done when its last question is, however its neighbours fare, and goes to `done`. How
 * many questions are open is bounded, for each requester and for all. What is known of partitions
 * is kept for as long as somebody asks about them, and a moment longer.
 */
#ifndef KAFKA_QUESTIONS_H
#define KAFKA_QUESTIONS_H

#include "api/error.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "feed/log/source.h"
#include "kafka/answers.h"
#include "kafka/snapshot.h"

enum {
    /* librdkafka compares each partition of a request with each of its answer. */
    ROUND_QUESTIONS = 256,
    ROUND_TRY_MS = 1000,        /* how long a leader has that answered the last time */
    QUESTION_TIMEOUT_MS = 4000, /* what waits for a cluster or leader that is away */
    /* That are open. Beyond it they are answered as unknown at once: whose they are asks again
     * later. But everybody has one look-up at least, whatever others ask. */
    QUESTIONS_OF_REQUESTER = 50000,
    QUESTIONS_OF_ALL = 200000
};

/* What questions are about: a partition, while somebody asks and a moment longer. */
struct subject {
    struct leader *leader; /* NULL: not known, or none for now */
    struct answers answers;
    uint64_t round;    /* it is in this one; 0: in none yet */
    size_t users;      /* questions, and places in rounds */
    struct list node;  /* questions->idle, when there are none */
    int64_t idle_ms;   /* since when */
    struct slice key;  /* its map entry's: the name, a zero, the partition */
    const char *topic; /* in `key` */
    int32_t partition;
};

struct leader {
    struct list node; /* questions->leaders, those whose turn it is not long since first */
    int32_t id;
    struct list first; /* the feed's own turn, if it has questions to ask */
    struct list turns; /* the others' that have */
    bool is_busy;      /* a round is under way */
    unsigned failures; /* in a row; else 0 */
};

/* An requester's questions to a leader. */
struct turn {
    struct leader *leader;
    struct list node;  /* leader->first or ->turns; in neither while it has none to ask */
    struct list lines; /* struct line: those that have questions to ask */
    size_t open;       /* questions: to be asked, or in a round */
    struct turn_key {
        uint64_t requester;
        int64_t leader;
    } key;
};

/* ... about one partition, of which a round takes one. */
struct line {
    struct list node;      /* turn->lines; not in it while it has none to ask */
    struct list questions; /* to be asked, in the order of asking */
    bool takes_newest;     /* the next time */
    size_t open;           /* as in struct turn */
    struct line_key {
        struct turn *turn;
        const struct subject *subject;
    } key;
};

/* How many questions somebody has. The feed itself may have any number. */
struct requester {
    uint64_t key;
    size_t open;
};

struct question {
    struct requester *requester; /* NULL: the feed's */
    struct offset_lookup *lookup;
    struct offset_query *query;
    struct subject *subject;
    struct line *line; /* NULL: waits for the cluster, or is answered */
    struct list node;  /* line->questions, unless it is in a round */
    struct round_item *item;
    int64_t moment; /* to be asked next: the query's, or OFFSET_AT_LATEST */
    int64_t latest; /* told when there was no record at or after the query's time; -1: not yet */
    uint64_t after; /* answers of later rounds are good */
    bool is_open;
};

struct round_item {
    struct subject *subject;
    struct question *question; /* NULL: nobody wants to know any more */
    int64_t moment;
    struct answer answer; /* MISSING: not asked, for lack of time */
};

/* One request. */
struct round {
    struct leader *leader;
    uint64_t number;
    int timeout_ms;
    bool is_bad;     /* of one partition that could not be told the last time */
    bool has_failed; /* no answer at all: librdkafka's fault or the leader's */
    size_t count;
    struct round_item items[ROUND_QUESTIONS];
};

struct questions {
    struct list leaders;
    struct list waiting_cluster; /* struct offset_lookup that wait for the cluster, oldest first */
    struct list open;            /* the same, on their way */
    struct list done;            /* the same, answered */
    struct list idle;            /* struct subject, longest first */
    size_t idle_count;
    struct map subjects;
    struct map turns;
    struct map lines;
    struct map requesters;           /* struct requester */
    size_t open_count;               /* questions */
    const struct snapshot *snapshot; /* borrowed; NULL: not told yet */
    struct buf key;
    uint64_t round_count;
    size_t trials; /* rounds under way to leaders that have failed */
    bool is_up;
};

void questions_init(struct questions *q);

/* Frees all look-ups, too, without callbacks. No round may be under way. */
void questions_fini(struct questions *q);

/* Takes the look-up; names are copied. Without memory, or when there is no such partition, or it
 * has no leader, the question is answered as unknown at once. */
void questions_add(struct questions *q, struct offset_lookup *lookup, int64_t now_ms);

/* Forgets the look-up and frees it, wherever it is. */
void questions_cancel(struct questions *q, struct offset_lookup *lookup, int64_t now_ms);

/* The cluster can be reached, and looks like this (borrowed until the next call), or not. */
void questions_set_cluster(struct questions *q, const struct snapshot *snapshot, bool is_up,
                           int64_t now_ms);

/* What has waited too long for a cluster or leader that is away is answered as unknown. To be
 * called about each second. */
void questions_expire(struct questions *q, int64_t now_ms);

/* The look-up was taken out of `done`: frees what belongs to the queue. */
void questions_release(struct offset_lookup *lookup);

/* Whether questions_take() would find something to do. */
bool questions_can_take(const struct questions *q);

/* Fills `round` with what is to be asked next. False: nothing now; look again after a change. */
CHECKED bool questions_take(struct questions *q, struct round *round, int64_t now_ms);

/* The round has ended: its answers, or has_failed, are in it. */
void questions_answer(struct questions *q, struct round *round, int64_t now_ms);

/* ---- between questions.c, rounds.c, turns.c, requesters.c and subjects.c ---- */

/* Looks at what is known. True: the question was answered and is closed. */
bool question_advance(struct questions *q, struct question *question, int64_t now_ms);

/* The same, with an answer at hand. */
bool question_take(struct questions *q, struct question *question, const struct answer *answer,
                   int64_t now_ms);

/* Nobody can tell. */
void question_give_up(struct questions *q, struct question *question, int64_t now_ms);

/* Counts the look-up's questions, and gives its requester (NULL: the feed itself). KSSE_EREFUSED:
 * there are too many; KSSE_ENOMEM. None are counted then. */
CHECKED int requester_enter(struct questions *q, const struct offset_lookup *lookup,
                            struct requester **out);

/* One of them is closed. */
void requester_leave(struct questions *q, const struct question *question);

void requesters_fini(struct questions *q);

/* The question stands in its requester's line, at the end. Without memory, or a leader, in none. */
void line_join(struct questions *q, struct question *question);

/* It was in a round, and is to be asked again: it is the next one of its line. */
void line_rejoin(struct question *question);

/* It is closed. */
void line_leave(struct questions *q, struct question *question);

/* After its questions were looked through, with its `open` one more: frees it, or takes it out of
 * its list, when there is nothing in it. */
void line_trim(struct questions *q, struct line *line);
void turn_trim(struct questions *q, struct turn *turn);

void turns_fini(struct questions *q);

/* Returns what the query is about, with one user more, or NULL without memory. */
CHECKED struct subject *subject_use(struct questions *q, const struct offset_query *query);

void subject_release(struct questions *q, struct subject *subject, int64_t now_ms);

/* Forgets those that nobody has asked about for a while. */
void subjects_trim(struct questions *q, int64_t now_ms);

/* The cluster has changed. */
void subjects_find_leaders(struct questions *q);

void subjects_fini(struct questions *q);

#endif
