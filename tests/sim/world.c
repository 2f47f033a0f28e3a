/* What happens in a world: see the header. */
#include "world.h"
#include "base/mem.h"
#include "fake_client.h"
#include "feed/replay/replay_parts.h"
#include "story.h"

#include <stdlib.h>

/* ---- the feed ---- */

void world_arm(struct world *w)
{
    bool is_armed = w->has_faults && rng_percent(&w->rng, 30);
    fake_client_fault = is_armed ? rng_between(&w->rng, 0, 40) : -1;
}

static void read_all(struct world *w)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (w->clients[i].connects > 0) {
            fake_client_read(&w->clients[i]);
        }
    }
}

static void decide_all(struct world *w)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (w->clients[i].is_connected) {
            fake_client_decide(&w->clients[i]);
        }
    }
}

static void check_life(struct world *w, bool is_tick)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (w->clients[i].connects > 0) {
            fake_client_check_life(&w->clients[i], is_tick);
        }
    }
}

static bool run_feed(struct world *w)
{
    world_arm(w);
    mem_fail_after(fake_client_fault);
    feed_set_time_of_day(w->feed, w->kafka.now_ms);
    bool has_more = feed_run(w->feed, w->kafka.now_ms);
    mem_fail_after(-1);
    feed_check(w->feed);
    world_check_memory(w);
    check_life(w, false);
    read_all(w);
    return has_more;
}

static void tick(struct world *w)
{
    if (w->kafka.now_ms < w->next_tick_ms) {
        return;
    }
    w->next_tick_ms = w->kafka.now_ms + 250;
    world_arm(w);
    mem_fail_after(fake_client_fault);
    feed_tick(w->feed, w->kafka.now_ms);
    mem_fail_after(-1);
    feed_check(w->feed);
    check_life(w, true);
    read_all(w);
}

static void dispatch(struct world *w)
{
    world_arm(w);
    mem_fail_after(fake_client_fault);
    fake_kafka_dispatch(&w->kafka);
    mem_fail_after(-1);
    decide_all(w);
    read_all(w);
}

void world_tell_topics(struct world *w)
{
    struct topic_info infos[FAKE_TOPICS];
    for (size_t i = 0; i < w->kafka.topic_count; i++) {
        infos[i] = (struct topic_info){w->kafka.topics[i].name, w->kafka.topics[i].partition_count};
    }
    world_arm(w);
    mem_fail_after(fake_client_fault);
    feed_update_topics(w->feed, infos, w->kafka.topic_count);
    mem_fail_after(-1);
    decide_all(w);
}

static void pass_time(struct world *w)
{
    int64_t most = rng_percent(&w->rng, 3) ? 3000 : rng_percent(&w->rng, 50) ? 2 : 60;
    w->kafka.now_ms += rng_between(&w->rng, 0, most);
    story_set_time((long long)w->kafka.now_ms);
}

static void step(struct world *w)
{
    pass_time(w);
    for (int64_t i = rng_between(&w->rng, 0, 4); i > 0; i--) {
        world_happen(w);
    }
    if (rng_percent(&w->rng, 70)) {
        dispatch(w);
    }
    for (int64_t i = rng_between(&w->rng, 0, 3); i > 0 && run_feed(w); i--) {
    }
    tick(w);
}

/* ---- beginning and end ---- */

/* Looking through selections takes no time or, now and then, much. */
static int64_t clock_us(void *opaque)
{
    struct world *w = opaque;
    if (rng_percent(&w->rng, w->slow_percent)) {
        w->clock_us += rng_between(&w->rng, 0, 8000);
    }
    return w->clock_us;
}

static void choose_options(struct world *w)
{
    struct rng *rng = &w->rng;
    bool is_tiny = rng_percent(rng, 60);
    w->options = (struct feed_options){
        .heartbeat_ms = rng_between(rng, 500, 15000),
        .linger_ms = rng_between(rng, 0, 5000),
        .log_bytes = (size_t)rng_between(rng, 0, is_tiny ? 20000 : 4000000),
        .channel_bytes = (size_t)rng_between(rng, 1000, is_tiny ? 20000 : 2000000),
        .replay_bytes = (size_t)rng_between(rng, 1000, is_tiny ? 50000 : 4000000),
    };
    w->options.channels_bytes = w->options.channel_bytes * 2;
    w->slow_percent = rng_percent(rng, 50) ? 0 : (int)rng_between(rng, 1, 60);
    w->options.clock_us = clock_us;
    w->options.clock_opaque = w;
    w->has_faults = rng_percent(rng, 30);
    w->has_cuts = rng_percent(rng, 30);
    w->has_new_partitions = rng_percent(rng, 50);
    w->has_big_records = rng_percent(rng, 25);
    w->has_outages = rng_percent(rng, 40);
    w->has_damage = rng_percent(rng, 40);
}

static void begin(struct world *w, long seed)
{
    *w = (struct world){.rng = {(uint64_t)seed}};
    fake_kafka_init(&w->kafka, &w->rng);
    w->kafka.now_ms = 1000;
    choose_options(w);
    static const char *const names[] = {"a", "a.b", "b", "edit"};
    int64_t count = rng_between(&w->rng, 1, FAKE_TOPICS);
    for (int64_t i = 0; i < count; i++) {
        fake_kafka_add_topic(&w->kafka, names[i], (int32_t)rng_between(&w->rng, 1, 3));
    }
    w->kafka.has_wild_times = rng_percent(&w->rng, 40);
    w->kafka.pool_size = (size_t)rng_between(&w->rng, 1, 3);
    w->kafka.late_percent = (int)rng_between(&w->rng, 0, 80);
    w->kafka.slow_percent = (int)rng_between(&w->rng, 0, 80);
    w->kafka.unknown_percent = w->has_outages ? 20 : 0;
    w->kafka.start_fails_percent = w->has_faults ? 10 : 0;
    w->kafka.largest_batch = (size_t)rng_between(&w->rng, 1, 400);
    w->feed = feed_new(&w->options, &w->kafka.source);
    CHECK(w->feed != NULL, "no feed");
    for (int i = rng_percent(&w->rng, 50) ? 0 : 5; i < 20; i++) {
        world_produce(w);
    }
    bool has_faults = w->has_faults;
    w->has_faults = false; /* the world begins with topics */
    world_tell_topics(w);
    w->has_faults = has_faults;
}

/* No more trouble, and a last record everywhere, so that nothing waits behind a hole. */
static void calm_down(struct world *w)
{
    struct fake_kafka *k = &w->kafka;
    k->is_down = false;
    k->late_percent = 0;
    k->slow_percent = 0;
    k->unknown_percent = 0;
    k->start_fails_percent = 0;
    k->largest_batch = 0;
    w->slow_percent = w->slow_percent > 0 ? 1 : 0;
    w->has_faults = false;
    world_tell_topics(w);
    for (size_t i = 0; i < k->topic_count; i++) {
        for (int32_t p = 0; p < k->topics[i].partition_count; p++) {
            struct fake_partition *partition = &k->topics[i].partitions[p];
            do { /* past whatever anybody has asked for */
                fake_kafka_produce(k, partition, FAKE_JSON, 0);
            } while (partition->end < partition->murky_until + 60);
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        w->clients[i].speed = 0;
        w->clients[i].fails = false;
        if (w->clients[i].is_connected && !w->clients[i].is_gone) {
            fake_client_unblock(&w->clients[i]);
        }
    }
    story("calm");
}

void world_run_for(struct world *w, int64_t ms)
{
    for (int64_t end = w->kafka.now_ms + ms; w->kafka.now_ms < end; w->kafka.now_ms += 25) {
        story_set_time((long long)w->kafka.now_ms);
        dispatch(w);
        for (int i = 0; i < 10 && run_feed(w); i++) {
        }
        tick(w);
    }
}

static void check_calm(struct world *w)
{
    for (int i = 0; i < CLIENTS; i++) {
        struct fake_client *c = &w->clients[i];
        if (c->is_connected && !c->is_gone) {
            CHECK(c->client.replay == NULL && c->client.segment == NULL, "%s is not live", c->name);
            CHECK(!c->is_wanted, "%s: a writable socket is waited for", c->name);
            ledger_check_complete(&c->ledger);
        }
    }
    CHECK(w->kafka.replay_readers == 0, "%zu readers are kept", w->kafka.replay_readers);
    CHECK(fake_kafka_pending_lookups(&w->kafka) == 0, "a look-up is under way");
}

void world_detach_all(struct world *w)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (w->clients[i].is_connected) {
            feed_detach(&w->clients[i].client, NULL);
            w->clients[i].is_connected = false;
        }
    }
}

static void leave(struct world *w)
{
    world_detach_all(w);
    world_run_for(w, 7000);
    struct feed *feed = w->feed;
    struct replays_usage usage = replays_usage(feed->replays);
    CHECK(feed->channels.by_key.count == 0 && list_is_empty(&feed->channels.all),
          "a channel is left");
    CHECK(feed->plogs.pool.bytes == 0 && list_is_empty(&feed->plogs.logs), "a log is left");
    CHECK(usage.cached_bytes == 0, "%zu bytes of cached ranges are left", usage.cached_bytes);
    CHECK(usage.frame_bytes == 0, "%zu bytes of replays are left", usage.frame_bytes);
}

static void finish(struct world *w)
{
    feed_free(w->feed);
    CHECK(w->kafka.tail_readers == 0, "the tail reader is left");
    for (int i = 0; i < CLIENTS; i++) {
        fake_client_fini(&w->clients[i]);
    }
    fake_kafka_fini(&w->kafka);
}

void world_run(long seed)
{
    static struct world world;
    struct world *w = &world;
    begin(w, seed);
    for (int i = 0; i < 300; i++) {
        step(w);
    }
    bool is_abrupt = rng_percent(&w->rng, 20); /* a server that stops at once */
    if (!is_abrupt) {
        calm_down(w);
        world_run_for(w, 20000);
        check_calm(w);
        world_check_first_record(w);
        world_check_turns(w);
        leave(w);
    } else {
        for (int i = 0; i < CLIENTS; i++) {
            if (w->clients[i].is_connected) {
                fake_client_drain(&w->clients[i]);
            }
        }
    }
    finish(w);
}
