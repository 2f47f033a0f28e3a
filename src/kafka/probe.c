/* See probe.h. Its handle reads one partition at one offset at a time, a batch or so each. */
#include "kafka/probe.h"
#include "base/clock.h"
#include "kafka/next_readable.h"

#include <time.h>

enum {
    TRIAL_MS = 3000, /* how long a trial may take */
    SLICE_MS = 100,  /* how often it checks whether to stop */
    QUERY_MS = 1000
};

struct search {
    struct trial_reader base;
    const struct probe *probe;
    rd_kafka_topic_t *rkt;
    rd_kafka_t *rk;
    int64_t deadline_ms;
    int trials_left;
    bool has_bad; /* a trial was BAD: Kafka is not only slow */
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

static struct trial classify(const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return (struct trial){TRIAL_RECORD, message->offset};
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return (struct trial){TRIAL_END, message->offset};
    }
    if (is_out_of_range(message)) {
        return (struct trial){TRIAL_END, -1};
    }
    if (probe_is_of_batch(message->err)) {
        return (struct trial){TRIAL_BAD, tells_batch(message->err) ? message->offset : -1};
    }
    return (struct trial){TRIAL_UNKNOWN, -1};
}

static bool is_over(const struct search *search)
{
    return atomic_load(search->probe->is_stopping) || clock_monotonic_ms() >= search->deadline_ms;
}

/*
 * The first thing that comes decides: librdkafka reads on behind a sum that does not fit, at the
 * wrong byte, and may then go to any offset. The refusal of that offset has no version, so it can
 * also belong to the trial before this one.
 */
static struct trial wait_for_first(const struct search *search, int64_t offset)
{
    int64_t until_ms = clock_monotonic_ms() + TRIAL_MS;
    while (!is_over(search) && clock_monotonic_ms() < until_ms) {
        rd_kafka_message_t *message =
            rd_kafka_consume(search->rkt, search->probe->partition, SLICE_MS);
        if (message == NULL) {
            continue;
        }
        bool is_stale = is_out_of_range(message) && message->offset != offset;
        struct trial trial = classify(message);
        rd_kafka_message_destroy(message);
        if (!is_stale) {
            return trial;
        }
    }
    return (struct trial){TRIAL_UNKNOWN, -1};
}

/* librdkafka may pass over a damaged batch silently, and fetch it again for ever. So it does if the
 * leader answers and has records there. */
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

static struct trial try_offset(struct trial_reader *reader, int64_t offset)
{
    struct search *search = CONTAINER_OF(reader, struct search, base);
    int32_t partition = search->probe->partition;
    struct trial trial = {TRIAL_UNKNOWN, -1};
    if (search->trials_left-- > 0 && !is_over(search) &&
        rd_kafka_consume_start(search->rkt, partition, offset) == 0) {
        trial = wait_for_first(search, offset);
        rd_kafka_consume_stop(search->rkt, partition);
        search->has_bad = search->has_bad || trial.kind == TRIAL_BAD;
        if (trial.kind == TRIAL_UNKNOWN && is_silent(search, offset)) {
            trial.kind = TRIAL_SILENT;
        }
    }
    return trial;
}

/* Returns the first trial that is not bad, or the last one. */
static struct trial try_again(struct search *search)
{
    struct trial trial = {TRIAL_UNKNOWN, -1};
    for (int i = 0; i < PROBE_TRIES && !is_over(search); i++) {
        static const struct timespec pause = {0, PROBE_PAUSE_MS * 1000000L};
        if (i > 0) {
            nanosleep(&pause, NULL);
        }
        trial = try_offset(&search->base, search->probe->from);
        if (!trial_is_bad(trial)) {
            return trial;
        }
    }
    return trial;
}

static void search_run(struct probe *probe, rd_kafka_t *rk, rd_kafka_topic_t *rkt)
{
    struct search search = {.base.read = try_offset,
                            .probe = probe,
                            .rk = rk,
                            .rkt = rkt,
                            .deadline_ms = clock_monotonic_ms() + PROBE_MS,
                            .trials_left = PROBE_TRIALS};
    struct trial trial = try_again(&search);
    if (trial_is_bad(trial)) {
        probe->to = next_readable(&search.base, probe->from);
    } else {
        probe->to = trial.kind == TRIAL_UNKNOWN ? -1 : probe->from;
    }
}

/* Fetches as little as it can: a batch comes whole, however small an answer may be. */
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
    probe->to = -1;
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
