/* Judging what a client received: see the header. */
#include "ledger.h"
#include "base/buf.h"
#include "core/json/json.h"
#include "story.h"

#include <stdio.h>
#include <stdlib.h>

/* The numbers and names of an event's data that the ledger looks at. */
struct fields {
    struct slice topic;
    int64_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    int64_t serial;
    int64_t from;
    int64_t to;
    struct slice reason;
    bool is_gap;
    bool is_tombstone;
    bool has_key;
    bool has_pad;
};

static size_t topic_index(const struct ledger *l, struct slice name)
{
    for (size_t i = 0; i < l->kafka->topic_count; i++) {
        if (slice_eq_str(name, l->kafka->topics[i].name)) {
            return i;
        }
    }
    story_fail("%s: a topic that is none: %.*s", l->name, SLICE_ARG(name));
}

static struct account *account_of(struct ledger *l, struct slice topic, int64_t partition)
{
    CHECK(partition >= 0 && partition < FAKE_PARTITIONS, "%s: partition %lld", l->name,
          (long long)partition);
    return &l->accounts[topic_index(l, topic)][partition];
}

static const struct fake_partition *partition_of(const struct ledger *l,
                                                 const struct account *account)
{
    size_t number = (size_t)(account - &l->accounts[0][0]);
    return &l->kafka->topics[number / FAKE_PARTITIONS].partitions[number % FAKE_PARTITIONS];
}

static const char *name_of(const struct ledger *l, const struct account *account)
{
    static char text[64];
    size_t number = (size_t)(account - &l->accounts[0][0]);
    snprintf(text, sizeof(text), "%s/%zu", l->kafka->topics[number / FAKE_PARTITIONS].name,
             number % FAKE_PARTITIONS);
    return text;
}

/* ---- opening ---- */

void ledger_begin(struct ledger *l, const struct view *view)
{
    l->view = *view;
    memset(l->accounts, 0, sizeof(l->accounts));
}

void ledger_open(struct ledger *l, const char *topic, int32_t partition, struct start start)
{
    struct account *a = account_of(l, slice_str(topic), partition);
    int64_t sure = l->last_id.len > 0 ? (&l->sure[0][0])[a - &l->accounts[0][0]] : -1;
    *a = (struct account){.is_in = true};
    switch (start.kind) {
    case START_LATEST:
    case START_DEFAULT:
        a->is_unknown = true;
        break;
    case START_EARLIEST:
        break;
    case START_TIMESTAMP:
        a->since_ms = start.value;
        break;
    case START_AFTER:
        a->since_ms = start.value;
        a->is_resolved = sure >= 0;
        a->may_repeat = sure >= 0;
        a->time_ms = sure >= 0 ? start.value : 0;
        a->next = sure >= 0 ? sure : 0;
        break;
    case START_OFFSET:
        a->next = start.value;
        a->is_resolved = true;
        a->was_future = start.value > partition_of(l, a)->end;
        break;
    }
}

void ledger_decide(struct ledger *l, const char *topic, int32_t partition, int64_t offset)
{
    struct account *a = account_of(l, slice_str(topic), partition);
    story("  latest of %s is %lld for %s", name_of(l, a), (long long)offset, l->name);
    a->is_unknown = false;
    a->is_resolved = true;
    a->next = offset;
}

bool ledger_is_undecided(const struct ledger *l, const char *topic, int32_t partition)
{
    const struct account *a = &l->accounts[topic_index(l, slice_str(topic))][partition];
    return a->is_in && a->is_unknown;
}

/* ---- what may be missing ---- */

bool wish_keeps(const struct wish *wish, int64_t partition, int64_t offset, int64_t timestamp_ms)
{
    bool is_dropped = wish->every > 0 && offset % wish->every == 0;
    return !is_dropped && (timestamp_ms >= wish->before_ms || partition == 0);
}

static bool is_shown(const struct ledger *l, const struct account *a, int64_t offset)
{
    const struct fake_record *record = &partition_of(l, a)->records[offset];
    int64_t partition = (a - &l->accounts[0][0]) % FAKE_PARTITIONS;
    return record->kind != FAKE_HOLE && record->kind != FAKE_BROKEN &&
           wish_keeps(&l->wish, partition, offset, record->timestamp_ms);
}

static bool is_murky(const struct fake_partition *p, int64_t offset)
{
    return offset >= p->murky_from && offset < p->murky_until;
}

/* A time is found by a record that was sent, or by none, when that was deleted meanwhile. */
static bool has_lost_its_time(const struct ledger *l, const struct account *a, int64_t before)
{
    const struct fake_partition *p = partition_of(l, a);
    if (a->time_ms == 0 || p->murky_until > 0) {
        return a->time_ms > 0;
    }
    for (int64_t offset = 0; offset < before; offset++) {
        const struct fake_record *record = &p->records[offset];
        if (record->timestamp_ms >= a->time_ms - 1 &&
            (record->kind == FAKE_HOLE || offset < p->earliest)) {
            return true;
        }
    }
    return false;
}

/* Whether the client should have got the record at `offset`, which it did not. */
static bool is_owed(const struct ledger *l, const struct account *a, int64_t offset)
{
    const struct fake_partition *p = partition_of(l, a);
    if (offset >= p->end || is_murky(p, offset)) {
        return false;
    }
    const struct fake_record *record = &p->records[offset];
    if (!is_shown(l, a, offset)) {
        return false;
    }
    bool is_gone = offset < p->earliest;
    if (!a->is_resolved && (is_gone || record->timestamp_ms < a->since_ms)) {
        return false;
    }
    return !((is_gone || record->was_bad) && l->view.gap == GAP_SILENT);
}

/* The client stands at `offset` of this partition now. */
static void move_to(struct ledger *l, struct account *a, int64_t offset, const char *by)
{
    CHECK(!a->is_unknown, "%s: %s before latest was decided for %s", l->name, by, name_of(l, a));
    for (int64_t missing = a->next; missing < offset; missing++) {
        CHECK(!is_owed(l, a, missing) || has_lost_its_time(l, a, missing),
              "%s: %s moves %s from %lld to %lld, but %lld was not sent", l->name, by,
              name_of(l, a), (long long)a->next, (long long)offset, (long long)missing);
    }
    a->next = offset;
    a->is_resolved = true;
}

/* Who comes back with a time may get again what lies behind the first record that has it. */
static void begin_again(struct account *a, int64_t offset)
{
    if (a->may_repeat && offset < a->next) {
        a->next = offset;
    }
    a->may_repeat = false;
}

/* A new partition of a whole topic joins: at its beginning. */
static void join(struct ledger *l, struct account *a, int64_t partition)
{
    if (!a->is_in) {
        CHECK(partition > 0, "%s: a partition nobody asked for: %s", l->name, name_of(l, a));
        *a = (struct account){.is_in = true, .is_resolved = true};
    }
}

static bool may_jump_back(const struct ledger *l, const struct account *a)
{
    return a->was_future || partition_of(l, a)->murky_until > 0;
}

/* ---- ids ---- */

/* Whoever comes back with the id must get all from here on. */
static void note_time(struct ledger *l, const struct account *a)
{
    (&l->sure[0][0])[a - &l->accounts[0][0]] = a->is_resolved ? a->next : -1;
}

static void check_id_partition(struct ledger *l, const struct assignments *id, size_t i)
{
    const struct assignment *item = &id->items[i];
    if (ghosts_own(slice_str(assignment_topic(id, i)))) {
        ghosts_check_entry(&l->ghosts, l->name, item);
        return;
    }
    struct account *a = account_of(l, slice_str(assignment_topic(id, i)), item->partition);
    join(l, a, item->partition);
    if (item->start.kind == START_AFTER) {
        CHECK(l->view.id_format == ID_TIMESTAMP, "%s: a timestamp in an offset id", l->name);
        note_time(l, a);
        return;
    }
    CHECK(item->start.kind == START_OFFSET, "%s: a partition of the id has no offset", l->name);
    int64_t offset = item->start.value;
    begin_again(a, offset);
    bool jumps_back = l->view.gap == GAP_SILENT && may_jump_back(l, a);
    CHECK(a->is_unknown || !a->is_resolved || offset >= a->next || jumps_back,
          "%s: the id takes %s back from %lld to %lld", l->name, name_of(l, a), (long long)a->next,
          (long long)offset);
    CHECK(offset <= partition_of(l, a)->end || may_jump_back(l, a),
          "%s: the id has %s at %lld, beyond its end", l->name, name_of(l, a), (long long)offset);
    move_to(l, a, offset, "an id");
}

static size_t count_partitions(const struct ledger *l)
{
    size_t count = 0;
    for (size_t i = 0; i < FAKE_TOPICS * FAKE_PARTITIONS; i++) {
        count += (&l->accounts[0][0])[i].is_in ? 1 : 0;
    }
    return count;
}

static void take_id(struct ledger *l, struct slice text)
{
    struct assignments id = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    CHECK(assignments_from_event_id(&id, text, 1000, &refusal) == 0, "%s: an id that is none: %.*s",
          l->name, SLICE_ARG(text));
    for (size_t i = 0; i < id.count; i++) {
        check_id_partition(l, &id, i);
    }
    size_t expected = count_partitions(l) + l->ghosts.untold;
    CHECK(id.count == expected, "%s: an id of %zu partitions, not %zu", l->name, id.count,
          expected);
    assignments_fini(&id);
    refusal_fini(&refusal);
    l->last_id.len = 0;
    bytes_add(&l->last_id, text.data, text.len);
    bytes_add(&l->last_id, "", 1);
}

/* ---- events ---- */

static void read_field(struct json_reader *r, struct slice name, struct fields *out)
{
    out->has_pad = out->has_pad || slice_eq_str(name, "x");
    enum json_token token = json_reader_next(r);
    struct slice text = r->text;
    static const struct {
        const char *name;
        size_t at;
    } numbers[] = {
        {"n", offsetof(struct fields, serial)},
        {"partition", offsetof(struct fields, partition)},
        {"offset", offsetof(struct fields, offset)},
        {"timestamp", offsetof(struct fields, timestamp_ms)},
        {"from", offsetof(struct fields, from)},
        {"to", offsetof(struct fields, to)},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (slice_eq_str(name, numbers[i].name)) {
            int64_t *number = (int64_t *)(void *)((char *)out + numbers[i].at);
            bool is_null = token == JSON_TOKEN_NULL && slice_eq_str(name, "to");
            CHECK(is_null || (token == JSON_TOKEN_NUMBER && json_number_is_int64(text, number)),
                  "%s is no number", numbers[i].name);
        }
    }
    if (slice_eq_str(name, "topic")) {
        out->topic = text;
    } else if (slice_eq_str(name, "reason")) {
        out->reason = text;
        out->is_gap = true;
    } else if (slice_eq_str(name, "key")) {
        out->has_key = token == JSON_TOKEN_STRING;
    }
    out->is_tombstone = out->is_tombstone || slice_eq_str(name, "tombstone");
}

/* All names of our events are unambiguous, nested or not. */
static struct fields read_fields(const struct ledger *l, struct slice data)
{
    struct fields out = {.serial = -1, .offset = -1, .timestamp_ms = -1};
    struct json_reader r;
    json_reader_init(&r, data);
    for (;;) {
        enum json_token token = json_reader_next(&r);
        CHECK(token != JSON_TOKEN_ERROR, "%s: data is no JSON: %.*s", l->name, SLICE_ARG(data));
        if (token == JSON_TOKEN_END) {
            return out;
        }
        if (token == JSON_TOKEN_NAME && !slice_eq_str(r.text, "_kafka")) {
            read_field(&r, r.text, &out);
        }
    }
}

static void take_record(struct ledger *l, const struct fields *f)
{
    CHECK(l->ghosts.untold == 0, "%s: a record before all ghosts are told", l->name);
    struct account *a = account_of(l, f->topic, f->partition);
    const struct fake_partition *p = partition_of(l, a);
    join(l, a, f->partition);
    begin_again(a, f->offset);
    CHECK(!f->has_pad || !l->wish.fields, "%s: a field that was not wanted", l->name);
    bool jumps_back = l->view.gap == GAP_SILENT && may_jump_back(l, a);
    CHECK(a->is_unknown || f->offset >= a->next || jumps_back,
          "%s: %s/%lld has %lld again, after %lld", l->name, p == NULL ? "" : name_of(l, a),
          (long long)f->partition, (long long)f->offset, (long long)a->next);
    if (!is_murky(p, f->offset)) {
        CHECK(f->offset < p->end, "%s: %s has no record %lld", l->name, name_of(l, a),
              (long long)f->offset);
        const struct fake_record *record = &p->records[f->offset];
        CHECK(wish_keeps(&l->wish, f->partition, f->offset, f->timestamp_ms),
              "%s: %s %lld was not wanted", l->name, name_of(l, a), (long long)f->offset);
        bool is_same = f->is_tombstone || record->serial == f->serial;
        CHECK(is_same && record->timestamp_ms == f->timestamp_ms &&
                  f->has_key == (record->serial % 3 != 0),
              "%s: %s %lld is not the record that was produced", l->name, name_of(l, a),
              (long long)f->offset);
    }
    move_to(l, a, f->offset, "a record");
    a->next = f->offset + 1;
    l->records++;
}

/* Of what is given up, all must have been bad at some time, but for what is gone. */
static void check_unreadable(const struct ledger *l, const struct account *a,
                             const struct fields *f)
{
    const struct fake_partition *p = partition_of(l, a);
    CHECK(f->to > f->from, "%s: unreadable %s from %lld to %lld", l->name, name_of(l, a),
          (long long)f->from, (long long)f->to);
    for (int64_t offset = f->from; offset < f->to && offset < p->end; offset++) {
        CHECK(p->records[offset].was_bad || offset < p->earliest || !is_owed(l, a, offset),
              "%s: %s %lld is no gap from %lld to %lld", l->name, name_of(l, a), (long long)offset,
              (long long)f->from, (long long)f->to);
    }
}

static void take_gap(struct ledger *l, const struct fields *f)
{
    if (ghosts_own(f->topic)) {
        CHECK(slice_eq_str(f->reason, "gone"), "%s: a ghost is not gone", l->name);
        ghosts_take_gap(&l->ghosts, l->name, f->partition, f->from);
        return;
    }
    CHECK(l->ghosts.untold == 0, "%s: a gap before all ghosts are told", l->name);
    struct account *a = account_of(l, f->topic, f->partition);
    const struct fake_partition *p = partition_of(l, a);
    join(l, a, f->partition);
    begin_again(a, f->from);
    CHECK(l->view.gap == GAP_EVENT, "%s: a gap event that was not wanted", l->name);
    CHECK(f->from >= a->next, "%s: a gap of %s from %lld, but it stands at %lld", l->name,
          name_of(l, a), (long long)f->from, (long long)a->next);
    move_to(l, a, f->from, "a gap");
    if (slice_eq_str(f->reason, "expired")) {
        CHECK(f->to > f->from && (f->to <= p->earliest || p->murky_until > 0),
              "%s: expired %s from %lld to %lld", l->name, name_of(l, a), (long long)f->from,
              (long long)f->to);
    } else if (slice_eq_str(f->reason, "unreadable")) {
        check_unreadable(l, a, f);
    } else {
        CHECK(f->to < f->from && slice_eq_str(f->reason, "beyond-end") && may_jump_back(l, a),
              "%s: a gap of %s from %lld to %lld", l->name, name_of(l, a), (long long)f->from,
              (long long)f->to);
    }
    a->next = f->to;
    l->gaps++;
}

void ledger_take(struct ledger *l, const struct stream_event *event)
{
    story("  %s gets %.*s %.*s %.*s", l->name, SLICE_ARG(event->type),
          (int)(event->data.len > 150 ? 150 : event->data.len), event->data.data,
          SLICE_ARG(event->id));
    bool is_position = slice_eq_str(event->type, "position");
    if (event->data.len > 0) {
        struct fields f = read_fields(l, event->data);
        bool is_sse = l->view.format == FORMAT_SSE;
        const char *type = f.is_gap ? "gap" : f.is_tombstone ? "tombstone" : "message";
        CHECK(!is_sse || slice_eq_str(event->type, type), "%s: an event %.*s that is a %s", l->name,
              SLICE_ARG(event->type), type);
        if (f.is_gap) {
            take_gap(l, &f);
        } else {
            take_record(l, &f);
        }
    } else {
        CHECK(is_position, "%s: no data", l->name);
    }
    if (event->has_id) {
        take_id(l, event->id);
    }
    CHECK(event->has_id == (l->view.format == FORMAT_SSE), "%s: an id or none", l->name);
}

void ledger_check_complete(struct ledger *l)
{
    CHECK(l->ghosts.untold == 0, "%s: %zu ghosts were not told", l->name, l->ghosts.untold);
    for (size_t i = 0; i < FAKE_TOPICS * FAKE_PARTITIONS; i++) {
        struct account *a = &(&l->accounts[0][0])[i];
        if (a->is_in) {
            move_to(l, a, partition_of(l, a)->end, "the end");
        }
    }
}
