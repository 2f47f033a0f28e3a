/*
 * How fast records are minified, beside jansson parsing the same ones, in turn and as a ratio.
 * The records are made here, in the likeness of a wiki's stream of edits, about 1.3 KB each.
 * Not a test: it fails only when a record is refused. One thread.
 *
 *     json_speed [seconds a side, default 3]
 */
#include "core/json.h"
#include "sample_record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    RECORDS = 512,
    ROUNDS = 10 /* turns of each side */
};

static const struct sample_style styles[] = {
    {"compact", "", "Template:Infobox officeholder"},
    {"spaced", " ", "Template:Infobox officeholder"},
    {"cyrillic", "",
     "\xd0\xa8\xd0\xb0\xd0\xb1\xd0\xbb\xd0\xbe\xd0\xbd:\xd0\x9a\xd0\xb0\xd1\x80\xd1\x82\xd0\xbe\xd1"
     "\x87\xd0\xba\xd0\xb0 \xd0\xb3\xd0\xbe\xd1\x81\xd1\x83\xd0\xb4\xd0\xb0\xd1\x80\xd1\x81\xd1\x82"
     "\xd0\xb2\xd0\xb0"},
};

struct side {
    const char *name;
    bool (*run)(struct slice record);
    double seconds;
    double bytes;
};

static struct buf minified;

static bool run_minify(struct slice record)
{
    bool has_members;
    buf_clear(&minified);
    return json_minify_object(record, &minified, &has_members) == JSON_OK;
}

static bool run_jansson(struct slice record)
{
    json_error_t error;
    json_t *root = json_loadb(record.data, record.len, 0, &error);
    json_decref(root);
    return root != NULL;
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
                fprintf(stderr, "%s refused: %.*s\n", side->name,
                        SLICE_ARG(buf_slice(&records[i])));
                exit(1);
            }
            side->bytes += (double)records[i].len;
        }
        passed = now() - start;
    } while (passed < seconds);
    side->seconds += passed;
}

static void compare(const struct sample_style *style, double seconds)
{
    static struct buf records[RECORDS];
    size_t total = 0;
    for (unsigned i = 0; i < RECORDS; i++) {
        sample_record(&records[i], style, i);
        total += records[i].len;
    }
    struct side sides[] = {{"minify", run_minify, 0, 0}, {"jansson", run_jansson, 0, 0}};
    for (int round = 0; round < ROUNDS; round++) {
        take_turn(&sides[0], records, seconds / ROUNDS);
        take_turn(&sides[1], records, seconds / ROUNDS);
    }
    double ours = sides[0].bytes / sides[0].seconds / 1e6;
    double theirs = sides[1].bytes / sides[1].seconds / 1e6;
    printf("%-9s %4zu B/record: minify %6.0f MB/s, jansson %6.0f MB/s, ratio %.1f\n", style->name,
           total / RECORDS, ours, theirs, ours / theirs);
    for (unsigned i = 0; i < RECORDS; i++) {
        buf_fini(&records[i]);
    }
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 3;
    for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
        compare(&styles[i], seconds);
    }
    buf_fini(&minified);
    return 0;
}
