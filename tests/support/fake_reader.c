/* Readers of the fake Kafka: they deliver what a dispatch has made ready, and lend each record's
 * bytes until the next call only. */
#include "support/fake_reader.h"

#include <limits.h>
#include <stdlib.h>

struct started {
    struct fake_topic *topic;
    int32_t partition;
    int64_t asked;
    int64_t next;
    void *tag;
    bool has_begun;
    bool is_lost;
    int64_t told_end;
    int tries; /* to read what is bad */
};

enum {
    LARGEST_READER = FAKE_TOPICS * FAKE_PARTITIONS
};

struct fake_reader {
    struct reader reader;
    struct list node;
    struct fake_kafka *kafka;
    enum reader_kind kind;
    struct started started[LARGEST_READER];
    size_t count;
    size_t ready;
    char *value;
    char *key;
    const struct fake_record *record; /* handed out last */
    struct record_header *headers;    /* of it, when they were asked for */
    char *header_bytes;
};

static struct fake_reader *of_reader(struct reader *r)
{
    return CONTAINER_OF(r, struct fake_reader, reader);
}

static void take_back(struct fake_reader *r)
{
    free(r->value);
    free(r->key);
    free(r->headers);
    free(r->header_bytes);
    r->value = NULL;
    r->key = NULL;
    r->record = NULL;
    r->headers = NULL;
    r->header_bytes = NULL;
}

static struct started *find(struct fake_reader *r, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->started[i].topic->name, topic) == 0 && r->started[i].partition == partition) {
            return &r->started[i];
        }
    }
    return NULL;
}

static int on_start(struct reader *reader, const char *topic, int32_t partition, int64_t offset,
                    void *tag)
{
    struct fake_reader *r = of_reader(reader);
    take_back(r);
    ASSERT(find(r, topic, partition) == NULL && offset >= 0 && r->count < LARGEST_READER);
    if (rng_percent(r->kafka->rng, r->kafka->start_fails_percent)) {
        return KSSE_EKAFKA;
    }
    r->started[r->count++] = (struct started){
        .topic = fake_kafka_topic(r->kafka, topic),
        .partition = partition,
        .asked = offset,
        .next = offset,
        .tag = tag,
        .told_end = -1,
    };
    return 0;
}

static void drop(struct fake_reader *r, struct started *s)
{
    *s = r->started[--r->count];
}

static void on_stop(struct reader *reader, const char *topic, int32_t partition)
{
    struct fake_reader *r = of_reader(reader);
    take_back(r);
    struct started *s = find(r, topic, partition);
    if (s != NULL) {
        drop(r, s);
    }
}

static bool lend_record(struct fake_reader *r, struct started *s, struct read_event *out)
{
    const struct fake_record *record = &s->topic->partitions[s->partition].records[s->next];
    r->record = record;
    out->kind = READ_RECORD;
    out->offset = s->next++;
    out->timestamp_ms = record->timestamp_ms;
    if (record->kind != FAKE_TOMBSTONE) {
        r->value = fake_record_value(record, &out->value.len);
        out->value.data = r->value;
    }
    if (record->serial % 3 != 0) {
        r->key = malloc(1);
        r->key[0] = 'k';
        out->key = slice_of(r->key, (size_t)(record->serial % 2));
    }
    return true;
}

static bool stop_with(struct fake_reader *r, struct started *s, enum read_kind kind,
                      struct read_event *out)
{
    out->kind = kind;
    out->offset = s->next;
    out->message = kind == READ_LOST ? "gone" : NULL;
    drop(r, s);
    return true;
}

/* A fetch answers with whole batches: it may begin before the offset that was asked for. */
static void begin(struct fake_reader *r, struct started *s, const struct fake_partition *p)
{
    s->has_begun = true;
    s->next = s->asked - rng_between(r->kafka->rng, 0, 3);
    s->next = s->next < p->earliest ? p->earliest : s->next;
}

/* Told twice, then given up. */
static bool fail_at(struct fake_reader *r, struct started *s, const struct fake_partition *p,
                    struct read_event *out)
{
    out->offset = s->next;
    if (s->tries++ < 2) {
        out->kind = READ_ERROR;
        out->message = "bad";
        return true;
    }
    out->to = s->next;
    while (out->to < p->end && p->records[out->to].is_bad) {
        out->to++;
    }
    int64_t to = out->to;
    stop_with(r, s, READ_UNREADABLE, out);
    out->to = to;
    return true;
}

/* The next event of one partition; false when it has none now. */
static bool next_of(struct fake_reader *r, struct started *s, struct read_event *out)
{
    const struct fake_partition *p = &s->topic->partitions[s->partition];
    out->tag = s->tag;
    if (s->is_lost || s->partition >= s->topic->partition_count) {
        return stop_with(r, s, READ_LOST, out);
    }
    if (s->next < p->earliest || s->next > p->end) {
        return stop_with(r, s, READ_OUT_OF_RANGE, out);
    }
    if (!s->has_begun) {
        begin(r, s, p);
    }
    while (
        s->next < p->end &&
        (p->records[s->next].is_bad ? s->next < s->asked : p->records[s->next].kind == FAKE_HOLE)) {
        s->next++;
    }
    if (s->next < p->end && p->records[s->next].is_bad) {
        return fail_at(r, s, p, out);
    }
    s->tries = 0;
    if (s->next < p->end) {
        return lend_record(r, s, out);
    }
    if (r->kind != READER_TAIL && s->told_end != p->end) {
        s->told_end = p->end;
        out->kind = READ_END;
        out->offset = p->end;
        return true;
    }
    return false;
}

static enum read_kind on_next(struct reader *reader, struct read_event *out)
{
    struct fake_reader *r = of_reader(reader);
    take_back(r);
    *out = (struct read_event){.kind = READ_NOTHING};
    if (r->ready == 0 || r->count == 0 || r->kafka->is_down) {
        r->ready = 0;
        return READ_NOTHING;
    }
    size_t first = (size_t)rng_between(r->kafka->rng, 0, (int64_t)r->count - 1);
    size_t count = r->count;
    for (size_t i = 0; i < count; i++) {
        if (next_of(r, &r->started[(first + i) % count], out)) {
            r->ready--;
            return out->kind;
        }
    }
    r->ready = 0;
    return READ_NOTHING;
}

static char *lend_bytes(char **at, const char *data, size_t len)
{
    char *copy = *at;
    memcpy(copy, data, len);
    *at += len;
    return copy;
}

static size_t header_bytes(const struct fake_record *record)
{
    size_t total = 1;
    for (size_t i = 0; i < record->header_count; i++) {
        total += strlen(record->headers[i].name) + 1 + record->headers[i].value.len;
    }
    return total;
}

static int on_headers(struct reader *reader, const struct record_header **out, size_t *count)
{
    struct fake_reader *r = of_reader(reader);
    const struct fake_record *record = r->record;
    ASSERT(record != NULL);
    free(r->headers);
    free(r->header_bytes);
    r->headers = calloc(record->header_count + 1, sizeof(*r->headers));
    r->header_bytes = malloc(header_bytes(record));
    char *at = r->header_bytes;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        r->headers[i].name = lend_bytes(&at, header->name, strlen(header->name) + 1);
        if (header->value.data != NULL) {
            r->headers[i].value.len = header->value.len;
            r->headers[i].value.data = lend_bytes(&at, header->value.data, header->value.len);
        }
    }
    *out = r->headers;
    *count = record->header_count;
    return 0;
}

static void on_close(struct reader *reader)
{
    struct fake_reader *r = of_reader(reader);
    take_back(r);
    list_remove(&r->node);
    if (r->kind != READER_TAIL) {
        r->kafka->replay_readers--;
    } else {
        r->kafka->tail_readers--;
    }
    r->kafka->open_readers[r->kind]--;
    free(r);
}

static const struct reader_ops ops = {on_start, on_stop, on_next, on_headers, on_close};

struct reader *fake_reader_open(struct fake_kafka *k, enum reader_kind kind)
{
    size_t *open = kind != READER_TAIL ? &k->replay_readers : &k->tail_readers;
    if (kind != READER_TAIL && k->open_readers[kind] >= k->pool_size) {
        return NULL;
    }
    k->open_readers[kind]++;
    struct fake_reader *r = calloc(1, sizeof(*r));
    r->reader.ops = &ops;
    r->kafka = k;
    r->kind = kind;
    list_init(&r->node);
    list_push_back(&k->readers, &r->node);
    (*open)++;
    return &r->reader;
}

void fake_readers_dispatch(struct fake_kafka *k)
{
    LIST_EACH_SAFE(r, after, &k->readers, struct fake_reader, node)
    {
        if (r->ready > 0 || r->count == 0 || rng_percent(k->rng, k->slow_percent)) {
            continue;
        }
        size_t largest = k->largest_batch;
        r->ready = largest == 0 ? SIZE_MAX : (size_t)rng_between(k->rng, 1, (int64_t)largest);
        r->reader.on_ready(r->reader.opaque);
    }
}

void fake_kafka_lose(struct fake_kafka *k, const char *topic, int32_t partition)
{
    LIST_EACH(r, &k->readers, struct fake_reader, node)
    {
        struct started *s = find(r, topic, partition);
        if (s != NULL) {
            s->is_lost = true;
        }
    }
}
