/* The feed under test and its surroundings: see the header. */
#include "support/fixture.h"

#include <stdio.h>
#include <stdlib.h>

const struct feed_options fixture_options = {
    .heartbeat_ms = 15000,
    .linger_ms = 10000,
    .log_bytes = 1 << 20,
    .channel_bytes = 1 << 20,
    .channels_bytes = 16 << 20,
    .replay_bytes = 1 << 20,
};

void fixture_tell_topics(struct fixture *f)
{
    struct topic_info infos[FAKE_TOPICS];
    for (size_t i = 0; i < f->kafka.topic_count; i++) {
        infos[i] = (struct topic_info){f->kafka.topics[i].name, f->kafka.topics[i].partition_count};
    }
    feed_update_topics(f->feed, infos, f->kafka.topic_count);
}

static int64_t clock_us(void *opaque)
{
    const struct fixture *f = opaque;
    uint64_t cost_ns = f->feed == NULL ? 0 : selection_scratch_cost_ns(&f->feed->channels.scratch);
    return f->clock_us + (int64_t)(cost_ns / 1000);
}

void fixture_init(struct fixture *f, const struct feed_options *options)
{
    struct feed_options with_clock = *options;
    with_clock.clock_us = clock_us;
    with_clock.clock_opaque = f;
    *f = (struct fixture){.rng = {1}};
    fake_kafka_init(&f->kafka, &f->rng);
    f->kafka.now_ms = 1000;
    fake_kafka_add_topic(&f->kafka, "t", 2);
    fake_kafka_add_topic(&f->kafka, "u", 1);
    f->feed = feed_new(&with_clock, &f->kafka.source);
    ASSERT(f->feed != NULL);
    fixture_tell_topics(f);
    feed_run(f->feed, f->kafka.now_ms); /* it knows the time */
}

void fixture_fini(struct fixture *f)
{
    feed_free(f->feed);
    ASSERT(f->kafka.tail_readers == 0 && f->kafka.replay_readers == 0);
    fake_kafka_fini(&f->kafka);
}

void fixture_produce(struct fixture *f, const char *topic, int32_t partition, int count)
{
    struct fake_topic *t = fake_kafka_topic(&f->kafka, topic);
    for (int i = 0; i < count; i++) {
        fake_kafka_produce(&f->kafka, &t->partitions[partition], FAKE_JSON, 0);
    }
}

void fixture_run(struct fixture *f, int64_t ms)
{
    for (int64_t end = f->kafka.now_ms + ms; f->kafka.now_ms < end; f->kafka.now_ms += 10) {
        fake_kafka_dispatch(&f->kafka);
        bool has_more = true;
        for (int i = 0; i < 20 && has_more; i++) {
            has_more = feed_run(f->feed, f->kafka.now_ms);
            feed_check(f->feed);
        }
        if (f->kafka.now_ms % 250 == 0) {
            feed_tick(f->feed, f->kafka.now_ms);
        }
    }
}

struct partition_log *fixture_log(struct fixture *f, const char *topic, int32_t partition)
{
    return feed_find_topic(f->feed, 0, topic)->logs[partition];
}

/* ---- clients ---- */

static struct test_client *of_client(struct client *client)
{
    return CONTAINER_OF(client, struct test_client, client);
}

static void take(struct test_client *c, const char *data, size_t len)
{
    ASSERT(c->len + len < GOT_BYTES);
    if (len > 0) {
        memcpy(c->got + c->len, data, len);
    }
    c->len += len;
    c->got[c->len] = '\0';
}

static ssize_t on_send(struct client *client, const char *data, size_t len)
{
    struct test_client *c = of_client(client);
    if (c->is_gone) {
        return -1;
    }
    size_t taken = len < c->room ? len : c->room;
    c->room -= taken;
    take(c, data, taken);
    return (ssize_t)taken;
}

static void on_want_writable(struct client *client, bool wanted)
{
    of_client(client)->is_wanted = wanted;
}

static void on_end(struct client *client, const struct stream_end *end, const struct buf *rest)
{
    struct test_client *c = of_client(client);
    ASSERT(!c->is_ended);
    c->is_ended = true;
    c->reason = end->reason;
    snprintf(c->why, sizeof(c->why), "%.*s", (int)end->why.len, end->why.data);
    take(c, rest->data, rest->len);
}

static const struct client_ops ops = {on_send, on_want_writable, on_end};

int fixture_attach(struct fixture *f, struct test_client *c, const char *id,
                   const struct view *view)
{
    struct assignments assignments = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    struct subscription s = {.view = *view, .rendering = f->rendering, .selection = f->selection};
    struct subscription_wish wish = {&assignments, {START_LATEST, 0}, 100, NULL, NULL};
    memset(c, 0, sizeof(*c));
    client_init(&c->client, &ops);
    c->room = SIZE_MAX / 2;
    int result = -1;
    if (assignments_from_event_id(&assignments, slice_str(id), 100, &refusal) == 0 &&
        feed_subscribe(f->feed, &wish, &s, &refusal) == 0) {
        result = feed_attach(f->feed, &c->client, &s);
    }
    assignments_fini(&assignments);
    refusal_fini(&refusal);
    subscription_fini(&s);
    return result;
}

void test_client_unblock(struct test_client *c)
{
    c->room = SIZE_MAX / 2;
    if (c->is_wanted) {
        feed_on_writable(&c->client);
    }
}

size_t test_client_count(const struct test_client *c, const char *text)
{
    size_t count = 0;
    for (const char *at = c->got; (at = strstr(at, text)) != NULL; at += strlen(text)) {
        count++;
    }
    return count;
}

struct selection *fixture_selection(const char *text)
{
    struct selection *selection = selection_new();
    struct filter *filter;
    struct filter_fault fault;
    ASSERT(filter_parse(slice_str(text), NULL, NULL, &filter, &fault) == 0);
    ASSERT(selection_take_filter(selection, filter) == 0);
    return selection;
}
