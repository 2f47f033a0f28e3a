/*
 * A Kafka of one process: topics, partitions, records with holes, retention, and the source
 * interface of the feed in front of them, with all the lateness that the interface allows. It keeps
 * every record it ever had, so that a test can judge what a client was sent. It allocates with
 * malloc(), so that tests can fail the feed's allocations only. One thread.
 */
#ifndef SUPPORT_FAKE_KAFKA_H
#define SUPPORT_FAKE_KAFKA_H

#include "feed/log/source.h"
#include "support/rng.h"

enum fake_kind {
    FAKE_JSON,
    FAKE_TOMBSTONE,
    FAKE_BROKEN, /* a value that is no JSON object */
    FAKE_HOLE    /* a transaction's marker, or compacted away */
};

struct fake_record {
    enum fake_kind kind;
    int64_t timestamp_ms;
    int64_t serial; /* unique: {"n":serial,...} is its value */
    size_t padding; /* bytes that make its value large */
    bool is_bad;    /* cannot be read */
    bool was_bad;   /* ... at some time */
    /* Set them after it was produced; borrowed. A value's data NULL: null. */
    const struct record_header *headers;
    size_t header_count;
};

struct fake_partition {
    struct fake_record *records; /* by offset */
    int64_t end;
    int64_t cap;
    int64_t earliest; /* older ones are gone */
    /* Offsets that have meant two different records, since the partition was cut off. */
    int64_t murky_from;
    int64_t murky_until;
};

enum {
    FAKE_TOPICS = 4,
    FAKE_PARTITIONS = 6
};

struct fake_topic {
    const char *name;
    int32_t partition_count;
    struct fake_partition partitions[FAKE_PARTITIONS];
};

struct fake_kafka {
    struct source source;
    struct rng *rng;
    int64_t now_ms;
    struct fake_topic topics[FAKE_TOPICS];
    size_t topic_count;
    int64_t next_serial;
    struct list readers;
    struct list lookups;
    uint64_t lookup_count; /* asked, or put off, so far */
    size_t replay_readers; /* open ones, of both kinds */
    size_t open_readers[READER_KIND_COUNT];
    size_t tail_readers;
    /* How it behaves; all zero is a Kafka that answers everything with the next dispatch. */
    size_t pool_size; /* of replay readers, for each kind */
    bool is_down;
    int unknown_percent; /* of look-up answers */
    int late_percent;    /* of look-ups that wait for a later dispatch */
    int slow_percent;    /* of readers that wait for a later dispatch */
    int start_fails_percent;
    bool has_wild_times;  /* of records: late ones, and some from the future */
    size_t largest_batch; /* records a dispatch makes ready, a reader; 0: all */
};

void fake_kafka_init(struct fake_kafka *k, struct rng *rng);
/* All readers must have been closed. */
void fake_kafka_fini(struct fake_kafka *k);

struct fake_topic *fake_kafka_add_topic(struct fake_kafka *k, const char *name, int32_t partitions);
struct fake_topic *fake_kafka_topic(struct fake_kafka *k, const char *name);

/* Appends a record at now_ms and returns its offset. */
int64_t fake_kafka_produce(struct fake_kafka *k, struct fake_partition *p, enum fake_kind kind,
                           size_t padding);

/* Retention: everything before `offset` is gone. */
void fake_kafka_expire(struct fake_partition *p, int64_t offset);

/* What stands from `from` to `to` cannot be read, or can again. */
void fake_kafka_damage(struct fake_partition *p, int64_t from, int64_t to, bool is_bad);

/* Data loss, or a topic made anew under its old name (offset 0): ends at `offset` now. */
void fake_kafka_cut(struct fake_partition *p, int64_t offset);

/* Readers of the partition stop with READ_LOST. */
void fake_kafka_lose(struct fake_kafka *k, const char *topic, int32_t partition);

/* The value that a record has, in memory of the caller's to free. *len is its length. */
char *fake_record_value(const struct fake_record *record, size_t *len);

/* Answers look-ups and tells readers that they have something: the only place of callbacks. */
void fake_kafka_dispatch(struct fake_kafka *k);

/* Look-ups that were not answered yet. */
size_t fake_kafka_pending_lookups(const struct fake_kafka *k);

#endif
