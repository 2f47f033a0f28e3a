/* See partitions.h. The structs of topics and partitions live as long as the reader: a message of
 * librdkafka's may point to them at any time. The cluster bounds their number. */
#include "kafka/partitions.h"
#include "base/mem.h"

#include <string.h>

enum {
    IDLE_TOPICS_KEPT = 64 /* a known topic starts in 0.5 ms, a new one needs its metadata first */
};

struct reader_topic {
    char *name;
    rd_kafka_topic_t *rkt; /* NULL: none for now */
    struct partition **partitions;
    int32_t cap;
    size_t busy; /* partitions that are not STOPPED or are wanted */
};

void partitions_init(struct partitions *partitions, struct job_queue *jobs,
                     void (*on_stopped)(struct partition *partition))
{
    memset(partitions, 0, sizeof(*partitions));
    partitions->topics = MAP_INIT;
    list_init(&partitions->wanted);
    list_init(&partitions->probing);
    list_init(&partitions->lost);
    partitions->jobs = jobs;
    partitions->is_paused = true;
    partitions->on_stopped = on_stopped;
}

static void topic_free(struct reader_topic *topic)
{
    for (int32_t i = 0; i < topic->cap; i++) {
        ASSERT(topic->partitions[i] == NULL || topic->partitions[i]->state != PARTITION_STOPPING);
        mem_free(topic->partitions[i]);
    }
    if (topic->rkt != NULL) {
        rd_kafka_topic_destroy(topic->rkt);
    }
    mem_free(topic->partitions);
    mem_free(topic->name);
    mem_free(topic);
}

void partitions_fini(struct partitions *partitions)
{
    size_t at = 0;
    struct reader_topic *topic;
    while ((topic = map_next(&partitions->topics, &at)) != NULL) {
        topic_free(topic);
    }
    map_fini(&partitions->topics);
}

static struct reader_topic *topic_get(struct partitions *partitions, const char *name)
{
    struct reader_topic *topic = map_get(&partitions->topics, slice_str(name));
    if (topic != NULL) {
        return topic;
    }
    topic = mem_zalloc(sizeof(*topic));
    if (topic == NULL) {
        return NULL;
    }
    topic->name = mem_strndup(name, strlen(name));
    if (topic->name == NULL || map_put(&partitions->topics, slice_str(topic->name), topic) < 0) {
        topic_free(topic);
        return NULL;
    }
    return topic;
}

static int topic_grow(struct reader_topic *topic, int32_t number)
{
    int32_t cap = topic->cap == 0 ? 8 : topic->cap;
    while (cap <= number) {
        cap = cap > INT32_MAX / 2 ? INT32_MAX : cap * 2;
    }
    struct partition **grown =
        mem_realloc(topic->partitions, (size_t)cap * sizeof(struct partition *));
    if (grown == NULL) {
        return KSSE_ENOMEM;
    }
    memset(grown + topic->cap, 0, (size_t)(cap - topic->cap) * sizeof(struct partition *));
    topic->partitions = grown;
    topic->cap = cap;
    return 0;
}

static struct partition *topic_find(const struct reader_topic *topic, int32_t number)
{
    return number >= 0 && number < topic->cap ? topic->partitions[number] : NULL;
}

static struct partition *partition_get(struct partitions *partitions, const char *name,
                                       int32_t number)
{
    struct reader_topic *topic = topic_get(partitions, name);
    if (topic == NULL) {
        return NULL;
    }
    struct partition *partition = topic_find(topic, number);
    if (partition != NULL || (number >= topic->cap && topic_grow(topic, number) < 0)) {
        return partition;
    }
    partition = mem_zalloc(sizeof(*partition));
    if (partition == NULL) {
        return NULL;
    }
    list_init(&partition->node);
    list_init(&partition->probing.node);
    partition->owner = partitions;
    partition->topic = topic;
    partition->number = number;
    topic->partitions[number] = partition;
    return partition;
}

static void topic_busy(struct partitions *partitions, struct reader_topic *topic)
{
    if (topic->busy++ == 0 && topic->rkt != NULL) {
        ASSERT(partitions->idle_topics > 0);
        partitions->idle_topics--;
    }
}

static void topic_idle(struct partitions *partitions, struct reader_topic *topic)
{
    ASSERT(topic->busy > 0);
    if (--topic->busy == 0 && topic->rkt != NULL) {
        partitions->idle_topics++;
    }
}

static int topic_bind(struct partitions *partitions, struct reader_topic *topic)
{
    if (topic->rkt != NULL) {
        return 0;
    }
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(partitions->rk);
    rd_kafka_topic_conf_set_opaque(conf, topic);
    topic->rkt = rd_kafka_topic_new(partitions->rk, topic->name, conf);
    if (topic->rkt == NULL) {
        rd_kafka_topic_conf_destroy(conf);
        return KSSE_EKAFKA;
    }
    return 0;
}

static int partition_begin(struct partition *partition)
{
    struct partitions *partitions = partition->owner;
    ASSERT(partition->state == PARTITION_STOPPED && partition->is_wanted);
    int rc = topic_bind(partitions, partition->topic);
    if (rc < 0) {
        return rc;
    }
    if (rd_kafka_consume_start_queue(partition->topic->rkt, partition->number,
                                     partition->next_offset, partitions->queue) != 0) {
        return KSSE_EKAFKA;
    }
    partition->state = PARTITION_STARTED;
    topic_busy(partitions, partition->topic);
    return 0;
}

static void stop_run(struct job *job)
{
    struct partition *partition = CONTAINER_OF(job, struct partition, stopping);
    rd_kafka_consume_stop(partition->topic->rkt, partition->number);
}

static void partition_unwant(struct partition *partition)
{
    ASSERT(partition->is_wanted);
    partition->is_wanted = false;
    list_remove(&partition->node);
    topic_idle(partition->owner, partition->topic);
}

static void tell(struct partition *partition, const char *reason, int64_t jump_to)
{
    partition->lost_reason = reason;
    partition->jump_to = jump_to;
    list_move_back(&partition->owner->lost, &partition->node);
}

void partition_lose(struct partition *partition, const char *reason)
{
    partition_give_up(partition);
    tell(partition, reason, 0);
}

void partition_jump(struct partition *partition, int64_t to)
{
    partition_give_up(partition);
    tell(partition, NULL, to);
}

static void begin_or_lose(struct partition *partition)
{
    if (partition_begin(partition) < 0) {
        partition_lose(partition, "librdkafka does not start the partition");
    }
}

static void stop_done(struct job *job)
{
    struct partition *partition = CONTAINER_OF(job, struct partition, stopping);
    struct partitions *partitions = partition->owner;
    ASSERT(partition->state == PARTITION_STOPPING);
    partition->state = PARTITION_STOPPED;
    topic_idle(partitions, partition->topic);
    partitions->on_stopped(partition);
    if (partition->is_wanted && !partitions->is_paused) {
        begin_or_lose(partition);
    }
}

void partition_give_up(struct partition *partition)
{
    partition_unwant(partition);
    if (partition->state == PARTITION_STARTED) {
        partition->state = PARTITION_STOPPING;
        partition->stopping.run = stop_run;
        partition->stopping.done = stop_done;
        job_queue_add(partition->owner->jobs, &partition->stopping);
    }
}

/* ---- what cannot be read ---- */

static void want_again(struct partition *partition)
{
    struct partitions *partitions = partition->owner;
    ASSERT(!partition->is_wanted);
    partition->is_wanted = true;
    list_move_back(&partitions->wanted, &partition->node);
    topic_busy(partitions, partition->topic);
    if (partition->state == PARTITION_STOPPED && !partitions->is_paused) {
        begin_or_lose(partition);
    }
}

static void on_probed(struct prober_wait *wait, int64_t to)
{
    struct partition *partition = CONTAINER_OF(wait, struct partition, probing);
    if (to < 0) {
        tell(partition,
             "the batch cannot be read, and Kafka does not say where the next one begins", 0);
    } else if (to > partition->next_offset) {
        tell(partition, NULL, to);
    } else {
        want_again(partition);
    }
}

void partition_probe(struct partition *partition, struct prober *prober)
{
    partition_give_up(partition);
    partition->probing.on_done = on_probed;
    list_push_back(&partition->owner->probing, &partition->node);
    if (prober_ask(prober, partition->topic->name, partition->number, partition->next_offset,
                   &partition->probing) < 0) {
        tell(partition,
             "the batch cannot be read, and there is no memory or thread to search behind it", 0);
    }
}

/* ---- starting and stopping ---- */

/* Forgets a probe, or an event that the feed was not told yet: both belong to the start before. */
static void forget(struct partition *partition)
{
    prober_cancel(&partition->probing);
    list_remove(&partition->node);
}

int partitions_start(struct partitions *partitions, const char *topic, int32_t number,
                     int64_t offset, void *tag)
{
    if (offset < 0 || number < 0 || number == INT32_MAX) {
        return KSSE_EVALUE;
    }
    struct partition *partition = partition_get(partitions, topic, number);
    if (partition == NULL) {
        return KSSE_ENOMEM;
    }
    ASSERT(!partition->is_wanted);
    partition->is_wanted = true;
    partition->is_at_end = false;
    partition->is_missing = false;
    partition->tag = tag;
    partition->next_offset = offset;
    forget(partition);
    list_push_back(&partitions->wanted, &partition->node);
    topic_busy(partitions, partition->topic);
    if (partition->state != PARTITION_STOPPED || partitions->is_paused) {
        return 0; /* it starts later */
    }
    int rc = partition_begin(partition);
    if (rc < 0) {
        partition_unwant(partition);
    }
    return rc;
}

void partitions_stop(struct partitions *partitions, const char *name, int32_t number)
{
    struct reader_topic *topic = map_get(&partitions->topics, slice_str(name));
    struct partition *partition = topic == NULL ? NULL : topic_find(topic, number);
    if (partition == NULL) {
        return;
    }
    if (partition->is_wanted) {
        partition_give_up(partition);
    } else {
        forget(partition);
    }
}

static void forget_all(struct list *partitions)
{
    while (!list_is_empty(partitions)) {
        forget(LIST_FIRST(partitions, struct partition, node));
    }
}

void partitions_stop_all(struct partitions *partitions)
{
    LIST_EACH_SAFE(partition, after, &partitions->wanted, struct partition, node)
    {
        partition_give_up(partition);
    }
    forget_all(&partitions->probing);
    forget_all(&partitions->lost);
}

void partitions_resume(struct partitions *partitions)
{
    partitions->is_paused = false;
    LIST_EACH_SAFE(partition, after, &partitions->wanted, struct partition, node)
    {
        if (partition->state == PARTITION_STOPPED) {
            begin_or_lose(partition);
        }
    }
}

void partitions_lose_all(struct partitions *partitions, const char *reason)
{
    LIST_EACH_SAFE(partition, after, &partitions->wanted, struct partition, node)
    {
        partition_lose(partition, reason);
    }
}

bool partitions_compare(struct partitions *partitions, const struct metadata *metadata)
{
    bool is_first_miss = false;
    LIST_EACH_SAFE(partition, after, &partitions->wanted, struct partition, node)
    {
        const struct topic_info *info = metadata_find(metadata, partition->topic->name);
        bool was_missing = partition->is_missing;
        partition->is_missing = info == NULL || partition->number >= info->partition_count;
        if (partition->is_missing && was_missing) {
            partition_lose(partition, "the partition does not exist any more");
        } else if (partition->is_missing) {
            is_first_miss = true;
        }
    }
    return is_first_miss;
}

const char *partition_topic(const struct partition *partition)
{
    return partition->topic->name;
}

struct partition *partitions_of_message(const rd_kafka_message_t *message)
{
    struct reader_topic *topic = message->rkt == NULL ? NULL : rd_kafka_topic_opaque(message->rkt);
    struct partition *partition = topic == NULL ? NULL : topic_find(topic, message->partition);
    bool is_current =
        partition != NULL && partition->is_wanted && partition->state == PARTITION_STARTED;
    return is_current ? partition : NULL;
}

bool partition_is_of(const struct partition *partition, const rd_kafka_message_t *message)
{
    return message->partition == partition->number && message->rkt != NULL &&
           rd_kafka_topic_opaque(message->rkt) == partition->topic;
}

bool partitions_are_reading(const struct partitions *partitions)
{
    LIST_EACH(partition, &partitions->wanted, struct partition, node)
    {
        if (!partition->is_at_end) {
            return true;
        }
    }
    return false;
}

void partitions_trim(struct partitions *partitions)
{
    if (partitions->idle_topics <= IDLE_TOPICS_KEPT) {
        return;
    }
    size_t at = 0;
    struct reader_topic *topic;
    while ((topic = map_next(&partitions->topics, &at)) != NULL) {
        if (topic->busy == 0 && topic->rkt != NULL) {
            rd_kafka_topic_destroy(topic->rkt);
            topic->rkt = NULL;
            partitions->idle_topics--;
        }
    }
}
