/*
 * Projections against jansson: a line of fields, a line of redactions, and a record behind them.
 * What is shown must be valid JSON and equal what deleting members from jansson's tree leaves.
 * Beyond jansson (see is_comparable()) there are the laws that hold for all texts.
 */
#include "fuzz_json.h"

#include "core/json/json.h"
#include "core/filter/projection.h"

#include <jansson.h>

enum {
    MAX_DEPTH = 600
};

/* Numbers as doubles: jansson refuses integers beyond 64 bits otherwise. */
static const size_t flags = JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;

static const char kafka[] =
    "\"_kafka\":{\"topic\":\"t\",\"key\":\"k\",\"key_base64\":\"l\",\"headers\":{\"a\":\"b\"},"
    "\"headers_base64\":{\"a\":[null,\"c\"],\"b\":\"d\"},\"timestamp\":0}}";

/* ---- the second opinion ---- */

struct list {
    struct path paths[PROJECTION_MAX_PATHS];
    size_t count;
};

/* The names that lead to a value, outermost first. */
struct location {
    const char *names[MAX_DEPTH];
    size_t depth;
};

static struct list fields;
static struct list redacted;

/* Whether the first `count` names of the path are those of the location. */
static bool agrees(const struct path *path, const struct location *location, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!slice_eq_str(path->steps[i].name, location->names[i])) {
            return false;
        }
    }
    return true;
}

/* A name within `_kafka`, the same for both forms of what it shows. */
static struct slice plain_form(struct slice name)
{
    return slice_eq_str(name, "key_base64")       ? slice_str("key")
           : slice_eq_str(name, "headers_base64") ? slice_str("headers")
                                                  : name;
}

/* Whether the names of a step are the same where `first` is that of the first step. */
static bool is_same_form(struct slice first, size_t step, struct slice a, struct slice b)
{
    bool has_forms = step == 1 && slice_eq_str(first, "_kafka");
    return has_forms ? slice_eq(plain_form(a), plain_form(b)) : slice_eq(a, b);
}

/* The same as agrees(), where a name means both forms. */
static bool agrees_in_form(const struct path *path, const struct location *location, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_same_form(path->steps[0].name, i, path->steps[i].name,
                          slice_str(location->names[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_redacted(const struct location *location)
{
    for (size_t i = 0; i < redacted.count; i++) {
        const struct path *path = &redacted.paths[i];
        if (path->count == location->depth && agrees_in_form(path, location, path->count)) {
            return true;
        }
    }
    return false;
}

/* Whether something in it is redacted, and it is not to be seen empty then. */
static bool goes_empty(const struct location *location)
{
    if (location->depth != 2 || strcmp(location->names[0], "_kafka") != 0 ||
        strcmp(location->names[1], "headers_base64") != 0) {
        return false;
    }
    for (size_t i = 0; i < redacted.count; i++) {
        if (redacted.paths[i].count > 2 && agrees_in_form(&redacted.paths[i], location, 2)) {
            return true;
        }
    }
    return false;
}

enum shown {
    SHOWN_NOT,
    SHOWN_PARTLY,
    SHOWN_WHOLLY
};

static enum shown shown_by(const struct path *path, const struct location *location)
{
    if (path->count <= location->depth) {
        return agrees(path, location, path->count) ? SHOWN_WHOLLY : SHOWN_NOT;
    }
    return agrees(path, location, location->depth) ? SHOWN_PARTLY : SHOWN_NOT;
}

static enum shown is_shown(const struct location *location)
{
    if (fields.count == 0 || strcmp(location->names[0], "_kafka") == 0) {
        return SHOWN_WHOLLY;
    }
    enum shown most = SHOWN_NOT;
    for (size_t i = 0; i < fields.count; i++) {
        enum shown shown = shown_by(&fields.paths[i], location);
        most = shown > most ? shown : most;
    }
    return most;
}

static void cut(json_t *value, struct location *location, bool keeps_scalars);

static bool is_container(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

static void cut_object(json_t *object, struct location *location)
{
    void *after;
    const char *name;
    json_t *child;
    json_object_foreach_safe(object, after, name, child)
    {
        ASSERT(location->depth < MAX_DEPTH);
        location->names[location->depth++] = name;
        enum shown shown = is_redacted(location) ? SHOWN_NOT : is_shown(location);
        bool is_kept = shown == SHOWN_WHOLLY || (shown == SHOWN_PARTLY && is_container(child));
        if (is_kept) {
            cut(child, location, shown == SHOWN_WHOLLY);
            is_kept =
                !json_is_object(child) || json_object_size(child) > 0 || !goes_empty(location);
        }
        location->depth--;
        if (!is_kept) {
            json_object_del(object, name);
        }
    }
}

static void cut(json_t *value, struct location *location, bool keeps_scalars)
{
    if (json_is_object(value)) {
        cut_object(value, location);
    }
    for (size_t i = json_array_size(value); i-- > 0;) {
        json_t *item = json_array_get(value, i);
        if (is_container(item)) {
            cut(item, location, keeps_scalars);
        } else if (!keeps_scalars) {
            json_array_remove(value, i);
        }
    }
}

static bool starts_with(const struct path *path, const struct path *start)
{
    for (size_t i = 0; i < start->count; i++) {
        if (i == path->count ||
            !is_same_form(start->steps[0].name, i, path->steps[i].name, start->steps[i].name)) {
            return false;
        }
    }
    return true;
}

/* Fields that are redacted count as not listed; those that are listed last keep the list from
 * being empty, which would mean all. */
static void forget_redacted_fields(void)
{
    bool was_empty = fields.count == 0;
    size_t kept = 0;
    for (size_t i = 0; i < fields.count; i++) {
        bool is_forgotten = false;
        for (size_t j = 0; j < redacted.count; j++) {
            is_forgotten = is_forgotten || starts_with(&fields.paths[i], &redacted.paths[j]);
        }
        if (is_forgotten) {
            path_fini(&fields.paths[i]);
        } else {
            fields.paths[kept++] = fields.paths[i];
        }
    }
    fields.count = kept;
    if (!was_empty && kept == 0) {
        size_t at = 0;
        const char *fault;
        ASSERT(path_parse(slice_str("_kafka"), &at, false, &fields.paths[0], &fault) == 0);
        fields.count = 1;
    }
}

/* ---- lists ---- */

/* A path has one spelling, and that spelling is parsed as the same path. */
static void check_spelling(const struct path *path)
{
    struct buf once = BUF_INIT;
    struct buf twice = BUF_INIT;
    struct path again;
    const char *fault;
    size_t at = 0;
    path_append(path, &once);
    ASSERT(path_parse(buf_slice(&once), &at, false, &again, &fault) == 0);
    ASSERT(at == once.len && again.count == path->count);
    path_append(&again, &twice);
    ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice)));
    path_fini(&again);
    buf_fini(&once);
    buf_fini(&twice);
}

/* Of a list that projection_new() has taken: so neither can it be bad, nor too long. */
static void read_list(struct slice text, struct list *out)
{
    out->count = 0;
    for (size_t at = 0; at < text.len;) {
        char c = text.data[at];
        if (c == ' ' || c == '\t' || c == ',') {
            at++;
            continue;
        }
        const char *fault;
        ASSERT(out->count < PROJECTION_MAX_PATHS);
        ASSERT(path_parse(text, &at, true, &out->paths[out->count], &fault) == 0);
        check_spelling(&out->paths[out->count++]);
    }
}

static void free_list(struct list *list)
{
    while (list->count > 0) {
        path_fini(&list->paths[--list->count]);
    }
}

static struct projection *make(struct slice shown, struct slice hidden)
{
    struct projection *p = NULL;
    struct projection_fault fault = {false, 0, ""};
    int rc = projection_new(shown, hidden, &p, &fault);
    ASSERT((rc == 0) == (p != NULL));
    if (rc < 0) {
        ASSERT(rc == KSSE_EVALUE);
        ASSERT(fault.at <= (fault.is_in_fields ? shown.len : hidden.len));
        ASSERT(strlen(fault.message) > 0 && strlen(fault.message) < sizeof fault.message - 1);
    }
    return p;
}

/* Saying all of it twice says nothing new. */
static void check_text(const struct projection *p, struct slice shown, struct slice hidden)
{
    if (fields.count == 0 || fields.count > PROJECTION_MAX_PATHS / 2 ||
        shown.len > PROJECTION_MAX_BYTES / 2 - 1) {
        return;
    }
    struct buf doubled = BUF_INIT;
    buf_append_slice(&doubled, shown);
    buf_append_char(&doubled, ',');
    buf_append_slice(&doubled, shown);
    struct projection *other = make(buf_slice(&doubled), hidden);
    ASSERT(other != NULL && slice_eq(projection_text(p), projection_text(other)));
    projection_free(other);
    buf_fini(&doubled);
}

/* ---- records ---- */

/*
 * Jansson refuses 1e400, a NUL in a name and a lone surrogate's escape. Of members with equal names
 * it knows the last one only; that is comparable as long as only whole members go, as with fields a
 * scalar may go and leave an object of the same name before it.
 */
static bool is_comparable(struct slice record)
{
    json_error_t error;
    size_t strict = fields.count == 0 ? 0 : JSON_REJECT_DUPLICATES;
    json_t *root = json_loadb(record.data, record.len, flags | strict, &error);
    json_decref(root);
    return root != NULL;
}

static void check_shown(struct slice record, struct slice shown)
{
    json_error_t error;
    json_t *expected = json_loadb(record.data, record.len, flags, &error);
    json_t *got = json_loadb(shown.data, shown.len, flags, &error);
    struct location location = {.depth = 0};
    cut(expected, &location, true);
    ASSERT(got != NULL && json_equal(expected, got));
    json_decref(expected);
    json_decref(got);
}

/* What holds of all: it is an object, not longer, and a second time changes nothing. */
static void check_laws(const struct projection *p, struct slice record, struct slice shown)
{
    struct buf out = BUF_INIT;
    bool has_members;
    ASSERT(shown.len <= record.len);
    ASSERT(json_minify_object(shown, &out, &has_members) == JSON_OK);
    buf_clear(&out);
    projection_apply(p, shown, &out);
    ASSERT(buf_ok(&out) && slice_eq(buf_slice(&out), shown));
    buf_fini(&out);
}

static void check_record(const struct projection *p, struct slice value)
{
    struct buf record = BUF_INIT;
    struct buf out = BUF_INIT;
    bool has_members;
    if (json_minify_object(value, &record, &has_members) == JSON_OK) {
        buf_append_str(&record, has_members ? "," : "");
        buf_append_str(&record, kafka);
        projection_apply(p, buf_slice(&record), &out);
        ASSERT(buf_ok(&out));
        check_laws(p, buf_slice(&record), buf_slice(&out));
        if (is_comparable(buf_slice(&record))) {
            check_shown(buf_slice(&record), buf_slice(&out));
        }
    }
    buf_fini(&record);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size);
    struct slice shown = slice_cut(&rest, '\n');
    struct slice hidden = rest.data == NULL ? rest : slice_cut(&rest, '\n');
    struct projection *p = make(shown, hidden);
    if (p == NULL) {
        return 0;
    }
    read_list(shown, &fields);
    read_list(hidden, &redacted);
    check_text(p, shown, hidden);
    forget_redacted_fields();
    check_record(p, rest);
    free_list(&fields);
    free_list(&redacted);
    projection_free(p);
    return 0;
}
