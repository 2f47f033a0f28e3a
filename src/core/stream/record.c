/*
 * From a record to its data text: the deserializer's JSON, then the member `_kafka`. On the
 * deserializer's thread.
 */
#include "core/stream/record.h"

#include "core/json/base64.h"
#include "core/json/json.h"
#include "core/stream/record_headers.h"

static void append_key(struct slice key, struct buf *out)
{
    buf_append_str(out, ",\"key\":");
    if (key.data == NULL) {
        buf_append_str(out, "null");
    } else if (json_is_utf8(key)) {
        json_append_string(out, key);
    } else {
        buf_append_str(out, "null,\"key_base64\":\"");
        base64_append(out, key);
        buf_append_char(out, '"');
    }
}

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
        buf_append_char(out, ',');
        record_headers_append(record, out);
    }
}

static enum record_kind append_value(const struct record *record, struct deserializer *deserializer,
                                     struct buf *out, bool *is_whole)
{
    *is_whole = false;
    if (record->value.data == NULL) {
        buf_append_char(out, '{');
        return RECORD_TOMBSTONE;
    }
    bool has_members;
    switch (deserializer_decode(deserializer, record, out, &has_members)) {
    case DECODED_WHOLE:
        *is_whole = true;
        return RECORD_MESSAGE;
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

enum record_kind record_render(const struct record *record, struct deserializer *deserializer,
                               bool shows_headers, struct buf *out)
{
    size_t before = out->len;
    bool is_whole;
    enum record_kind kind = append_value(record, deserializer, out, &is_whole);
    if (kind != RECORD_MESSAGE && kind != RECORD_TOMBSTONE) {
        return kind;
    }
    if (is_whole) {
        buf_append_char(out, '}');
    } else {
        append_kafka_member(record, shows_headers, out);
        buf_append_str(out, kind == RECORD_TOMBSTONE ? ",\"tombstone\":true}}" : "}}");
    }
    if (!buf_ok(out)) {
        out->len = before;
        return RECORD_NO_MEMORY;
    }
    return kind;
}
