/*
 * What filters cost: one with four predicates, and a thousand different ones on each record, which
 * share its index; beside jansson that parses the record and looks at the same members, once and a
 * thousand times. All predicates are true, so that all are looked at.
 *
 *     filter_speed [seconds a side]
 */
#include "core/filter/filter.h"
#include "jansson_side.h"
#include "sample_record.h"
#include "speed.h"

enum {
    FILTERS = 1000,
    FIRST_NAMESPACE = 100, /* the n-th filter has the n-th number from here on */
    FIRST_REVISION = 1240000000
};

static struct path_index *record_index;
static struct filter *filters[FILTERS];
static struct path_entry **entries[FILTERS];
static uint64_t cost_ns;
static size_t filter_count;

static bool run_filters(struct slice record)
{
    size_t kept = 0;
    path_index_set_record(record_index, record);
    for (size_t i = 0; i < filter_count; i++) {
        kept += filter_evaluate(filters[i], entries[i], record_index, &cost_ns) == FILTER_KEEPS;
    }
    return kept == filter_count;
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL && strcmp(value, text) == 0;
}

static bool is_kept(const json_t *root, size_t n)
{
    return is_text(root, "wiki", "enwiki") &&
           (is_text(root, "type", "new") || is_text(root, "type", "edit")) &&
           json_integer_value(json_object_get(root, "namespace")) !=
               (json_int_t)(FIRST_NAMESPACE + n) &&
           json_integer_value(json_object_get(json_object_get(root, "revision"), "new")) >=
               (json_int_t)(FIRST_REVISION + n);
}

static bool run_jansson(struct slice record)
{
    json_t *root = jansson_load(record);
    size_t kept = 0;
    for (size_t i = 0; i < filter_count; i++) {
        kept += is_kept(root, i);
    }
    json_decref(root);
    return kept == filter_count;
}

static void add_filter(size_t n)
{
    char text[256];
    struct filter_fault fault;
    snprintf(text, sizeof(text),
             "wiki == \"enwiki\" && type in [\"new\", \"edit\"] && namespace != %zu && "
             "revision.new >= %zu",
             FIRST_NAMESPACE + n, FIRST_REVISION + n);
    if (filter_parse(slice_str(text), NULL, NULL, &filters[n], &fault) != 0) {
        speed_fail("bad filter", slice_str(text));
    }
    entries[n] = filter_add_paths(filters[n], record_index);
    if (entries[n] == NULL) {
        die("no memory");
    }
}

static void measure(size_t count, const char *kind, const struct buf *records, double seconds)
{
    static const struct speed_side ours = {"kafkasse", run_filters};
    static const struct speed_side theirs = {"jansson", run_jansson};
    filter_count = count;
    speed_compare(count == 1 ? "filter" : "filters", kind, records, &ours, &theirs, seconds);
}

int main(int argc, char **argv)
{
    static struct buf records[SPEED_RECORDS];
    double seconds = speed_seconds(argc, argv);
    record_index = path_index_new();
    if (record_index == NULL) {
        die("no memory");
    }
    for (size_t i = 0; i < FILTERS; i++) {
        add_filter(i);
    }
    for (size_t s = 0; s < SAMPLE_LENGTHS; s++) {
        sample_records(records, SPEED_RECORDS, &sample_styles[s], true);
        measure(1, sample_styles[s].name, records, seconds);
        measure(FILTERS, sample_styles[s].name, records, seconds);
    }
    for (size_t i = 0; i < SPEED_RECORDS; i++) {
        buf_fini(&records[i]);
    }
    for (size_t i = 0; i < FILTERS; i++) {
        filter_remove_paths(filters[i], record_index, entries[i]);
        filter_free(filters[i]);
    }
    path_index_free(record_index);
    return 0;
}
