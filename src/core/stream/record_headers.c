/*
 * Gathers headers by name: see the header file. Only the size of a record limits their number, so
 * everything takes time linear in it.
 */
#include "core/stream/record_headers.h"

#include "base/map.h"
#include "base/mem.h"
#include "core/json/base64.h"
#include "core/json/json.h"

#include <kafkasse/error.h>

#define NONE SIZE_MAX

struct entry {
    size_t name_at; /* in `names`; it ends where the next entry's name begins */
    size_t next;    /* the next header of this name, or NONE */
    bool is_text;   /* UTF-8, or null */
    /* Of the first entry of a name; else 0. */
    size_t count;
    size_t texts;
    size_t last;
};

struct gathering {
    const struct record *record;
    struct buf names;      /* as JSON strings: equal strings are one member */
    struct entry *entries; /* one per header, and one for the end of the names */
    struct map firsts;     /* entries, by name */
};

static struct slice name_of(const struct gathering *g, const struct entry *entry)
{
    return slice_of(g->names.data + entry->name_at, entry[1].name_at - entry->name_at);
}

/* 0 or KSSE_ENOMEM, as the next two. */
CHECKED static int write_names(struct gathering *g)
{
    size_t count = g->record->header_count;
    for (size_t i = 0; i < count; i++) {
        const struct record_header *header = &g->record->headers[i];
        g->entries[i] = (struct entry){
            .name_at = g->names.len, .next = NONE, .is_text = json_is_utf8(header->value)};
        json_append_string(&g->names, slice_str(header->name));
    }
    g->entries[count] = (struct entry){.name_at = g->names.len};
    return buf_ok(&g->names) ? 0 : KSSE_ENOMEM;
}

CHECKED static int link_names(struct gathering *g)
{
    for (size_t i = 0; i < g->record->header_count; i++) {
        struct entry *entry = &g->entries[i];
        struct entry *first = map_get(&g->firsts, name_of(g, entry));
        if (first == NULL) {
            first = entry;
            if (map_put(&g->firsts, name_of(g, entry), entry) < 0) {
                return KSSE_ENOMEM;
            }
        } else {
            g->entries[first->last].next = i;
        }
        first->last = i;
        first->count++;
        first->texts += entry->is_text;
    }
    return 0;
}

CHECKED static int gather(struct gathering *g)
{
    g->entries = mem_alloc((g->record->header_count + 1) * sizeof(*g->entries));
    if (g->entries == NULL || write_names(g) < 0) {
        return KSSE_ENOMEM;
    }
    return link_names(g);
}

/* ---- writing ---- */

static void append_value(struct slice value, bool as_text, struct buf *out)
{
    if (value.data == NULL) {
        buf_append_str(out, "null");
    } else if (as_text) {
        json_append_string(out, value);
    } else {
        buf_append_char(out, '"');
        base64_append(out, value);
        buf_append_char(out, '"');
    }
}

/* Appends the values of a name, whose first header is `at`. */
static void append_list(const struct gathering *g, size_t at, bool as_text, struct buf *out)
{
    char before = '[';
    for (; at != NONE; at = g->entries[at].next) {
        buf_append_char(out, before);
        before = ',';
        if (g->entries[at].is_text == as_text) {
            append_value(g->record->headers[at].value, as_text, out);
        } else {
            buf_append_str(out, "null");
        }
    }
    buf_append_char(out, ']');
}

/* Appends the members with values to be shown as text, or in base64. Returns how many. */
static size_t append_members(const struct gathering *g, bool as_text, struct buf *out)
{
    size_t members = 0;
    for (size_t i = 0; i < g->record->header_count; i++) {
        const struct entry *entry = &g->entries[i];
        if ((as_text ? entry->texts : entry->count - entry->texts) == 0) {
            continue;
        }
        if (members++ > 0) {
            buf_append_char(out, ',');
        }
        buf_append_slice(out, name_of(g, entry));
        buf_append_char(out, ':');
        if (entry->count == 1) {
            append_value(g->record->headers[i].value, as_text, out);
        } else {
            append_list(g, i, as_text, out);
        }
    }
    return members;
}

void record_headers_append(const struct record *record, struct buf *out)
{
    struct gathering g = {.record = record, .names = BUF_INIT, .firsts = MAP_INIT};
    if (gather(&g) == 0) {
        buf_append_str(out, "\"headers\":{");
        append_members(&g, true, out);
        size_t before = out->len;
        buf_append_str(out, "},\"headers_base64\":{");
        if (append_members(&g, false, out) == 0) {
            buf_truncate(out, before);
        }
        buf_append_char(out, '}');
    } else {
        out->failed = true;
    }
    map_fini(&g.firsts);
    mem_free(g.entries);
    buf_fini(&g.names);
}
