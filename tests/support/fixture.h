/*
 * A feed on a fake Kafka, a virtual clock and a client that keeps what it is sent: for unit tests
 * of the feed's files. One thread.
 */
#ifndef SUPPORT_FIXTURE_H
#define SUPPORT_FIXTURE_H

#include "feed/feed_parts.h"
#include "support/fake_kafka.h"

struct fixture {
    struct rng rng;
    struct fake_kafka kafka;
    struct feed *feed;
    struct selection *selection; /* of whoever is attached; NULL at first */
    size_t rendering;            /* the same; 0 at first */
    int64_t clock_us; /* besides what selections count, which takes as long as they say */
};

/* A clock on which looking through selections takes what they say that it costs, and a Kafka with
 * topic "t" of two partitions and "u" of one, all empty; the feed knows them. */
void fixture_init(struct fixture *f, const struct feed_options *options);

/* All clients must be detached. */
void fixture_fini(struct fixture *f);

/* Generous ones. */
extern const struct feed_options fixture_options;

/* Tells the feed the topics that the fake has. */
void fixture_tell_topics(struct fixture *f);

/* Produces `count` JSON records to a partition. */
void fixture_produce(struct fixture *f, const char *topic, int32_t partition, int count);

/* Lets so much time pass. */
void fixture_run(struct fixture *f, int64_t ms);

struct partition_log *fixture_log(struct fixture *f, const char *topic, int32_t partition);

/* A new selection with this filter, which must be a good one. */
struct selection *fixture_selection(const char *filter);

enum {
    GOT_BYTES = 1 << 20
};

struct test_client {
    struct client client;
    char got[GOT_BYTES]; /* zero-terminated */
    size_t len;
    size_t room; /* bytes that are taken until it blocks */
    bool is_gone;
    bool is_wanted;
    bool is_ended;
    enum end_reason reason;
    char why[80]; /* the failed filter's sentence */
};

/* Attaches a client (made anew) with an id of KafkaSSE's form. 0, -1 as feed_attach(). */
int fixture_attach(struct fixture *f, struct test_client *c, const char *id,
                   const struct view *view);

/* It takes all bytes again. */
void test_client_unblock(struct test_client *c);

/* How often `text` is in what it got. */
size_t test_client_count(const struct test_client *c, const char *text);

#endif
