/*
 * What filters cost: one with four predicates on short and long records, beside jansson that
 * parses the same ones and looks at the same members, in turn; and a thousand different filters on
 * each record, which share its index. All predicates are true, so that all are looked at.
 * Not a test: it fails only when a filter does not say what it must. One thread.
 *
 *     filter_speed [seconds a side, default 2]
 */
#include "core/filter.h"
#include "sample_record.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

enum {
    RECORDS = 512,
    ROUNDS = 10,   /* turns of each side */
    FILTERS = 1000 /* that share an index */
};

static const char four_predicates[] =
    "wiki == \"enwiki\" && type in [\"new\", \"edit\"] && !(namespace > 15) && "
    "revision.new >= 1250000001";

static struct json_index *record_index;
static struct filter *filters[FILTERS];
static size_t filter_count;

static size_t run_filters(struct slice record)
{
    size_t kept = 0;
    json_index_reset(record_index, record);
    for (size_t i = 0; i < filter_count; i++) {
        kept += filter_keeps(filters[i], record_index);
    }
    return kept;
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL && strcmp(value, text) == 0;
}

static size_t run_jansson(struct slice record)
{
    json_error_t error;
    json_t *root = json_loadb(record.data, record.len, 0, &error);
    bool is_kept =
        is_text(root, "wiki", "enwiki") &&
        (is_text(root, "type", "new") || is_text(root, "type", "edit")) &&
        !(json_integer_value(json_object_get(root, "namespace")) > 15) &&
        json_integer_value(json_object_get(json_object_get(root, "revision"), "new")) >= 1250000001;
    json_decref(root);
    return is_kept;
}

struct side {
    const char *name;
    size_t (*run)(struct slice record);
    double seconds;
    double records;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void take_turn(struct side *side, const struct buf *records, size_t wanted, double seconds)
{
    double start = now();
    double passed;
    do {
        for (size_t i = 0; i < RECORDS; i++) {
            if (side->run(buf_slice(&records[i])) != wanted) {
                fprintf(stderr, "%s: %.*s\n", side->name, SLICE_ARG(buf_slice(&records[i])));
                exit(1);
            }
        }
        side->records += RECORDS;
        passed = now() - start;
    } while (passed < seconds);
    side->seconds += passed;
}

static void add_filter(const char *text)
{
    struct filter_fault fault;
    if (filter_parse(slice_str(text), NULL, NULL, &filters[filter_count], &fault) != FILTER_OK) {
        fprintf(stderr, "%s\n", text);
        exit(1);
    }
    filter_count++;
}

static void drop_filters(void)
{
    while (filter_count > 0) {
        filter_free(filters[--filter_count]);
    }
}

static double nanoseconds(const struct side *side)
{
    return side->seconds / side->records * 1e9;
}

static void compare(const char *name, const struct buf *records, double seconds)
{
    struct side sides[] = {{"filter", run_filters, 0, 0}, {"jansson", run_jansson, 0, 0}};
    size_t bytes = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        bytes += records[i].len;
    }
    add_filter(four_predicates);
    for (int round = 0; round < ROUNDS; round++) {
        take_turn(&sides[0], records, 1, seconds / ROUNDS);
        take_turn(&sides[1], records, 1, seconds / ROUNDS);
    }
    drop_filters();
    double ours = nanoseconds(&sides[0]);
    double theirs = nanoseconds(&sides[1]);
    printf("%-6s %4zu B/record: four predicates %5.0f ns, jansson %6.0f ns, ratio %.1f\n", name,
           bytes / RECORDS, ours, theirs, theirs / ours);
}

/* Each with four predicates and numbers of its own. */
static void measure_many(const char *name, const struct buf *records, double seconds)
{
    struct side side = {"filters", run_filters, 0, 0};
    for (int i = 0; i < FILTERS; i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 "wiki == \"enwiki\" && type in [\"new\", \"edit\"] && namespace != %d && "
                 "revision.new >= %d",
                 100 + i, 1240000000 + i);
        add_filter(text);
    }
    take_turn(&side, records, FILTERS, seconds);
    drop_filters();
    double record = nanoseconds(&side);
    printf("%-6s %d filters: %7.0f ns/record, %4.0f ns/filter\n", name, FILTERS, record,
           record / FILTERS);
}

int main(int argc, char **argv)
{
    static const struct sample_style style = {"compact", "", "Template:Infobox officeholder"};
    static struct buf records[RECORDS];
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
    record_index = json_index_new();
    if (record_index == NULL) {
        return 1;
    }
    for (int is_long = 0; is_long < 2; is_long++) {
        const char *name = is_long ? "long" : "short";
        for (unsigned i = 0; i < RECORDS; i++) {
            buf_clear(&records[i]);
            (is_long ? sample_record : sample_record_short)(&records[i], &style, i);
            sample_add_kafka(&records[i], i);
        }
        compare(name, records, seconds);
        measure_many(name, records, seconds);
    }
    for (size_t i = 0; i < RECORDS; i++) {
        buf_fini(&records[i]);
    }
    json_index_free(record_index);
    return 0;
}
