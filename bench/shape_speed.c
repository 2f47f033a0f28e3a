/*
 * What giving records their shape costs: decoding them as JSON, showing four of their fields, and
 * redacting three of their members, on short and long ones; beside jansson that parses the same
 * ones, selects or deletes the same members and dumps what is left, in turn.
 * Not a test: it fails only when the two do not agree on what is left. One thread.
 *
 *     shape_speed [-j] [seconds a side, default 2]
 *
 * With -j it prints a JSON object a line instead of a table.
 */
#include "core/projection.h"
#include "core/record.h"
#include "sample_record.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    RECORDS = 512,
    ROUNDS = 10, /* turns of each side */
    DUMP_BYTES = 16384
};

static struct projection *projection;
static struct buf shaped;
static char dumped[DUMP_BYTES];
static size_t dumped_len;

/* ---- what kafkasse does ---- */

static bool decode(struct slice value)
{
    struct record record = {.topic = "demo.recentchange", .value = value};
    bool has_members;
    buf_clear(&shaped);
    return decoder_decode(decoder_builtin("json"), &record, &shaped, &has_members) == DECODED;
}

static bool project(struct slice text)
{
    buf_clear(&shaped);
    projection_apply(projection, text, &shaped);
    return buf_ok(&shaped);
}

/* ---- the same with jansson ---- */

static bool dump(json_t *root)
{
    dumped_len = json_dumpb(root, dumped, sizeof dumped, JSON_COMPACT);
    json_decref(root);
    return dumped_len > 0 && dumped_len <= sizeof dumped;
}

static json_t *load(struct slice text)
{
    json_error_t error;
    return json_loadb(text.data, text.len, 0, &error);
}

static bool dump_all(struct slice value)
{
    return dump(load(value));
}

static void keep(json_t *to, const json_t *from, const char *name)
{
    json_object_set(to, name, json_object_get(from, name));
}

static bool dump_fields(struct slice text)
{
    json_t *root = load(text);
    json_t *kept = json_object();
    json_t *revision = json_object();
    keep(kept, root, "title");
    keep(kept, root, "user");
    keep(revision, json_object_get(root, "revision"), "new");
    json_object_set_new(kept, "revision", revision);
    keep(kept, root, "wiki");
    keep(kept, root, "_kafka");
    json_decref(root);
    return dump(kept);
}

static bool dump_redacted(struct slice text)
{
    json_t *root = load(text);
    json_object_del(root, "user");
    json_object_del(json_object_get(root, "revision"), "old");
    json_object_del(json_object_get(root, "_kafka"), "key");
    return dump(root);
}

/* ---- measuring ---- */

struct work {
    const char *name;
    const char *fields;
    const char *redact;
    bool (*ours)(struct slice record);
    bool (*theirs)(struct slice record);
    bool has_kafka; /* the records have their member of that name already */
};

static const struct work works[] = {
    {"decode", "", "", decode, dump_all, false},
    {"fields", "wiki,title,user,revision.new", "", project, dump_fields, true},
    {"redact", "", "user,revision.old,_kafka.key", project, dump_redacted, true},
};

struct side {
    bool (*run)(struct slice record);
    double seconds;
    double records;
};

static void fail(const char *what, struct slice record)
{
    fprintf(stderr, "%s: %.*s\n", what, SLICE_ARG(record));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void take_turn(struct side *side, const struct buf *records, double seconds)
{
    double start = now();
    double passed;
    do {
        for (size_t i = 0; i < RECORDS; i++) {
            if (!side->run(buf_slice(&records[i]))) {
                fail("refused", buf_slice(&records[i]));
            }
        }
        side->records += RECORDS;
        passed = now() - start;
    } while (passed < seconds);
    side->seconds += passed;
}

/* Both must leave the same of each record. */
static void check(const struct work *work, const struct buf *records)
{
    for (size_t i = 0; i < RECORDS; i++) {
        if (!work->ours(buf_slice(&records[i])) || !work->theirs(buf_slice(&records[i]))) {
            fail("refused", buf_slice(&records[i]));
        }
        if (!work->has_kafka) {
            buf_append_char(&shaped, '}');
        }
        json_t *ours = load(buf_slice(&shaped));
        json_t *theirs = load(slice_of(dumped, dumped_len));
        if (ours == NULL || !json_equal(ours, theirs)) {
            fail("differs", buf_slice(&records[i]));
        }
        json_decref(ours);
        json_decref(theirs);
    }
}

static void print(const struct work *work, const char *length, size_t bytes,
                  const struct side *sides, bool as_json)
{
    double ours = sides[0].seconds / sides[0].records * 1e9;
    double theirs = sides[1].seconds / sides[1].records * 1e9;
    printf(as_json ? "{\"work\":\"%s\",\"record\":\"%s\",\"bytes\":%zu,\"ns\":%.0f,"
                     "\"jansson_ns\":%.0f,\"ratio\":%.1f}\n"
                   : "%-6s %-5s %4zu B/record: %5.0f ns, jansson %6.0f ns, ratio %.1f\n",
           work->name, length, bytes, ours, theirs, theirs / ours);
}

static void measure(const struct work *work, bool is_long, double seconds, bool as_json)
{
    static const struct sample_style style = {"compact", "", "Template:Infobox officeholder"};
    static struct buf records[RECORDS];
    size_t bytes = 0;
    for (unsigned i = 0; i < RECORDS; i++) {
        (is_long ? sample_record : sample_record_short)(&records[i], &style, i);
        if (work->has_kafka) {
            sample_add_kafka(&records[i], i);
        }
        bytes += records[i].len;
    }
    bool is_fields;
    struct projection_fault fault;
    if (projection_new(slice_str(work->fields), slice_str(work->redact), &projection, &is_fields,
                       &fault) != PROJECTION_OK) {
        fail("bad list", slice_str(work->name));
    }
    check(work, records);
    struct side sides[] = {{work->ours, 0, 0}, {work->theirs, 0, 0}};
    for (int round = 0; round < ROUNDS; round++) {
        take_turn(&sides[0], records, seconds / ROUNDS);
        take_turn(&sides[1], records, seconds / ROUNDS);
    }
    print(work, is_long ? "long" : "short", bytes / RECORDS, sides, as_json);
    projection_free(projection);
    for (unsigned i = 0; i < RECORDS; i++) {
        buf_fini(&records[i]);
    }
}

int main(int argc, char **argv)
{
    bool as_json = false;
    int option;
    while ((option = getopt(argc, argv, "j")) != -1) {
        if (option != 'j') {
            return 2;
        }
        as_json = true;
    }
    double seconds = optind < argc ? strtod(argv[optind], NULL) : 2;
    for (size_t i = 0; i < ARRAY_LEN(works); i++) {
        measure(&works[i], false, seconds, as_json);
        measure(&works[i], true, seconds, as_json);
    }
    buf_fini(&shaped);
    return 0;
}
