/* See prober.h. */
#include "kafka/prober.h"
#include "base/clock.h"
#include "base/mem.h"
#include "kafka/probe.h"

#include <string.h>

void prober_init(struct prober *prober, const rd_kafka_conf_t *conf, int event_fd)
{
    prober->conf = conf;
    prober->event_fd = event_fd;
    prober->jobs = NULL;
    atomic_init(&prober->is_stopping, false);
    list_init(&prober->asked);
    unreadable_init(&prober->known);
}

static void probe_free(struct probe *probe)
{
    while (!list_is_empty(&probe->waits)) {
        list_remove(probe->waits.next);
    }
    list_remove(&probe->node);
    mem_free(probe);
}

static void free_done(struct job *job)
{
    probe_free(CONTAINER_OF(job, struct probe, job));
}

void prober_fini(struct prober *prober)
{
    atomic_store(&prober->is_stopping, true);
    if (!list_is_empty(&prober->asked)) {
        /* The jobs deliver it when they end. */
        LIST_FIRST(&prober->asked, struct probe, node)->job.done = free_done;
    }
    job_queue_free(prober->jobs);
    prober->jobs = NULL;
    while (!list_is_empty(&prober->asked)) {
        probe_free(LIST_FIRST(&prober->asked, struct probe, node));
    }
    unreadable_fini(&prober->known);
}

static void finish(struct probe *probe)
{
    while (!list_is_empty(&probe->waits)) {
        struct prober_wait *wait = LIST_FIRST(&probe->waits, struct prober_wait, node);
        list_remove(&wait->node);
        wait->on_done(wait, probe->to);
    }
    probe_free(probe);
}

static void on_done(struct job *job);

/* Passes over probes that nobody waits for any more, and those whose result is known by now. */
static void start_next(struct prober *prober)
{
    while (!list_is_empty(&prober->asked)) {
        struct probe *probe = LIST_FIRST(&prober->asked, struct probe, node);
        int64_t end = prober_end_of(prober, probe->topic, probe->partition, probe->from);
        if (!list_is_empty(&probe->waits) && end < 0) {
            probe->job.run = probe_run;
            probe->job.done = on_done;
            job_queue_add(prober->jobs, &probe->job);
            return;
        }
        probe->to = end;
        finish(probe);
    }
}

static void on_done(struct job *job)
{
    struct probe *probe = CONTAINER_OF(job, struct probe, job);
    struct prober *prober = probe->owner;
    if (probe->to > probe->from) {
        unreadable_add(&prober->known, probe->topic, probe->partition, probe->from, probe->to,
                       clock_monotonic_ms());
    }
    finish(probe);
    start_next(prober);
}

static struct probe *find(struct prober *prober, const char *topic, int32_t partition, int64_t from)
{
    LIST_EACH(probe, &prober->asked, struct probe, node)
    {
        if (probe->partition == partition && probe->from == from &&
            strcmp(probe->topic, topic) == 0) {
            return probe;
        }
    }
    return NULL;
}

static struct probe *add(struct prober *prober, const char *topic, int32_t partition, int64_t from)
{
    size_t size = strlen(topic) + 1;
    struct probe *probe = mem_zalloc(sizeof(*probe) + size);
    if (probe == NULL) {
        return NULL;
    }
    list_init(&probe->node);
    list_init(&probe->waits);
    probe->owner = prober;
    probe->conf = prober->conf;
    probe->is_stopping = &prober->is_stopping;
    probe->partition = partition;
    probe->from = from;
    memcpy(probe->topic, topic, size);
    list_push_back(&prober->asked, &probe->node);
    return probe;
}

int prober_ask(struct prober *prober, const char *topic, int32_t partition, int64_t from,
               struct prober_wait *wait)
{
    if (prober->jobs == NULL) {
        int rc = job_queue_new("ksse-probe", prober->event_fd, &prober->jobs);
        if (rc < 0) {
            return rc;
        }
    }
    struct probe *probe = find(prober, topic, partition, from);
    bool is_idle = list_is_empty(&prober->asked);
    if (probe == NULL) {
        probe = add(prober, topic, partition, from);
    }
    if (probe == NULL) {
        return KSSE_ENOMEM;
    }
    list_push_back(&probe->waits, &wait->node);
    if (is_idle) {
        start_next(prober);
    }
    return 0;
}

void prober_cancel(struct prober_wait *wait)
{
    list_remove(&wait->node);
}

int64_t prober_end_of(struct prober *prober, const char *topic, int32_t partition, int64_t offset)
{
    return unreadable_end(&prober->known, topic, partition, offset, clock_monotonic_ms());
}

void prober_deliver(struct prober *prober)
{
    if (prober->jobs != NULL) {
        job_queue_deliver(prober->jobs);
    }
}
