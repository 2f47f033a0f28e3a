/* See leaders.h. What is asked is where a partition ends: whoever may see a topic may ask that. */
#include "kafka/leaders.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASK_ALL_MS = 2000, /* all brokers at once ... */
    ASK_ONE_MS = 1000, /* ... or one after another, if one does not answer */
    ASK_MS = 10000,    /* a round; who was not asked then is as before */
    EXAMPLES = 5
};

void leaders_init(struct leaders *leaders, int event_fd,
                  void (*on_change)(void *opaque, const struct broker *broker), void *opaque)
{
    memset(leaders, 0, sizeof(*leaders));
    leaders->event_fd = event_fd;
    leaders->on_change = on_change;
    leaders->opaque = opaque;
    atomic_init(&leaders->is_stopping, false);
}

static void drop_asked(struct job *job)
{
    struct leaders *leaders = CONTAINER_OF(job, struct leaders, job);
    rd_kafka_topic_partition_list_destroy(leaders->asked);
    leaders->asked = NULL;
    leaders->is_asking = false;
}

void leaders_fini(struct leaders *leaders)
{
    atomic_store(&leaders->is_stopping, true);
    leaders->job.done = drop_asked; /* within job_queue_free(), if it is under way */
    job_queue_free(leaders->jobs);
    leaders->jobs = NULL;
}

/* ---- asking: on the thread ---- */

static bool has_answered(rd_kafka_resp_err_t err)
{
    /* Codes below are librdkafka's own; one that moved its partition elsewhere has answered. */
    return err == RD_KAFKA_RESP_ERR_NO_ERROR || err > RD_KAFKA_RESP_ERR_UNKNOWN;
}

static bool ask(struct leaders *leaders, int first, int count, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = first; i < first + count; i++) {
        const rd_kafka_topic_partition_t *partition = &leaders->asked->elems[i];
        rd_kafka_topic_partition_list_add(list, partition->topic, partition->partition)->offset =
            RD_KAFKA_OFFSET_END;
    }
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(leaders->rk, list, timeout_ms);
    rd_kafka_topic_partition_list_destroy(list);
    return has_answered(err);
}

static void ask_run(struct job *job)
{
    struct leaders *leaders = CONTAINER_OF(job, struct leaders, job);
    int count = leaders->asked->cnt;
    int64_t deadline_ms = clock_monotonic_ms() + ASK_MS;
    bool have_all = count > 0 && ask(leaders, 0, count, ASK_ALL_MS);
    for (int i = 0; i < count; i++) {
        bool is_over = atomic_load(&leaders->is_stopping) || clock_monotonic_ms() >= deadline_ms;
        leaders->questions[i].is_answered = have_all || is_over || ask(leaders, i, 1, ASK_ONE_MS);
    }
}

/* ---- what comes of it ---- */

static void set_state(struct leaders *leaders, struct broker *broker, enum broker_state state)
{
    bool is_change =
        broker->state != state && (state == BROKER_DOWN || broker->state == BROKER_DOWN);
    broker->state = state;
    if (is_change) {
        leaders->on_change(leaders->opaque, broker);
    }
}

static void succeed(struct leaders *leaders, struct broker *broker)
{
    broker->failures = 0;
    set_state(leaders, broker, BROKER_UP);
    broker->reason[0] = '\0';
}

static void fail(struct leaders *leaders, struct broker *broker, const char *reason)
{
    if (reason != NULL) {
        snprintf(broker->reason, sizeof(broker->reason), "%s", reason);
    }
    if (++broker->failures >= LEADERS_FAILURES) {
        set_state(leaders, broker, BROKER_DOWN);
    } else {
        leaders->next_ms = clock_monotonic_ms() + LEADERS_DOUBT_MS;
    }
}

static const struct leaders_question *question_of(const struct leaders *leaders, int32_t id)
{
    for (int i = 0; i < leaders->asked->cnt; i++) {
        if (leaders->questions[i].id == id) {
            return &leaders->questions[i];
        }
    }
    return NULL;
}

/* A broker that was asked nothing leads nothing, or is not listed any more. */
static void judge(struct leaders *leaders, struct broker *broker)
{
    const struct leaders_question *question = question_of(leaders, broker->id);
    if (broker->id == NO_LEADER && broker->wanted == 0) {
        succeed(leaders, broker);
    } else if (broker->id == NO_LEADER) {
        fail(leaders, broker, NULL);
    } else if (question != NULL && question->is_answered) {
        succeed(leaders, broker);
    } else if (question != NULL) {
        fail(leaders, broker, NULL);
    } else if (broker->unlisted_ms > 0) {
        fail(leaders, broker, "the cluster does not list it");
    }
}

static void ask_done(struct job *job)
{
    struct leaders *leaders = CONTAINER_OF(job, struct leaders, job);
    leaders->next_ms = clock_monotonic_ms() + LEADERS_PAUSE_MS;
    for (size_t i = 0; i < leaders->brokers.count; i++) {
        judge(leaders, &leaders->brokers.items[i]);
    }
    drop_asked(job);
}

/* ---- a round ---- */

static struct broker *get(struct leaders *leaders, int32_t id)
{
    struct brokers *brokers = &leaders->brokers;
    struct broker *broker = brokers_find(brokers, id);
    if (broker == NULL && brokers->count < MOST_BROKERS) {
        broker = &brokers->items[brokers->count++];
        *broker = (struct broker){.id = id};
    }
    return broker;
}

static void list_brokers(struct leaders *leaders, int64_t now_ms)
{
    struct brokers *brokers = &leaders->brokers;
    for (size_t i = 0; i < brokers->count; i++) {
        struct broker *broker = &brokers->items[i];
        broker->wanted = 0;
        broker->unlisted_ms = broker->unlisted_ms == 0 ? now_ms : broker->unlisted_ms;
    }
    for (size_t i = 0; i < leaders->snapshot->broker_count; i++) {
        const struct snapshot_broker *listed = &leaders->snapshot->brokers[i];
        struct broker *broker = get(leaders, listed->id);
        if (broker != NULL) {
            broker->unlisted_ms = 0;
            snprintf(broker->address, sizeof(broker->address), "%s", listed->address);
        }
    }
}

static void forget_unlisted(struct leaders *leaders, int64_t now_ms)
{
    struct brokers *brokers = &leaders->brokers;
    for (size_t i = 0; i < brokers->count;) {
        struct broker *broker = &brokers->items[i];
        if (broker->id == NO_LEADER || broker->unlisted_ms == 0 ||
            now_ms - broker->unlisted_ms < LEADERS_KEPT_MS) {
            i++;
            continue;
        }
        set_state(leaders, broker, BROKER_UNKNOWN);
        *broker = brokers->items[--brokers->count];
    }
}

bool leaders_begin(struct leaders *leaders, const struct snapshot *snapshot, int64_t now_ms)
{
    if (leaders->is_asking || now_ms < leaders->next_ms ||
        (leaders->jobs == NULL &&
         job_queue_new("ksse-brokers", leaders->event_fd, &leaders->jobs) < 0)) {
        return false; /* without a thread, it is tried again the next time */
    }
    leaders->snapshot = snapshot;
    list_brokers(leaders, now_ms);
    forget_unlisted(leaders, now_ms);
    return get(leaders, NO_LEADER) != NULL;
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

void leaders_want(struct leaders *leaders, const char *topic, int32_t partition)
{
    int32_t id = snapshot_leader(leaders->snapshot, topic, partition);
    struct broker *broker = brokers_find(&leaders->brokers, id < 0 ? NO_LEADER : id);
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

static void add_question(struct leaders *leaders, int32_t id, const char *topic, int32_t partition)
{
    rd_kafka_topic_partition_list_add(leaders->asked, topic, partition);
    leaders->questions[leaders->asked->cnt - 1] = (struct leaders_question){.id = id};
}

/* Brokers that lead nothing that is read are asked about something else that they lead. */
static void add_others(struct leaders *leaders)
{
    const struct snapshot *snapshot = leaders->snapshot;
    size_t missing = snapshot->broker_count;
    for (size_t t = 0; t < snapshot->count && missing > (size_t)leaders->asked->cnt; t++) {
        for (int32_t p = 0; p < snapshot->topics[t].partition_count; p++) {
            int32_t id = snapshot->leaders[snapshot->first_leaders[t] + (size_t)p];
            const struct broker *broker = id < 0 ? NULL : brokers_find(&leaders->brokers, id);
            if (broker != NULL && question_of(leaders, id) == NULL) {
                add_question(leaders, id, snapshot->topics[t].name, p);
            }
        }
    }
}

void leaders_end(struct leaders *leaders, rd_kafka_t *rk)
{
    leaders->asked = rd_kafka_topic_partition_list_new(MOST_BROKERS);
    for (size_t i = 0; i < leaders->brokers.count; i++) {
        const struct broker *broker = &leaders->brokers.items[i];
        if (broker->id != NO_LEADER && broker->wanted > 0) {
            add_question(leaders, broker->id, broker->topic, broker->partition);
        }
    }
    add_others(leaders);
    leaders->snapshot = NULL;
    leaders->rk = rk;
    leaders->is_asking = true;
    leaders->job.run = ask_run;
    leaders->job.done = ask_done;
    job_queue_add(leaders->jobs, &leaders->job);
}

void leaders_note(struct leaders *leaders, const char *text)
{
    const char *what = strstr(text, ": ");
    const char *id = what;
    while (id != NULL && id > text && id[-1] >= '0' && id[-1] <= '9') {
        id--;
    }
    if (id == NULL || id == what || id == text || id[-1] != '/') {
        return; /* of a bootstrap address, or of no broker at all */
    }
    struct broker *broker = brokers_find(&leaders->brokers, (int32_t)strtol(id, NULL, 10));
    if (broker != NULL) {
        snprintf(broker->reason, sizeof(broker->reason), "%s", what + 2);
    }
}

void leaders_deliver(struct leaders *leaders)
{
    if (leaders->jobs != NULL) {
        job_queue_deliver(leaders->jobs);
    }
}
