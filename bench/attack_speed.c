/*
 * What strangers' filters and lists of fields cost at their worst: expressions at their limits on
 * records that are made for them, of 1 MB. Prints a line of JSON for each: the longest that one
 * look has taken, in ms, and how it ended. No library could be compared with that.
 *
 *     attack_speed [repetitions]
 */
#include "core/filter/selection.h"
#include "speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    RECORD_BYTES = 1000 * 1000,
    MEMBERS = 4100
};

struct attack {
    const char *name;
    void (*make_record)(struct buf *out);
    /* The n-th condition of the filter, or field; they are joined while they fit. */
    void (*add_part)(struct buf *out, int n);
    int parts;
    bool is_fields;
};

/* ---- records ---- */

static void repeat(struct buf *out, const char *piece, size_t bytes)
{
    for (size_t end = out->len + bytes; out->len < end;) {
        buf_append_str(out, piece);
    }
}

static void escapes(struct buf *out)
{
    buf_append_str(out, "{\"t\":\"");
    repeat(out, "\\u0061", RECORD_BYTES);
    buf_append_str(out, "\"}");
}

static void letters(struct buf *out)
{
    buf_append_str(out, "{\"t\":\"");
    repeat(out, "a", RECORD_BYTES);
    buf_append_str(out, "\"}");
}

static void digits(struct buf *out)
{
    buf_append_str(out, "{\"n\":");
    repeat(out, "7", RECORD_BYTES);
    buf_append_str(out, "}");
}

static void elements(struct buf *out)
{
    buf_append_str(out, "{\"l\":[1");
    repeat(out, ",1", RECORD_BYTES);
    buf_append_str(out, "]}");
}

static void nested(struct buf *out)
{
    for (int depth = 0; depth < 16; depth++) {
        buf_append_str(out, "{");
        for (int i = 0; i < MEMBERS; i++) {
            buf_printf(out, "\"\\u0062%d\":1,", i);
        }
        buf_append_str(out, "\"a\":");
    }
    buf_append_str(out, "1}}}}}}}}}}}}}}}}");
}

static void names(struct buf *out)
{
    buf_append_str(out, "{\"k\":\"\\u0061\\u0062\",\"o\":{\"c\":1");
    repeat(out, ",\"\\u0061\\u0061\":1", RECORD_BYTES);
    buf_append_str(out, "}}");
}

static void top_names(struct buf *out)
{
    buf_append_str(out, "{\"c\":1");
    repeat(out, ",\"\\u006e\\u0061\\u006d\\u0065\":1", RECORD_BYTES);
    buf_append_str(out, "}");
}

static void two_texts(struct buf *out)
{
    for (int i = 0; i < 2; i++) {
        buf_append_str(out, i == 0 ? "{\"t\":\"" : ",\"u\":\"");
        repeat(out, "\\u0061", RECORD_BYTES / 2);
        buf_append_str(out, "\"");
    }
    buf_append_str(out, "}");
}

/* ---- expressions ---- */

static void contains(struct buf *out, int n)
{
    buf_printf(out, "t.contains('b%d')", n);
}

static void contains_long(struct buf *out, int n)
{
    (void)n;
    buf_append_str(out, "t.contains('aaaaaaaaaaaaaaabaaaaaaaaaaaaaaa')");
}

static void ends(struct buf *out, int n)
{
    buf_printf(out, "t.endsWith('b%d')", n);
}

static void size_of_text(struct buf *out, int n)
{
    buf_printf(out, "size(t)==%d", n);
}

static void number(struct buf *out, int n)
{
    buf_printf(out, "n==-7%d.5e99", n);
}

static void number_to_itself(struct buf *out, int n)
{
    (void)n;
    buf_append_str(out, "n<n");
}

static void in_list(struct buf *out, int n)
{
    buf_printf(out, "%d in l", n + 2);
}

static void element(struct buf *out, int n)
{
    buf_printf(out, "l[%d]==2", 450000 + n);
}

static void append_deep(struct buf *out, int depth, const char *last)
{
    for (int i = 0; i < depth; i++) {
        buf_append_str(out, "a.");
    }
    buf_append_str(out, last);
}

static void deep(struct buf *out, int n)
{
    append_deep(out, 15, "");
    buf_printf(out, "c%d==1", n);
}

static void size_of_deep(struct buf *out, int n)
{
    buf_append_str(out, "size(");
    append_deep(out, n % 15, "a");
    buf_printf(out, ")==%d", n);
}

static void name_in_object(struct buf *out, int n)
{
    (void)n;
    buf_append_str(out, "k in o");
}

static void text_to_text(struct buf *out, int n)
{
    (void)n;
    buf_append_str(out, "t!=u");
}

static void field(struct buf *out, int n)
{
    buf_printf(out, "nam%c%c", 'a' + n % 26, n < 26 ? 'x' : 'a' + n / 26);
}

static const struct attack attacks[] = {
    {"contains-escapes", escapes, contains, 84, false},
    {"contains-repeats", letters, contains_long, 84, false},
    {"ends-escapes", escapes, ends, 84, false},
    {"size-escapes", escapes, size_of_text, 62, false},
    {"long-number", digits, number, 84, false},
    {"long-numbers", digits, number_to_itself, 84, false},
    {"in-array", elements, in_list, 84, false},
    {"far-elements", elements, element, 84, false},
    {"deep-members", nested, deep, 60, false},
    {"deep-sizes", nested, size_of_deep, 62, false},
    {"name-in-object", names, name_in_object, 84, false},
    {"text-to-text", two_texts, text_to_text, 84, false},
    {"fields-escaped", top_names, field, 128, true},
};

/* ---- measuring ---- */

static struct selection *make_selection(const struct attack *attack)
{
    struct selection *selection = selection_new();
    struct filter *filter = NULL;
    struct projection *projection = NULL;
    struct filter_fault fault;
    struct projection_fault fields_fault;
    struct buf text = BUF_INIT;
    for (int n = 0; n < attack->parts; n++) {
        size_t before = text.len;
        buf_append_str(&text, n == 0 ? "" : attack->is_fields ? "," : "||");
        attack->add_part(&text, n);
        if (text.len > FILTER_MAX_BYTES) {
            buf_truncate(&text, before);
            break;
        }
    }
    if (selection == NULL ||
        (attack->is_fields
             ? projection_new(buf_slice(&text), slice_of("", 0), &projection, &fields_fault) < 0
             : filter_parse(buf_slice(&text), NULL, NULL, &filter, &fault) < 0)) {
        speed_fail("bad expression", buf_slice(&text));
    }
    if (attack->is_fields) {
        selection_take_projection(selection, projection);
    } else if (selection_take_filter(selection, filter) < 0) {
        die("no memory");
    }
    buf_fini(&text);
    return selection;
}

static double ms_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void run(const struct attack *attack, struct selection_scratch *scratch, int repetitions)
{
    static const char *const outcomes[] = {"kept", "dropped", "failed", "no memory"};
    struct buf record = BUF_INIT;
    attack->make_record(&record);
    struct selection *selection = make_selection(attack);
    if (!buf_ok(&record) || selection_attach(selection, scratch) < 0) {
        die("no memory");
    }
    struct ksse_event event = {.topic = "t", .data = record.data, .data_len = record.len};
    double longest = 0;
    enum selection_outcome outcome = SELECTION_KEPT;
    uint64_t cost_ns = 0;
    for (int i = 0; i < repetitions; i++) {
        struct slice data;
        double begin = ms_now();
        cost_ns = selection_scratch_cost_ns(scratch);
        selection_scratch_set(scratch, buf_slice(&record));
        outcome = selection_apply(selection, scratch, &event, &data);
        cost_ns = selection_scratch_cost_ns(scratch) - cost_ns;
        double took = ms_now() - begin;
        longest = took > longest ? took : longest;
    }
    printf("{\"attack\":\"%s\",\"bytes\":%zu,\"ms\":%.2f,\"counted_ms\":%.2f,\"outcome\":\"%s\"}\n",
           attack->name, record.len, longest, (double)cost_ns / 1e6, outcomes[outcome]);
    selection_detach(selection, scratch);
    selection_unref(selection);
    buf_fini(&record);
}

int main(int argc, char **argv)
{
    int repetitions = argc > 1 ? atoi(argv[1]) : 5;
    struct selection_scratch scratch;
    if (selection_scratch_init(&scratch) < 0) {
        die("no memory");
    }
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
        run(&attacks[i], &scratch, repetitions);
    }
    selection_scratch_fini(&scratch);
    return 0;
}
