/*
 * Records to measure with, in the likeness of a wiki's stream of edits: long ones of about 1.3 KB,
 * short ones of about 250 B.
 */
#ifndef BENCH_SAMPLE_RECORD_H
#define BENCH_SAMPLE_RECORD_H

#include "base/buf.h"

#include <stdio.h>

enum {
    SAMPLE_LENGTHS = 2 /* so many of sample_styles are all that matters where only length does */
};

struct sample_style {
    const char *name;
    bool is_short;
    const char *separator; /* behind commas and colons */
    const char *title;
};

static const struct sample_style sample_styles[] = {
    {"short", true, "", "Template:Infobox officeholder"},
    {"long", false, "", "Template:Infobox officeholder"},
    {"spaced", false, " ", "Template:Infobox officeholder"},
    {"cyrillic", false, "",
     "\xd0\xa8\xd0\xb0\xd0\xb1\xd0\xbb\xd0\xbe\xd0\xbd:\xd0\x9a\xd0\xb0\xd1\x80\xd1\x82\xd0\xbe\xd1"
     "\x87\xd0\xba\xd0\xb0 \xd0\xb3\xd0\xbe\xd1\x81\xd1\x83\xd0\xb4\xd0\xb0\xd1\x80\xd1\x81\xd1\x82"
     "\xd0\xb2\xd0\xb0"},
};

static inline void sample_member(struct buf *b, const struct sample_style *style, const char *name,
                                 const char *value)
{
    buf_printf(b, "\"%s\":%s%s,%s", name, style->separator, value, style->separator);
}

static inline void sample_text(struct buf *b, const struct sample_style *style, const char *name,
                               const char *format, const char *text, unsigned number)
{
    struct buf value = BUF_INIT;
    buf_append_char(&value, '"');
    buf_printf(&value, format, text, number);
    buf_append(&value, "\"", 2);
    sample_member(b, style, name, value.data);
    buf_fini(&value);
}

static inline void sample_number(struct buf *b, const struct sample_style *style, const char *name,
                                 unsigned number)
{
    char value[16];
    snprintf(value, sizeof(value), "%u", number);
    sample_member(b, style, name, value);
}

static inline void sample_meta(struct buf *b, const struct sample_style *style, unsigned n)
{
    buf_printf(b, "\"meta\":%s{", style->separator);
    sample_text(b, style, "uri", "https://en.wikipedia.org/wiki/%s_%u", style->title, n);
    sample_text(b, style, "request_id", "%s-4d4c-9ad2-%012u", "8b2b7a0a-5a3f", n);
    sample_text(b, style, "id", "%s-4a2f-8a51-%012u", "1c9bd1a5-7e8f", n * 7);
    sample_text(b, style, "domain", "%s.wikipedia.org", "en", 0);
    sample_text(b, style, "stream", "%s.recentchange", "mediawiki", 0);
    sample_text(b, style, "dt", "%s:%02uZ", "2025-11-23T17:27", n % 60);
    sample_number(b, style, "partition", n % 4);
    buf_printf(b, "\"offset\":%s%u},%s", style->separator, 4000000000U + n, style->separator);
}

static inline void sample_long(struct buf *b, const struct sample_style *style, unsigned n)
{
    buf_append_char(b, '{');
    sample_text(b, style, "$schema", "%s/recentchange/1.0.0", "/mediawiki", 0);
    sample_meta(b, style, n);
    sample_number(b, style, "id", 1800000000U + n);
    sample_text(b, style, "type", "%s", "edit", 0);
    sample_number(b, style, "namespace", n % 16);
    sample_text(b, style, "title", "%s %u", style->title, n);
    sample_text(b, style, "title_url", "https://en.wikipedia.org/wiki/%s_%u", style->title, n);
    sample_text(b, style, "comment", "/* %s */ fixed \\\"quoted\\\" text, see [[%u]]", style->title,
                n);
    sample_number(b, style, "timestamp", 1732382847U + n);
    sample_text(b, style, "user", "%s%u", "SomeRatherLongUserName", n);
    sample_member(b, style, "bot", n % 3 == 0 ? "true" : "false");
    sample_text(b, style, "notify_url", "https://en.wikipedia.org/w/index.php?%s&diff=%u",
                "title=x", n);
    sample_member(b, style, "minor", "false");
    sample_member(b, style, "patrolled", "true");
    buf_printf(b, "\"length\":{\"old\":%u,\"new\":%u},", 5000 + n, 5100 + n);
    buf_printf(b, "\"revision\":{\"old\":%u,\"new\":%u},", 1250000000U + n, 1250000001U + n);
    sample_text(b, style, "server_url", "https://%s.wikipedia.org", "en", 0);
    sample_text(b, style, "server_name", "%s.wikipedia.org", "en", 0);
    sample_text(b, style, "server_script_path", "%s", "/w", 0);
    sample_text(b, style, "wiki", "%s", "enwiki", 0);
    sample_text(
        b, style, "parsedcomment",
        "<span class=\\\"autocomment\\\"><a href=\\\"/wiki/%s#%u\\\">\xe2\x86\x92</a></span> "
        "fixed &quot;quoted&quot; text, see the <a href=\\\"/wiki/Talk:Main_Page\\\" "
        "title=\\\"Talk:Main Page\\\">talk page</a> of this article and the archived "
        "discussion of last year",
        style->title, n);
    buf_append_str(b, "\"tags\":[\"visualeditor\",\"mobile edit\"]}");
}

static inline void sample_short(struct buf *b, const struct sample_style *style, unsigned n)
{
    buf_append_char(b, '{');
    sample_number(b, style, "id", 1800000000U + n);
    sample_text(b, style, "type", "%s", "edit", 0);
    sample_number(b, style, "namespace", n % 16);
    sample_text(b, style, "title", "%s %u", style->title, n);
    sample_text(b, style, "user", "%s%u", "SomeRatherLongUserName", n);
    sample_member(b, style, "bot", n % 3 == 0 ? "true" : "false");
    buf_printf(b, "\"revision\":{\"old\":%u,\"new\":%u},", 1250000000U + n, 1250000001U + n);
    sample_text(b, style, "wiki", "%s", "enwiki", 0);
    buf_append_str(b, "\"tags\":[\"visualeditor\",\"mobile edit\"]}");
}

/* Appends the n-th record of that style. */
static inline void sample_record(struct buf *b, const struct sample_style *style, unsigned n)
{
    if (style->is_short) {
        sample_short(b, style, n);
    } else {
        sample_long(b, style, n);
    }
}

/* Appends the members that the server adds, to a record that ends with its brace. */
static inline void sample_add_kafka(struct buf *b, unsigned n)
{
    buf_truncate(b, b->len - 1);
    buf_printf(b, ",\"_kafka\":{\"topic\":\"demo.recentchange\",\"partition\":%u,", n % 4);
    buf_printf(b, "\"offset\":%u,\"timestamp\":1732382847123,\"key\":\"enwiki:%u\"}}", n, n);
}

/* Writes the first `count` records anew, with or without what the server adds to them. */
static inline void sample_records(struct buf *records, unsigned count,
                                  const struct sample_style *style, bool has_kafka)
{
    for (unsigned i = 0; i < count; i++) {
        buf_clear(&records[i]);
        sample_record(&records[i], style, i);
        if (has_kafka) {
            sample_add_kafka(&records[i], i);
        }
    }
}

#endif
