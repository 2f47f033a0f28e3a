/* See broker_checks.h. What is asked is where a partition ends: whoever may see a topic may ask
 * that. */
#include "kafka/broker_checks.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASK_ALL_MS = 2000, /* all brokers at once ... */
    ASK_ONE_MS = 1000, /* ... or one after another, if one does not answer */
    ASK_MS = 10000,    /* a check; who was not asked then is as before */
    EXAMPLES = 5
};

void broker_checks_init(struct broker_checks *checks, int event_fd,
                        void (*on_change)(void *opaque, const struct broker *broker), void *opaque)
{
    memset(checks, 0, sizeof(*checks));
    checks->event_fd = event_fd;
    checks->on_change = on_change;
    checks->opaque = opaque;
    atomic_init(&checks->is_stopping, false);
}

static void drop_asked(struct job *job)
{
    struct broker_checks *checks = CONTAINER_OF(job, struct broker_checks, job);
    rd_kafka_topic_partition_list_destroy(checks->asked);
    checks->asked = NULL;
    checks->is_asking = false;
}

void broker_checks_fini(struct broker_checks *checks)
{
    atomic_store(&checks->is_stopping, true);
    checks->job.done = drop_asked; /* within job_queue_free(), if it is under way */
    job_queue_free(checks->jobs);
    checks->jobs = NULL;
}

/* ---- asking: on the thread ---- */

static bool has_answered(rd_kafka_resp_err_t err)
{
    /* Codes below are librdkafka's own; one that moved its partition elsewhere has answered. */
    return err == RD_KAFKA_RESP_ERR_NO_ERROR || err > RD_KAFKA_RESP_ERR_UNKNOWN;
}

static bool ask(struct broker_checks *checks, int first, int count, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = first; i < first + count; i++) {
        const rd_kafka_topic_partition_t *partition = &checks->asked->elems[i];
        rd_kafka_topic_partition_list_add(list, partition->topic, partition->partition)->offset =
            RD_KAFKA_OFFSET_END;
    }
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(checks->rk, list, timeout_ms);
    rd_kafka_topic_partition_list_destroy(list);
    return has_answered(err);
}

static void ask_run(struct job *job)
{
    struct broker_checks *checks = CONTAINER_OF(job, struct broker_checks, job);
    int count = checks->asked->cnt;
    int64_t deadline_ms = clock_monotonic_ms() + ASK_MS;
    bool have_all = count > 0 && ask(checks, 0, count, ASK_ALL_MS);
    for (int i = 0; i < count; i++) {
        bool is_over = atomic_load(&checks->is_stopping) || clock_monotonic_ms() >= deadline_ms;
        checks->questions[i].is_answered = have_all || is_over || ask(checks, i, 1, ASK_ONE_MS);
    }
}

/* ---- what comes of it ---- */

static void set_state(struct broker_checks *checks, struct broker *broker, enum broker_state state)
{
    bool is_change =
        broker->state != state && (state == BROKER_DOWN || broker->state == BROKER_DOWN);
    broker->state = state;
    if (is_change) {
        checks->on_change(checks->opaque, broker);
    }
}

static void succeed(struct broker_checks *checks, struct broker *broker)
{
    broker->failures = 0;
    set_state(checks, broker, BROKER_UP);
    broker->reason[0] = '\0';
}

static void fail(struct broker_checks *checks, struct broker *broker, const char *reason)
{
    if (reason != NULL) {
        snprintf(broker->reason, sizeof(broker->reason), "%s", reason);
    }
    if (++broker->failures >= BROKER_CHECKS_FAILURES) {
        set_state(checks, broker, BROKER_DOWN);
    } else {
        checks->next_ms = clock_monotonic_ms() + BROKER_CHECKS_DOUBT_MS;
    }
}

static const struct broker_question *question_of(const struct broker_checks *checks, int32_t id)
{
    for (int i = 0; i < checks->asked->cnt; i++) {
        if (checks->questions[i].id == id) {
            return &checks->questions[i];
        }
    }
    return NULL;
}

/* A broker that was asked nothing leads nothing, or is not listed any more. */
static void judge(struct broker_checks *checks, struct broker *broker)
{
    const struct broker_question *question = question_of(checks, broker->id);
    if (broker->id == NO_LEADER && broker->wanted == 0) {
        succeed(checks, broker);
    } else if (broker->id == NO_LEADER) {
        fail(checks, broker, NULL);
    } else if (question != NULL && question->is_answered) {
        succeed(checks, broker);
    } else if (question != NULL) {
        fail(checks, broker, NULL);
    } else if (broker->unlisted_ms > 0) {
        fail(checks, broker, "the cluster does not list it");
    }
}

static void ask_done(struct job *job)
{
    struct broker_checks *checks = CONTAINER_OF(job, struct broker_checks, job);
    checks->next_ms = clock_monotonic_ms() + BROKER_CHECKS_PAUSE_MS;
    for (size_t i = 0; i < checks->brokers.count; i++) {
        judge(checks, &checks->brokers.items[i]);
    }
    drop_asked(job);
}

/* ---- a check ---- */

static struct broker *get(struct broker_checks *checks, int32_t id)
{
    struct brokers *brokers = &checks->brokers;
    struct broker *broker = brokers_find(brokers, id);
    if (broker == NULL && brokers->count < MOST_BROKERS) {
        broker = &brokers->items[brokers->count++];
        *broker = (struct broker){.id = id};
    }
    return broker;
}

static void list_brokers(struct broker_checks *checks, int64_t now_ms)
{
    struct brokers *brokers = &checks->brokers;
    for (size_t i = 0; i < brokers->count; i++) {
        struct broker *broker = &brokers->items[i];
        broker->wanted = 0;
        broker->unlisted_ms = broker->unlisted_ms == 0 ? now_ms : broker->unlisted_ms;
    }
    for (size_t i = 0; i < checks->metadata->broker_count; i++) {
        const struct metadata_broker *listed = &checks->metadata->brokers[i];
        struct broker *broker = get(checks, listed->id);
        if (broker != NULL) {
            broker->unlisted_ms = 0;
            snprintf(broker->address, sizeof(broker->address), "%s", listed->address);
        }
    }
}

static void forget_unlisted(struct broker_checks *checks, int64_t now_ms)
{
    struct brokers *brokers = &checks->brokers;
    for (size_t i = 0; i < brokers->count;) {
        struct broker *broker = &brokers->items[i];
        if (broker->id == NO_LEADER || broker->unlisted_ms == 0 ||
            now_ms - broker->unlisted_ms < BROKER_CHECKS_KEPT_MS) {
            i++;
            continue;
        }
        set_state(checks, broker, BROKER_UNKNOWN);
        *broker = brokers->items[--brokers->count];
    }
}

bool broker_checks_begin(struct broker_checks *checks, const struct metadata *metadata,
                         int64_t now_ms)
{
    if (checks->is_asking || now_ms < checks->next_ms ||
        (checks->jobs == NULL &&
         job_queue_new("ksse-brokers", checks->event_fd, &checks->jobs) < 0)) {
        return false; /* without a thread, it is tried again the next time */
    }
    checks->metadata = metadata;
    list_brokers(checks, now_ms);
    forget_unlisted(checks, now_ms);
    return get(checks, NO_LEADER) != NULL;
}

static void add_example(struct broker *broker, const char *topic, int32_t partition)
{
    size_t len = broker->wanted == 0 ? 0 : strlen(broker->examples);
    size_t room = sizeof(broker->examples) - len;
    char example[300];
    const char *comma = broker->wanted == 0 ? "" : ", ";
    if (broker->wanted < EXAMPLES) {
        snprintf(example, sizeof(example), "%s%s/%d", comma, topic, (int)partition);
    } else {
        snprintf(example, sizeof(example), "%s", broker->wanted == EXAMPLES ? " ..." : "");
    }
    if (strlen(example) < room) {
        memcpy(broker->examples + len, example, strlen(example) + 1);
    }
}

void broker_checks_want(struct broker_checks *checks, const char *topic, int32_t partition)
{
    ASSERT(checks->metadata != NULL);
    int32_t id = metadata_leader(checks->metadata, topic, partition);
    struct broker *broker = brokers_find(&checks->brokers, id < 0 ? NO_LEADER : id);
    if (broker == NULL) {
        return;
    }
    if (broker->wanted == 0) {
        snprintf(broker->topic, sizeof(broker->topic), "%s", topic);
        broker->partition = partition;
    }
    add_example(broker, topic, partition);
    broker->wanted++;
}

static void add_question(struct broker_checks *checks, int32_t id, const char *topic,
                         int32_t partition)
{
    ASSERT(checks->asked->cnt < MOST_BROKERS);
    rd_kafka_topic_partition_list_add(checks->asked, topic, partition);
    checks->questions[checks->asked->cnt - 1] = (struct broker_question){.id = id};
}

/* Brokers that lead nothing that is read are asked about something else that they lead. */
static void add_others(struct broker_checks *checks)
{
    const struct metadata *metadata = checks->metadata;
    size_t missing = metadata->broker_count;
    for (size_t t = 0; t < metadata->count && missing > (size_t)checks->asked->cnt; t++) {
        for (int32_t p = 0; p < metadata->topics[t].partition_count; p++) {
            int32_t id = metadata->leaders[metadata->first_leaders[t] + (size_t)p];
            const struct broker *broker = id < 0 ? NULL : brokers_find(&checks->brokers, id);
            if (broker != NULL && question_of(checks, id) == NULL) {
                add_question(checks, id, metadata->topics[t].name, p);
            }
        }
    }
}

void broker_checks_end(struct broker_checks *checks, rd_kafka_t *rk)
{
    ASSERT(checks->metadata != NULL && !checks->is_asking); /* after broker_checks_begin() */
    checks->asked = rd_kafka_topic_partition_list_new(MOST_BROKERS);
    for (size_t i = 0; i < checks->brokers.count; i++) {
        const struct broker *broker = &checks->brokers.items[i];
        if (broker->id != NO_LEADER && broker->wanted > 0) {
            add_question(checks, broker->id, broker->topic, broker->partition);
        }
    }
    add_others(checks);
    checks->metadata = NULL;
    checks->rk = rk;
    checks->is_asking = true;
    checks->job.run = ask_run;
    checks->job.done = ask_done;
    job_queue_add(checks->jobs, &checks->job);
}

void broker_checks_note(struct broker_checks *checks, const char *text)
{
    const char *what = strstr(text, ": ");
    const char *id = what;
    while (id != NULL && id > text && id[-1] >= '0' && id[-1] <= '9') {
        id--;
    }
    if (id == NULL || id == what || id == text || id[-1] != '/') {
        return; /* of a bootstrap address, or of no broker at all */
    }
    struct broker *broker = brokers_find(&checks->brokers, (int32_t)strtol(id, NULL, 10));
    if (broker != NULL) {
        snprintf(broker->reason, sizeof(broker->reason), "%s", what + 2);
    }
}

void broker_checks_deliver(struct broker_checks *checks)
{
    if (checks->jobs != NULL) {
        job_queue_deliver(checks->jobs);
    }
}
