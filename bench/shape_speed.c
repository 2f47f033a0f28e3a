/*
 * What giving records their shape costs: showing four of their fields, and redacting three of their
 * members; beside jansson that parses the same ones, selects or deletes the same members and dumps
 * what is left. It fails also when the two do not agree on what is left.
 *
 *     shape_speed [seconds a side]
 */
#include "core/filter/projection.h"
#include "jansson_side.h"
#include "sample_record.h"
#include "speed.h"

struct work {
    const char *name;
    const char *fields;
    const char *redact;
    struct speed_side theirs;
};

static struct projection *projection;
static struct buf shaped;
static struct jansson_dump dumped;

static bool project(struct slice text)
{
    buf_clear(&shaped);
    projection_apply(projection, text, &shaped);
    return buf_ok(&shaped);
}

/* ---- the same with jansson ---- */

static void keep(json_t *to, const json_t *from, const char *name)
{
    json_object_set(to, name, json_object_get(from, name));
}

static bool dump_fields(struct slice text)
{
    json_t *root = jansson_load(text);
    json_t *kept = json_object();
    json_t *revision = json_object();
    keep(kept, root, "title");
    keep(kept, root, "user");
    keep(revision, json_object_get(root, "revision"), "new");
    json_object_set_new(kept, "revision", revision);
    keep(kept, root, "wiki");
    keep(kept, root, "_kafka");
    json_decref(root);
    return jansson_dump(kept, &dumped);
}

static bool dump_redacted(struct slice text)
{
    json_t *root = jansson_load(text);
    json_object_del(root, "user");
    json_object_del(json_object_get(root, "revision"), "old");
    json_object_del(json_object_get(root, "_kafka"), "key");
    return jansson_dump(root, &dumped);
}

/* ---- measuring ---- */

static const struct work works[] = {
    {"fields", "wiki,title,user,revision.new", "", {"jansson", dump_fields}},
    {"redact", "", "user,revision.old,_kafka.key", {"jansson", dump_redacted}},
};

static void check(const struct speed_side *theirs, struct slice text)
{
    if (!project(text) || !theirs->run(text)) {
        speed_fail("refused", text);
    }
    if (!jansson_agrees(&dumped, buf_slice(&shaped))) {
        speed_fail("differs", text);
    }
}

static void measure(const struct work *work, const char *kind, const struct buf *records,
                    double seconds)
{
    static const struct speed_side ours = {"kafkasse", project};
    struct projection_fault fault;
    if (projection_new(slice_str(work->fields), slice_str(work->redact), &projection, &fault) !=
        0) {
        speed_fail("bad list", slice_str(work->name));
    }
    for (size_t i = 0; i < SPEED_RECORDS; i++) {
        check(&work->theirs, buf_slice(&records[i]));
    }
    speed_compare(work->name, kind, records, &ours, &work->theirs, seconds);
    projection_free(projection);
}

int main(int argc, char **argv)
{
    static struct buf records[SPEED_RECORDS];
    double seconds = speed_seconds(argc, argv);
    for (size_t i = 0; i < ARRAY_LEN(works); i++) {
        for (size_t s = 0; s < SAMPLE_LENGTHS; s++) {
            sample_records(records, SPEED_RECORDS, &sample_styles[s], true);
            measure(&works[i], sample_styles[s].name, records, seconds);
        }
    }
    for (size_t i = 0; i < SPEED_RECORDS; i++) {
        buf_fini(&records[i]);
    }
    buf_fini(&shaped);
    return 0;
}
