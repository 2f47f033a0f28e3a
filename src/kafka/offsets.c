/*
 * rd_kafka_offsets_for_times() with the moments -1 and -2, which every version passes on to the
 * broker, answers times, earliest and latest in one request. Two limits of it shape this file and
 * questions.h: a request may name a partition only once; and one bad partition or leader fails the
 * whole call. So a call names one leader's partitions only, and if that answers with an error, it
 * is asked again in halves.
 */
#include "kafka/offsets.h"
#include "base/clock.h"

static struct offset_answer answer_of(int64_t moment, const rd_kafka_topic_partition_t *told)
{
    if (told->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return (struct offset_answer){.kind = ANSWER_FAILED};
    }
    if (told->offset >= 0) {
        return (struct offset_answer){.kind = ANSWER_OFFSET, .offset = told->offset};
    }
    /* A partition without a leader is in no request: its offset is still the question. */
    return (struct offset_answer){.kind = moment >= 0 ? ANSWER_NO_RECORD : ANSWER_FAILED};
}

static rd_kafka_resp_err_t ask_once(rd_kafka_t *rk, struct offset_request_item *items, size_t count,
                                    int64_t timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        const struct queried_partition *partition = items[i].partition;
        rd_kafka_topic_partition_list_add(list, partition->topic, partition->number)->offset =
            items[i].moment;
    }
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, (int)timeout_ms);
    for (size_t i = 0; i < count && err == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        items[i].answer = answer_of(items[i].moment, &list->elems[i]);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

/* Whether the error is a partition's: told by the leader, or by librdkafka's metadata. Its other
 * codes mean that the leader has not answered. */
static bool is_of_partition(rd_kafka_resp_err_t err)
{
    return err > RD_KAFKA_RESP_ERR_UNKNOWN || err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/* It has failed once: perhaps the leader has moved, which librdkafka knows by now. */
static bool ask_alone(rd_kafka_t *rk, struct offset_request_item *item, int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_monotonic_ms();
    rd_kafka_resp_err_t err =
        left_ms > 0 ? ask_once(rk, item, 1, left_ms) : RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        item->answer.kind = ANSWER_FAILED;
    }
    return err == RD_KAFKA_RESP_ERR_NO_ERROR || is_of_partition(err);
}

/* What there is no time for stays MISSING. False: the leader does not answer. Depth is the
 * logarithm of `count`. */
static bool ask(rd_kafka_t *rk, struct offset_request_item *items, size_t count, int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_monotonic_ms();
    if (left_ms <= 0) {
        return true;
    }
    rd_kafka_resp_err_t err = ask_once(rk, items, count, left_ms);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return true;
    }
    if (!is_of_partition(err)) {
        return false;
    }
    if (count == 1) {
        return ask_alone(rk, items, until_ms);
    }
    return ask(rk, items, count / 2, until_ms) &&
           ask(rk, items + count / 2, count - count / 2, until_ms);
}

void offsets_ask(rd_kafka_t *rk, struct offset_request *request)
{
    request->has_failed =
        !ask(rk, request->items, request->count, clock_monotonic_ms() + request->timeout_ms);
}
