/* Record to data text. */
#include "core/record.h"
#include "core/json.h"

static void append_kafka_member(const struct record *record, struct buf *out)
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
    buf_append_str(out, ",\"key\":");
    if (record->key.data == NULL) {
        buf_append_str(out, "null");
    } else {
        json_append_string(out, record->key);
    }
}

static enum record_kind append_value(struct slice value, struct buf *out)
{
    bool has_members;
    switch (json_minify_object(value, out, &has_members)) {
    case JSON_OK:
        if (has_members) {
            buf_append_char(out, ',');
        }
        return RECORD_MESSAGE;
    case JSON_NO_MEMORY:
        return RECORD_NO_MEMORY;
    case JSON_NOT_OBJECT:
    case JSON_INVALID:
        break;
    }
    return RECORD_UNDECODABLE;
}

enum record_kind record_render(const struct record *record, struct buf *out)
{
    size_t before = out->len;
    enum record_kind kind = RECORD_TOMBSTONE;
    if (record->value.data == NULL) {
        buf_append_char(out, '{');
    } else {
        kind = append_value(record->value, out);
        if (kind != RECORD_MESSAGE) {
            return kind;
        }
    }
    append_kafka_member(record, out);
    buf_append_str(out, kind == RECORD_TOMBSTONE ? ",\"tombstone\":true}}" : "}}");
    if (!buf_ok(out)) {
        out->len = before;
        return RECORD_NO_MEMORY;
    }
    return kind;
}
