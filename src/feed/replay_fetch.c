/* How a replay gets what only Kafka has: with a fetcher of its own, or with others'. See replay.h.
 */
#include "feed/feed.h"
#include "feed/replay.h"

enum {
    FETCH_BYTES = 32 * 1024, /* at a time; then it is read */
    RETRY_MS = 1000
};

void place_unfollow(struct replay_place *p)
{
    if (p->follows != NULL) {
        list_remove(&p->follow_node);
        p->follows = NULL;
    }
}

void replay_unfollow(struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count && r->places != NULL; i++) {
        place_unfollow(&r->places[i]);
    }
}

static void follow(struct replay_place *p, struct stretch *s)
{
    p->follows = s;
    list_push_back(&s->followers, &p->follow_node);
}

void replay_release_fetcher(struct replay *r, bool to_heir)
{
    struct fetcher *f = r->fetcher;
    if (f == NULL) {
        return;
    }
    r->fetcher = NULL;
    struct replay *heir = to_heir ? fetcher_heir(f) : NULL;
    if (heir == NULL) {
        fetcher_close(f);
        return;
    }
    f->owner = heir;
    heir->fetcher = f;
}

/*
 * Not before the log has its offsets: fetching could go beyond where it will begin, and the place
 * would wait there for a record that fills the hole.
 */
static bool needs_kafka(const struct replay *r, size_t i)
{
    const struct replay_place *p = &r->places[i];
    return p->stage == PLACE_KNOWN && log_has_offsets(p->log) &&
           r->feed->now_ms >= p->not_before_ms && place_run(r, i) == NULL;
}

/* Lets the place follow the stretch that grows at its offset, a new one if need be. False: all
 * readers are in use. */
static bool join(struct replay *r, size_t i)
{
    struct replay_place *p = &r->places[i];
    int64_t offset = r->writer.position.places[i].offset;
    struct stretch *s = stretch_ending(p->log, offset);
    if (s == NULL || s->fetcher == NULL) {
        if (r->fetcher == NULL && (r->fetcher = fetcher_open(r)) == NULL) {
            return false;
        }
        s = fetcher_start(r->fetcher, p->log, offset);
    }
    if (s == NULL) {
        p->not_before_ms = r->feed->now_ms + RETRY_MS;
    } else {
        follow(p, s);
    }
    return true;
}

/* Each fetcher once, however many places follow it. */
static bool pump(struct replay *r)
{
    bool has_some = false;
    uint64_t turn = ++r->feed->fetch_turn;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        const struct stretch *s = r->places[i].follows;
        if (s != NULL && s->fetcher->turn != turn) {
            s->fetcher->turn = turn;
            has_some |= fetcher_pump(s->fetcher, FETCH_BYTES);
        }
    }
    return has_some;
}

enum fetch replay_fetch(struct replay *r)
{
    bool lacks_reader = false;
    replay_unfollow(r);
    for (size_t i = 0; i < r->writer.position.count; i++) {
        if (replay_reads_place(r, i) && needs_kafka(r, i) && !join(r, i)) {
            lacks_reader = true;
        }
    }
    if (pump(r)) {
        return FETCH_SOME;
    }
    return lacks_reader ? FETCH_NO_READER : FETCH_NOTHING;
}
