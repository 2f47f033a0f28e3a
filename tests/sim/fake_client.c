/* Sockets that block and break, and the reconnects of an EventSource: see the header. */
#include "fake_client.h"
#include "base/mem.h"
#include "story.h"
#include "feed/replay/replay_parts.h"

#include <stdio.h>

long fake_client_fault = -1;

enum {
    LARGEST_SUBSCRIPTION = 1000,
    LATE_TURNS = 3,
    LATE_TICKS = 6, /* what Kafka did not answer is left alone for two of them */
    LEAP_MS = 1000  /* between two ticks: Kafka had no chance to answer, and readers that have
                     * brought nothing for so long go to others */
};

static struct fake_client *of_client(struct client *client)
{
    return CONTAINER_OF(client, struct fake_client, client);
}

/* ---- the socket ---- */

static size_t new_room(struct fake_client *c)
{
    if (c->speed == 0) {
        return SIZE_MAX;
    }
    if (c->speed == DRIPS) {
        return DRIP_BYTES;
    }
    return (size_t)rng_between(c->rng, 1, rng_percent(c->rng, 30) ? 50 : 20000);
}

static void hear(struct fake_client *c)
{
    c->heard_ms = c->kafka->now_ms;
    c->late_turns = 0;
    c->late_ticks = 0;
}

static ssize_t on_send(struct client *client, const char *data, size_t len)
{
    struct fake_client *c = of_client(client);
    CHECK(c->is_connected, "%s: bytes for a client that was ended", c->name);
    CHECK(len > 0, "%s: an empty send", c->name);
    if (c->is_gone) {
        return -1;
    }
    if (c->is_blocked) {
        return 0;
    }
    size_t taken = len < c->room ? len : c->room;
    if (c->speed > 0) {
        c->room -= taken;
    }
    c->is_blocked = taken < len;
    hear(c);
    story("  %s takes %zu of %zu, %s", c->name, taken, len,
          client->replay != NULL ? "replay" : "live");
    bytes_add(&c->stream.raw, data, taken);
    c->taken += taken;
    return (ssize_t)taken;
}

static void on_want_writable(struct client *client, bool wanted)
{
    of_client(client)->is_wanted = wanted;
}

static void on_end(struct client *client, const struct stream_end *end, const struct buf *rest)
{
    struct fake_client *c = of_client(client);
    CHECK(c->is_connected, "%s: ended twice", c->name);
    CHECK(client->channel == NULL && client->replay == NULL, "%s: ended, but attached", c->name);
    story("%s is ended (%d) with %zu bytes of rest", c->name, (int)end->reason, rest->len);
    c->is_connected = false;
    c->is_wanted = false;
    bool has_why = end->why.len > 0; /* not if there was no memory for it */
    CHECK(!has_why || (end->reason == END_FILTER && slice_eq_str(end->why, "for a while")),
          "%s: another filter failed", c->name);
    if (end->reason == END_GONE) {
        CHECK(rest->len == 0, "%s: a rest for nobody", c->name);
        return;
    }
    bytes_add(&c->stream.raw, rest->data, rest->len);
    c->is_whole = true;
}

static const struct client_ops ops = {on_send, on_want_writable, on_end};

/* ---- connections ---- */

/* ---- wishes ---- */

static enum ksse_filtered filter_offsets(void *opaque, const struct ksse_event *event,
                                         struct ksse_output *output)
{
    struct fake_client *c = opaque;
    if (c->fails && rng_percent(c->rng, 2)) {
        output->append(output, "for a while", 11);
        return KSSE_FILTER_FAIL;
    }
    return event->offset % c->ledger.wish.every == 0 ? KSSE_FILTER_DROP : KSSE_FILTER_KEEP;
}

static void add_filter(struct fake_client *c, const char *text)
{
    struct filter *filter;
    struct filter_fault fault;
    CHECK(filter_parse(slice_str(text), NULL, NULL, &filter, &fault) == 0, "%s: %s", text,
          fault.message);
    CHECK(selection_take_filter(c->selection, filter) == 0, "no memory");
}

static void add_expression(struct fake_client *c, int64_t before_ms)
{
    char text[100];
    snprintf(text, sizeof(text), "_kafka.timestamp >= %lld || _kafka.partition == 0",
             (long long)before_ms);
    add_filter(c, text);
    c->ledger.wish.before_ms = before_ms;
}

/* True of everything, but dear where `x` is long: such a channel goes on by itself. */
static void add_dear_expression(struct fake_client *c)
{
    char text[2000] = "!has(x) || size(x) > 1000";
    for (int i = 0; i < 80; i++) {
        strcat(text, i == 0 ? " || !(x.contains('y')" : " || x.contains('y')");
    }
    strcat(text, ")");
    add_filter(c, text);
}

static void add_fields(struct fake_client *c)
{
    struct projection *projection;
    struct projection_fault fault;
    CHECK(projection_new(slice_str("n"), slice_of("", 0), &projection, &fault) == 0, "%s",
          fault.message);
    selection_take_projection(c->selection, projection);
    c->ledger.wish.fields = true;
}

/* Most see everything; the others share channels with those that want the same. */
static void choose_wish(struct fake_client *c)
{
    struct rng *rng = c->rng;
    if (rng_percent(rng, 60)) {
        return;
    }
    c->selection = selection_new();
    CHECK(c->selection != NULL, "no memory");
    if (rng_percent(rng, 50)) {
        c->ledger.wish.every = rng_between(rng, 1, 4);
        c->fails = rng_percent(rng, 30);
        CHECK(selection_add_call(c->selection, c->name, filter_offsets, c) == 0, "no memory");
    }
    if (rng_percent(rng, 50)) {
        static const int64_t befores_ms[] = {1500, 2500, 1000000};
        add_expression(c, befores_ms[rng_between(rng, 0, 2)]);
    }
    if (rng_percent(rng, 20)) {
        add_dear_expression(c);
    }
    if (rng_percent(rng, 40)) {
        add_fields(c);
    }
    story("%s drops every %lld, before %lld, fields %d", c->name, (long long)c->ledger.wish.every,
          (long long)c->ledger.wish.before_ms, (int)c->ledger.wish.fields);
}

/* Without an id of its own: which topics, from where, in an id's form, or as a list of names. */
static void choose_topics(struct fake_client *c)
{
    char *at = c->asks_for;
    char *end = at + sizeof(c->asks_for);
    int64_t count = rng_between(c->rng, 1, (int64_t)c->kafka->topic_count);
    size_t first = (size_t)rng_between(c->rng, 0, (int64_t)c->kafka->topic_count - 1);
    at += snprintf(at, (size_t)(end - at), "[");
    for (int64_t i = 0; i < count; i++) {
        struct fake_topic *topic = &c->kafka->topics[(first + (size_t)i) % c->kafka->topic_count];
        const char *comma = i == 0 ? "" : ",";
        if (rng_percent(c->rng, 70)) {
            at += snprintf(at, (size_t)(end - at), "%s\"%s\"", comma, topic->name);
            continue;
        }
        const struct topic *known = feed_find_topic(c->feed, 0, topic->name);
        int64_t partition = rng_between(c->rng, 0, known->partition_count - 1);
        struct fake_partition *p = &topic->partitions[partition];
        int64_t offset = rng_between(c->rng, -2, p->end + (rng_percent(c->rng, 10) ? 50 : 0));
        at +=
            snprintf(at, (size_t)(end - at), "%s{\"topic\":\"%s\",\"partition\":%lld,\"%s\":%lld}",
                     comma, topic->name, (long long)partition,
                     rng_percent(c->rng, 30) ? "timestamp" : "offset", (long long)offset);
    }
    snprintf(at, (size_t)(end - at), "]");
}

static void choose_start(struct fake_client *c)
{
    enum start_kind kinds[] = {START_LATEST, START_LATEST, START_EARLIEST, START_TIMESTAMP};
    c->otherwise.kind = kinds[rng_between(c->rng, 0, 3)];
    c->otherwise.value = rng_between(c->rng, 0, c->kafka->now_ms + 100);
}

void fake_client_init(struct fake_client *c, struct feed *feed, struct fake_kafka *kafka,
                      struct rng *rng, int number)
{
    *c = (struct fake_client){.feed = feed, .kafka = kafka, .rng = rng};
    snprintf(c->name, sizeof(c->name), "client-%d", number);
    client_init(&c->client, &ops);
    c->view.format = rng_percent(rng, 80) ? FORMAT_SSE : FORMAT_NDJSON;
    c->view.id_format = rng_percent(rng, 75) ? ID_OFFSET : ID_TIMESTAMP;
    enum gap_policy gaps[] = {GAP_EVENT, GAP_EVENT, GAP_SILENT, GAP_ERROR};
    c->view.gap = gaps[rng_between(rng, 0, 3)];
    c->view.is_chunked = rng_percent(rng, 70);
    c->speed = (int)rng_between(rng, 0, 2);
    c->ledger = (struct ledger){.name = c->name, .kafka = kafka};
    choose_topics(c);
    choose_start(c);
    choose_wish(c);
}

void fake_client_fini(struct fake_client *c)
{
    stream_fini(&c->stream);
    bytes_fini(&c->ledger.last_id);
    selection_unref(c->selection);
}

static void open_ledger(struct fake_client *c, const struct subscription *s)
{
    ledger_begin(&c->ledger, &c->view);
    for (size_t i = 0; i < s->count; i++) {
        const struct subscribed_partition *p = &s->partitions[i];
        ledger_open(&c->ledger, p->topic->name, p->partition, p->start);
    }
}

static bool subscribe(struct fake_client *c, struct subscription *s)
{
    struct assignments assignments = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    struct bytes asked = {0};
    const char *last_id = c->ledger.last_id.len > 0 ? c->ledger.last_id.data : c->asks_for;
    bytes_add(&asked, last_id, strlen(last_id) + 1);
    if (rng_percent(c->rng, 10)) {
        ghosts_conjure(&asked, c->rng);
    }
    const char *id = asked.data;
    story("%s connects with %s, otherwise %d %lld, view %d%d%d%d", c->name, id,
          (int)c->otherwise.kind, (long long)c->otherwise.value, (int)c->view.format,
          (int)c->view.id_format, (int)c->view.gap, (int)c->view.is_chunked);
    s->view = c->view;
    s->selection = c->selection;
    struct subscription_wish wish = {&assignments, c->otherwise, LARGEST_SUBSCRIPTION, NULL, NULL};
    bool is_ok = assignments_from_event_id(&assignments, slice_str(id), LARGEST_SUBSCRIPTION,
                                           &refusal) == 0 &&
                 feed_subscribe(c->feed, &wish, s, &refusal) == 0;
    CHECK(is_ok, "%s: refused: %s %.*s", c->name, refusal_name(refusal.code),
          SLICE_ARG(buf_slice(&refusal.message)));
    ghosts_open(&c->ledger.ghosts, &assignments, &c->view);
    assignments_fini(&assignments);
    refusal_fini(&refusal);
    bytes_fini(&asked);
    return is_ok;
}

void fake_client_decide(struct fake_client *c)
{
    for (size_t i = 0; i < c->kafka->topic_count; i++) {
        const struct topic *topic = feed_find_topic(c->feed, 0, c->kafka->topics[i].name);
        for (int32_t p = 0; p < topic->partition_count; p++) {
            if (plog_has_offsets(topic->logs[p]) &&
                ledger_is_undecided(&c->ledger, topic->name, p)) {
                ledger_decide(&c->ledger, topic->name, p, topic->logs[p]->range.end);
            }
        }
    }
}

void fake_client_connect(struct fake_client *c)
{
    struct subscription s = {0};
    subscribe(c, &s);
    open_ledger(c, &s);
    stream_fini(&c->stream);
    stream_init(&c->stream, &c->view);
    client_init(&c->client, &ops);
    c->is_gone = false;
    c->is_whole = false;
    c->is_blocked = false;
    c->is_wanted = false;
    c->is_connected = true;
    c->room = new_room(c);
    hear(c);
    c->connects++;
    mem_fail_after(fake_client_fault);
    c->is_connected = feed_attach(c->feed, &c->client, &s) == 0;
    mem_fail_after(-1);
    subscription_fini(&s);
    if (c->is_connected) {
        fake_client_decide(c);
    }
    if (c->client.replay != NULL && rng_percent(c->rng, 50)) {
        c->client.replay->pace.is_fast = true; /* no client takes enough here to show it */
    }
}

void fake_client_connect_at(struct fake_client *c, int64_t offset, int speed)
{
    c->ledger.last_id.len = 0;
    snprintf(c->asks_for, sizeof(c->asks_for),
             "[{\"topic\":\"%s\",\"partition\":0,\"offset\":%lld}]", c->kafka->topics[0].name,
             (long long)offset);
    c->speed = speed;
    fake_client_connect(c);
}

void fake_client_drain(struct fake_client *c)
{
    struct buf rest = BUF_INIT;
    feed_detach(&c->client, &rest);
    story("%s is drained, %zu bytes of rest", c->name, rest.len);
    c->is_whole = buf_ok(&rest); /* else the connection is broken off */
    if (c->is_whole) {
        bytes_add(&c->stream.raw, rest.data, rest.len);
    }
    buf_fini(&rest);
    c->is_connected = false;
    fake_client_read(c);
}

void fake_client_unblock(struct fake_client *c)
{
    c->is_blocked = false;
    c->room = new_room(c);
    hear(c);
    if (c->is_wanted) {
        mem_fail_after(fake_client_fault);
        feed_on_writable(&c->client);
        mem_fail_after(-1);
    }
}

/* Within a frame that has to be read again there is no sign of life without Kafka. */
static bool cannot_be_helped(const struct fake_client *c)
{
    const struct fake_kafka *k = c->kafka;
    bool has_trouble = k->is_down || k->unknown_percent > 0 || k->start_fails_percent > 0;
    return has_trouble && c->client.replay != NULL && c->client.replay->torn.size > 0;
}

/* Time passes in leaps here, so turns and ticks count, too. */
void fake_client_check_life(struct fake_client *c, bool is_tick)
{
    int64_t heartbeat_ms = c->feed->context.options.heartbeat_ms;
    int64_t silent_ms = c->kafka->now_ms - c->heard_ms;
    bool has_leapt = c->kafka->now_ms - c->ticked_ms >= LEAP_MS;
    c->ticked_ms = is_tick ? c->kafka->now_ms : c->ticked_ms;
    if (!c->is_connected || c->is_gone || c->is_blocked || silent_ms < heartbeat_ms ||
        cannot_be_helped(c)) {
        return;
    }
    c->late_turns += is_tick ? 0 : 1;
    c->late_ticks += is_tick && !has_leapt ? 1 : 0;
    CHECK(silent_ms < 2 * heartbeat_ms || c->late_turns <= LATE_TURNS ||
              c->late_ticks <= LATE_TICKS,
          "%s: could take bytes and got none for %lld ms", c->name, (long long)silent_ms);
}

static void on_event(void *opaque, const struct stream_event *event)
{
    struct fake_client *c = opaque;
    ledger_take(&c->ledger, event);
}

void fake_client_read(struct fake_client *c)
{
    stream_take(&c->stream, on_event, c);
    CHECK(!c->is_whole || stream_is_whole(&c->stream), "%s: ended within a frame: %.*s", c->name,
          (int)c->stream.text.len, c->stream.text.data);
}
