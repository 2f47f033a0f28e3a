/* See conf.h. Each table row says why it is there. */
#include "kafka/conf.h"

#include <stdbool.h>
#include <stdio.h>

struct row {
    const char *name;
    const char *value;
};

/* What the operator may change. */
static const struct row defaults[] = {
    {"client.id", "kafkasse"},
    /* A broker that does not answer the connect is given up sooner than after 30 s. */
    {"socket.connection.setup.timeout.ms", "5000"},
    /* Else flipped bits reach clients, or look like a batch without an end. */
    {"check.crcs", "true"},
    /* Buffers for decompression grow threefold up to this bound: a batch of a third of it passes.
     */
    {"receive.message.max.bytes", "402653184"},
    /* It is meant for producers, but fetch.max.bytes is raised to it if that is smaller. */
    {"message.max.bytes", "524288"},
    /* A restarted broker is found within a second (the default goes up to 10 s). */
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "500"},
};

/*
 * The operator may change it, too. An answer holds one large batch, or some small ones. Each may
 * grow a thousandfold when it is decompressed, and all of an answer are at once, of whatever
 * topics: so it is small. For a replay half as much would cost a tenth of its rate.
 */
static const struct row fetch_sizes[HANDLE_KIND_COUNT] = {
    [HANDLE_TAIL] = {"fetch.max.bytes", "524288"},
    [HANDLE_REPLAY] = {"fetch.max.bytes", "1048576"},
    [HANDLE_SHORT] = {"fetch.max.bytes", "524288"},
    [HANDLE_LOOKUP] = {"fetch.max.bytes", "524288"},
};

static const struct row common[] = {
    {"socket.nagle.disable", "true"},
    {"allow.auto.create.topics", "false"},
    /* No group, no commits: positions live in the clients' event ids. */
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    /* A vanished offset is an event of ours, never a silent jump. */
    {"auto.offset.reset", "error"},
    /* A partition whose fetch failed (leader moved) is asked again soon. */
    {"fetch.error.backoff.ms", "50"},
    {"topic.metadata.refresh.fast.interval.ms", "100"},
    /* Only topics that metadata has shown are started, so one that is unknown was deleted: say so
     * sooner than after 30 s. */
    {"topic.metadata.propagation.max.ms", "1000"},
};

static const struct row tail[] = {
    /* One fetch is in flight per broker: a new partition waits for the parked one to end. */
    {"fetch.wait.max.ms", "10"},
    {"fetch.min.bytes", "1"},
    {"fetch.message.max.bytes", "1048576"},
    {"enable.partition.eof", "false"},
};

static const struct row replay[] = {
    {"fetch.wait.max.ms", "5"},
    {"fetch.min.bytes", "1"},
    {"fetch.message.max.bytes", "2097152"},
    {"enable.partition.eof", "true"},
};

/* Small, as most of who begins with it takes little and goes. A batch of Kafka's that is larger
 * comes whole all the same. */
static const struct row short_replay[] = {
    {"fetch.wait.max.ms", "5"},
    {"fetch.min.bytes", "1"},
    {"fetch.message.max.bytes", "65536"},
    {"enable.partition.eof", "true"},
};

static const struct {
    const struct row *rows;
    size_t count;
} tables[HANDLE_KIND_COUNT] = {
    [HANDLE_TAIL] = {tail, ARRAY_LEN(tail)},
    [HANDLE_REPLAY] = {replay, ARRAY_LEN(replay)},
    [HANDLE_SHORT] = {short_replay, ARRAY_LEN(short_replay)},
    [HANDLE_LOOKUP] = {NULL, 0},
};

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, struct ksse_error *error)
{
    struct ksse_error scratch;
    char *message = error == NULL ? scratch.message : error->message;
    bool is_set =
        rd_kafka_conf_set(conf, name, value, message, sizeof(scratch.message)) == RD_KAFKA_CONF_OK;
    return is_set ? 0 : KSSE_EKAFKA;
}

static int set_rows(rd_kafka_conf_t *conf, const struct row *rows, size_t count,
                    struct ksse_error *error)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = set(conf, rows[i].name, rows[i].value, error);
    }
    return rc;
}

static int set_properties(rd_kafka_conf_t *conf, const struct kafka_property *properties,
                          size_t count, struct ksse_error *error)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = set(conf, properties[i].name, properties[i].value, error);
    }
    return rc;
}

/* One fetch at a time: nothing more before it was taken. */
static const struct row short_queue[] = {
    {"queued.min.messages", "1"},
    {"queued.max.messages.kbytes", "64"},
};

static int set_queue_bounds(rd_kafka_conf_t *conf, enum handle_kind kind, struct ksse_error *error)
{
    char messages[16];
    char kbytes[16];
    char old[16];
    if (kind == HANDLE_SHORT) {
        return set_rows(conf, short_queue, ARRAY_LEN(short_queue), error);
    }
    snprintf(messages, sizeof(messages), "%d", CONF_QUEUE_MESSAGES);
    snprintf(kbytes, sizeof(kbytes), "%d", CONF_QUEUE_KBYTES);
    /* Where the library knows it (2.2 on), a fetcher whose queue was full looks again at once;
     * older ones sleep for up to a second and are nudged (see fetch_nudge.h). */
    static const char backoff[] = "fetch.queue.backoff.ms";
    size_t len = sizeof(old);
    bool is_known = rd_kafka_conf_get(conf, backoff, old, &len) == RD_KAFKA_CONF_OK;
    const struct row rows[] = {
        {"queued.min.messages", messages},
        {"queued.max.messages.kbytes", kbytes},
        {backoff, "1"},
    };
    return set_rows(conf, rows, ARRAY_LEN(rows) - (is_known ? 0 : 1), error);
}

/* The operator's properties come before what the design rests on. */
static int fill(rd_kafka_conf_t *conf, enum handle_kind kind,
                const struct kafka_property *properties, size_t property_count,
                struct ksse_error *error)
{
    int rc = set_rows(conf, defaults, ARRAY_LEN(defaults), error);
    rc = rc < 0 ? rc : set_rows(conf, &fetch_sizes[kind], 1, error);
    rc = rc < 0 ? rc : set_properties(conf, properties, property_count, error);
    rc = rc < 0 ? rc : set_rows(conf, common, ARRAY_LEN(common), error);
    rc = rc < 0 ? rc : set_rows(conf, tables[kind].rows, tables[kind].count, error);
    return rc < 0 || kind == HANDLE_LOOKUP ? rc : set_queue_bounds(conf, kind, error);
}

int conf_new(enum handle_kind kind, const char *brokers, const struct kafka_property *properties,
             size_t property_count, rd_kafka_conf_t **out, struct ksse_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int rc = fill(conf, kind, properties, property_count, error);
    if (rc == 0 && brokers != NULL) {
        rc = set(conf, "bootstrap.servers", brokers, error);
    }
    if (rc < 0) {
        rd_kafka_conf_destroy(conf);
        return rc;
    }
    *out = conf;
    return 0;
}
