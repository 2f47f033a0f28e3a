/*
 * How fast records are minified, beside jansson parsing the same ones, in turn and as a ratio.
 * The records are made here, in the likeness of a wiki's stream of edits, about 1.3 KB each.
 * Not a test: it fails only when a record is refused. One thread.
 *
 *     json_speed [seconds a side, default 3]
 */
#include "core/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    RECORDS = 512,
    ROUNDS = 10 /* turns of each side */
};

struct style {
    const char *name;
    const char *separator; /* behind commas and colons */
    const char *title;
};

static const struct style styles[] = {
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

static void member(struct buf *b, const struct style *style, const char *name, const char *value)
{
    buf_printf(b, "\"%s\":%s%s,%s", name, style->separator, value, style->separator);
}

static void text_member(struct buf *b, const struct style *style, const char *name,
                        const char *format, const char *text, unsigned number)
{
    struct buf value = BUF_INIT;
    buf_append_char(&value, '"');
    buf_printf(&value, format, text, number);
    buf_append(&value, "\"", 2);
    member(b, style, name, value.data);
    buf_fini(&value);
}

static void number_member(struct buf *b, const struct style *style, const char *name,
                          unsigned number)
{
    char value[16];
    snprintf(value, sizeof(value), "%u", number);
    member(b, style, name, value);
}

static void make_meta(struct buf *b, const struct style *style, unsigned n)
{
    buf_printf(b, "\"meta\":%s{", style->separator);
    text_member(b, style, "uri", "https://en.wikipedia.org/wiki/%s_%u", style->title, n);
    text_member(b, style, "request_id", "%s-4d4c-9ad2-%012u", "8b2b7a0a-5a3f", n);
    text_member(b, style, "id", "%s-4a2f-8a51-%012u", "1c9bd1a5-7e8f", n * 7);
    text_member(b, style, "domain", "%s.wikipedia.org", "en", 0);
    text_member(b, style, "stream", "%s.recentchange", "mediawiki", 0);
    text_member(b, style, "dt", "%s:%02uZ", "2025-11-23T17:27", n % 60);
    number_member(b, style, "partition", n % 4);
    buf_printf(b, "\"offset\":%s%u},%s", style->separator, 4000000000U + n, style->separator);
}

static void make_record(struct buf *b, const struct style *style, unsigned n)
{
    buf_append_char(b, '{');
    text_member(b, style, "$schema", "%s/recentchange/1.0.0", "/mediawiki", 0);
    make_meta(b, style, n);
    number_member(b, style, "id", 1800000000U + n);
    text_member(b, style, "type", "%s", "edit", 0);
    number_member(b, style, "namespace", n % 16);
    text_member(b, style, "title", "%s %u", style->title, n);
    text_member(b, style, "title_url", "https://en.wikipedia.org/wiki/%s_%u", style->title, n);
    text_member(b, style, "comment", "/* %s */ fixed \\\"quoted\\\" text, see [[%u]]", style->title,
                n);
    number_member(b, style, "timestamp", 1732382847U + n);
    text_member(b, style, "user", "%s%u", "SomeRatherLongUserName", n);
    member(b, style, "bot", n % 3 == 0 ? "true" : "false");
    text_member(b, style, "notify_url", "https://en.wikipedia.org/w/index.php?%s&diff=%u",
                "title=x", n);
    member(b, style, "minor", "false");
    member(b, style, "patrolled", "true");
    buf_printf(b, "\"length\":{\"old\":%u,\"new\":%u},", 5000 + n, 5100 + n);
    buf_printf(b, "\"revision\":{\"old\":%u,\"new\":%u},", 1250000000U + n, 1250000001U + n);
    text_member(b, style, "server_url", "https://%s.wikipedia.org", "en", 0);
    text_member(b, style, "server_name", "%s.wikipedia.org", "en", 0);
    text_member(b, style, "server_script_path", "%s", "/w", 0);
    text_member(b, style, "wiki", "%s", "enwiki", 0);
    text_member(
        b, style, "parsedcomment",
        "<span class=\\\"autocomment\\\"><a href=\\\"/wiki/%s#%u\\\">\xe2\x86\x92</a></span> "
        "fixed &quot;quoted&quot; text, see the <a href=\\\"/wiki/Talk:Main_Page\\\" "
        "title=\\\"Talk:Main Page\\\">talk page</a> of this article and the archived "
        "discussion of last year",
        style->title, n);
    buf_append_str(b, "\"tags\":[\"visualeditor\",\"mobile edit\"]}");
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

static void compare(const struct style *style, double seconds)
{
    static struct buf records[RECORDS];
    size_t total = 0;
    for (unsigned i = 0; i < RECORDS; i++) {
        make_record(&records[i], style, i);
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
