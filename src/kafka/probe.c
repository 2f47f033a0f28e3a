/* See probe.h. Its handle reads one partition at one offset at a time, a batch or so each. */
#include "kafka/probe.h"
#include "base/clock.h"
#include "kafka/next_readable.h"

#include <time.h>

enum {
    LOOK_MS = 3000, /* how long to wait for one answer ... */
    QUERY_MS = 1000,
    SLICE_MS = 100 /* ... looking so often whether to stop */
};

struct search {
    struct looker base;
    const struct probe *probe;
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk;
    int64_t deadline_ms;
    int looks_left;
    bool has_bad; /* something was said to be bad: it is no mere slowness */
};

bool probe_is_of_batch(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_UNKNOWN: /* a broker that stumbles over its own file */
        return true;
    default:
        return false;
    }
}

/* The offset that comes with these is the batch's; with others it is the one that was asked for. */
static bool tells_batch(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR__BAD_COMPRESSION || err == RD_KAFKA_RESP_ERR__BAD_MSG ||
           err == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED;
}

static bool is_out_of_range(const rd_kafka_message_t *message)
{
    return message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
           message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
}

static struct look classify(const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return (struct look){LOOK_RECORD, message->offset};
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return (struct look){LOOK_END, message->offset};
    }
    if (is_out_of_range(message)) {
        return (struct look){LOOK_END, -1};
    }
    if (probe_is_of_batch(message->err)) {
        return (struct look){LOOK_BAD, tells_batch(message->err) ? message->offset : -1};
    }
    return (struct look){LOOK_UNKNOWN, -1};
}

static bool is_over(const struct search *search)
{
    return atomic_load(search->probe->is_stopping) || clock_monotonic_ms() >= search->deadline_ms;
}

/*
 * The first thing that comes decides: librdkafka reads on behind a sum that does not fit, at the
 * wrong byte, and may then go to any offset. That it is refused there comes without a version, so
 * it can also be of the look before this one.
 */
static struct look wait_for_first(const struct search *search, int64_t offset)
{
    int64_t until_ms = clock_monotonic_ms() + LOOK_MS;
    while (!is_over(search) && clock_monotonic_ms() < until_ms) {
        rd_kafka_message_t *message =
            rd_kafka_consume(search->rkt, search->probe->partition, SLICE_MS);
        if (message == NULL) {
            continue;
        }
        bool is_stale = is_out_of_range(message) && message->offset != offset;
        struct look look = classify(message);
        rd_kafka_message_destroy(message);
        if (!is_stale) {
            return look;
        }
    }
    return (struct look){LOOK_UNKNOWN, -1};
}

/* librdkafka may pass over a damaged batch without a word, and fetch it again for ever. It is that
 * if the leader answers, and has something there. */
static bool is_silent(const struct search *search, int64_t offset)
{
    int64_t low;
    int64_t high;
    return search->has_bad && !is_over(search) &&
           rd_kafka_query_watermark_offsets(search->rk, search->probe->topic,
                                            search->probe->partition, &low, &high,
                                            QUERY_MS) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           low <= offset && offset < high;
}

static struct look look_at(struct looker *looker, int64_t offset)
{
    struct search *search = CONTAINER_OF(looker, struct search, base);
    int32_t partition = search->probe->partition;
    struct look look = {LOOK_UNKNOWN, -1};
    if (search->looks_left-- > 0 && !is_over(search) &&
        rd_kafka_consume_start(search->rkt, partition, offset) == 0) {
        look = wait_for_first(search, offset);
        rd_kafka_consume_stop(search->rkt, partition);
        search->has_bad = search->has_bad || look.kind == LOOK_BAD;
        if (look.kind == LOOK_UNKNOWN && is_silent(search, offset)) {
            look.kind = LOOK_SILENT;
        }
    }
    return look;
}

/* A look that is not bad, or the last one. */
static struct look try_again(struct search *search)
{
    struct look look = {LOOK_UNKNOWN, -1};
    for (int i = 0; i < PROBE_TRIES && !is_over(search); i++) {
        static const struct timespec pause = {0, PROBE_PAUSE_MS * 1000000L};
        if (i > 0) {
            nanosleep(&pause, NULL);
        }
        look = look_at(&search->base, search->probe->from);
        if (!look_is_bad(look)) {
            return look;
        }
    }
    return look;
}

static void search_run(struct probe *probe, rd_kafka_t *rk, rd_kafka_topic_t *rkt)
{
    struct search search = {.base.look = look_at,
                            .probe = probe,
                            .rk = rk,
                            .rkt = rkt,
                            .deadline_ms = clock_monotonic_ms() + PROBE_MS,
                            .looks_left = PROBE_LOOKS};
    struct look look = try_again(&search);
    probe->to = probe->from;
    probe->is_found = look_is_bad(look) ? next_readable(&search.base, probe->from, &probe->to)
                                        : look.kind != LOOK_UNKNOWN;
}

/* A batch comes whole, however small the answer may be, and is all that is wanted. */
static rd_kafka_t *make_handle(const rd_kafka_conf_t *like)
{
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(like);
    if (rd_kafka_conf_set(conf, "fetch.message.max.bytes", "1", error, sizeof(error)) !=
        RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_error_cb(conf, NULL);
    rd_kafka_conf_set_stats_cb(conf, NULL);
    rd_kafka_conf_set_throttle_cb(conf, NULL);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
    }
    return rk;
}

void probe_run(struct job *job)
{
    struct probe *probe = CONTAINER_OF(job, struct probe, job);
    probe->is_found = false;
    if (atomic_load(probe->is_stopping)) {
        return;
    }
    rd_kafka_t *rk = make_handle(probe->conf);
    if (rk == NULL) {
        return;
    }
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, probe->topic, NULL);
    if (rkt != NULL) {
        search_run(probe, rk, rkt);
        rd_kafka_topic_destroy(rkt);
    }
    rd_kafka_destroy(rk);
}
