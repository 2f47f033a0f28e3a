/*
 * Record to data text: what the decoder made of the value, and the `_kafka` member behind it. On
 * the decoder's thread.
 */
#include "core/record.h"

#include "base/map.h"
#include "core/base64.h"
#include "core/json.h"

static void append_base64(struct slice bytes, struct buf *out)
{
    buf_append_char(out, '"');
    base64_append(out, bytes);
    buf_append_char(out, '"');
}

static void append_key(struct slice key, struct buf *out)
{
    buf_append_str(out, ",\"key\":");
    if (key.data == NULL) {
        buf_append_str(out, "null");
    } else if (json_is_utf8(key)) {
        json_append_string(out, key);
    } else {
        buf_append_str(out, "null,\"key_base64\":");
        append_base64(key, out);
    }
}

/* ---- headers ---- */

/* The last header of each name. A map, as nothing but the size of a record limits their number. */
static int index_headers(const struct record *record, struct map *last)
{
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        /* The map has no pointers to what is const; nothing writes through this one. */
        if (map_put(last, slice_str(header->name), (void *)(uintptr_t)header) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Appends the members of those headers whose values are UTF-8, or of the others. Returns how many
 * there are of them. */
static size_t append_headers(const struct record *record, const struct map *last, bool as_text,
                             struct buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        if (json_is_utf8(header->value) != as_text ||
            map_get(last, slice_str(header->name)) != header) {
            continue;
        }
        if (count++ > 0) {
            buf_append_char(out, ',');
        }
        json_append_string(out, slice_str(header->name));
        buf_append_char(out, ':');
        if (header->value.data == NULL) {
            buf_append_str(out, "null");
        } else if (as_text) {
            json_append_string(out, header->value);
        } else {
            append_base64(header->value, out);
        }
    }
    return count;
}

static void append_header_members(const struct record *record, struct buf *out)
{
    struct map last = MAP_INIT;
    if (index_headers(record, &last) != 0) {
        out->failed = true;
    }
    buf_append_str(out, ",\"headers\":{");
    append_headers(record, &last, true, out);
    size_t before = out->len;
    buf_append_str(out, "},\"headers_base64\":{");
    if (append_headers(record, &last, false, out) == 0) {
        buf_truncate(out, before);
    }
    buf_append_char(out, '}');
    map_fini(&last);
}

/* ---- the whole ---- */

static void append_kafka_member(const struct record *record, bool shows_headers, struct buf *out)
{
    buf_append_str(out, "\"_kafka\":{\"topic\":");
    json_append_string(out, slice_str(record->topic));
    buf_append_str(out, ",\"partition\":");
    buf_append_int(out, record->partition);
    buf_append_str(out, ",\"offset\":");
    buf_append_int(out, record->offset);
    buf_append_str(out, ",\"timestamp\":");
    if (record->timestamp_ms < 0) {
        buf_append_str(out, "null");
    } else {
        buf_append_int(out, record->timestamp_ms);
    }
    append_key(record->key, out);
    if (shows_headers) {
        append_header_members(record, out);
    }
}

static enum record_kind append_value(const struct record *record, struct decoder *decoder,
                                     struct buf *out)
{
    if (record->value.data == NULL) {
        buf_append_char(out, '{');
        return RECORD_TOMBSTONE;
    }
    bool has_members;
    switch (decoder_decode(decoder, record, out, &has_members)) {
    case DECODED:
        if (has_members) {
            buf_append_char(out, ',');
        }
        return RECORD_MESSAGE;
    case DECODE_SKIPPED:
        return RECORD_SKIPPED;
    case DECODE_LATER:
        return RECORD_LATER;
    case DECODE_NO_MEMORY:
        return RECORD_NO_MEMORY;
    case DECODE_FAILED:
        break;
    }
    return RECORD_UNDECODABLE;
}

enum record_kind record_render(const struct record *record, struct decoder *decoder,
                               bool shows_headers, struct buf *out)
{
    size_t before = out->len;
    enum record_kind kind = append_value(record, decoder, out);
    if (kind != RECORD_MESSAGE && kind != RECORD_TOMBSTONE) {
        return kind;
    }
    append_kafka_member(record, shows_headers, out);
    buf_append_str(out, kind == RECORD_TOMBSTONE ? ",\"tombstone\":true}}" : "}}");
    if (!buf_ok(out)) {
        out->len = before;
        return RECORD_NO_MEMORY;
    }
    return kind;
}
