/* That slow clients of a world that has come to rest do not keep others waiting. */
#include "feed/replay/replay_parts.h"
#include "story.h"
#include "world.h"

enum {
    LEAST_REPLAY_BYTES = 2 * 1024 * 1024, /* for as many as there are here */
    OLD_RECORDS = 1200,
    LARGE_RECORDS = 3,
    SLOW_CLIENTS = 4,
    TURNS_MS = 6 * SLOW_CLIENTS * 1250 /* a second for each, and a tick; readers as long */
};

/* All but the last take a little again and again, for that long or until the last has had
 * something.
 */
static void drip_for(struct world *w, int64_t ms)
{
    const struct fake_client *last = &w->clients[CLIENTS - 1];
    for (int64_t end = w->kafka.now_ms + ms; w->kafka.now_ms < end && last->ledger.records == 0;) {
        for (int i = 0; i < CLIENTS - 1; i++) {
            if (w->clients[i].is_connected) {
                fake_client_unblock(&w->clients[i]);
            }
        }
        world_run_for(w, 25);
    }
}

static void start_over(struct world *w)
{
    world_detach_all(w);
    world_run_for(w, 7000); /* nothing is left of what was read before */
    for (int i = 0; i < CLIENTS; i++) {
        fake_client_fini(&w->clients[i]);
        fake_client_init(&w->clients[i], w->feed, &w->kafka, &w->rng, i);
        w->clients[i].fails = false;
        w->clients[i].view.gap = GAP_EVENT; /* no gap ends it */
    }
}

static void want_everything(struct fake_client *c)
{
    selection_unref(c->selection);
    c->selection = NULL;
    c->ledger.wish = (struct wish){0};
}

void world_check_first_record(struct world *w)
{
    if (w->has_big_records || w->options.replay_bytes < LEAST_REPLAY_BYTES) {
        return;
    }
    struct fake_partition *p = &w->kafka.topics[0].partitions[0];
    for (int i = 0; i < OLD_RECORDS; i++) {
        fake_kafka_produce(&w->kafka, p, FAKE_JSON, 1000);
    }
    start_over(w);
    for (int i = 0; i < CLIENTS - 1; i++) {
        fake_client_connect_at(&w->clients[i], p->end - OLD_RECORDS + i * 20, DRIPS);
    }
    struct fake_client *last = &w->clients[CLIENTS - 1];
    drip_for(w, 1000);
    want_everything(last);
    fake_client_connect_at(last, p->end - 100, 0);
    if (last->client.replay != NULL) {
        last->client.replay->pace.is_fast = false; /* it has not shown anything yet */
    }
    drip_for(w, 1000);
    CHECK(last->ledger.records > 0, "%s has had no record for a second", last->name);
}

/* They take a little twice a second: a large frame lasts them a minute. */
static void drip_slowly(struct world *w)
{
    for (int64_t end = w->kafka.now_ms + TURNS_MS; w->kafka.now_ms < end;) {
        for (int i = 0; i < SLOW_CLIENTS; i++) {
            fake_client_unblock(&w->clients[i]);
        }
        world_run_for(w, 500);
    }
}

void world_check_turns(struct world *w)
{
    if (w->options.replay_bytes > LARGEST_RECORD) {
        return;
    }
    struct fake_partition *p = &w->kafka.topics[0].partitions[0];
    for (int i = 0; i < LARGE_RECORDS; i++) {
        fake_kafka_produce(&w->kafka, p, FAKE_JSON, LARGEST_RECORD - 500);
    }
    start_over(w);
    w->feed->context.options.heartbeat_ms = 15000; /* there is none within frames */
    for (int i = 0; i < SLOW_CLIENTS; i++) {
        want_everything(&w->clients[i]);
        fake_client_connect_at(&w->clients[i], p->end - LARGE_RECORDS, DRIPS);
    }
    uint64_t before[SLOW_CLIENTS];
    drip_slowly(w);
    for (int i = 0; i < SLOW_CLIENTS; i++) {
        before[i] = w->clients[i].taken;
    }
    struct fake_client *one = &w->clients[SLOW_CLIENTS - 1];
    one->speed = 0;
    fake_client_unblock(one);
    drip_slowly(w);
    for (int i = 0; i < SLOW_CLIENTS; i++) {
        CHECK(w->clients[i].taken > before[i], "%s has had no turn", w->clients[i].name);
    }
    CHECK(one->ledger.records > 0, "%s has had no large record", one->name);
}
