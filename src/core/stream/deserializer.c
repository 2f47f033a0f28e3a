/* The built-in deserializers, and helpers for others. No state; any thread. */
#include "core/stream/deserializer.h"

#include "core/json/base64.h"
#include "core/json/json.h"
#include "core/stream/record.h"

static const char value_open[] = "{\"value\":";

void deserializer_append_text(struct slice text, struct buf *out)
{
    buf_append(out, value_open, sizeof(value_open) - 1);
    json_append_string(out, text);
}

void deserializer_append_base64(struct slice bytes, struct buf *out)
{
    buf_append(out, value_open, sizeof(value_open) - 1);
    buf_append_char(out, '"');
    base64_append(out, bytes);
    buf_append_char(out, '"');
}

static enum deserializer_outcome outcome_of(enum json_outcome outcome)
{
    switch (outcome) {
    case JSON_OK:
        return DECODED;
    case JSON_NO_MEMORY:
        return DECODE_NO_MEMORY;
    case JSON_NOT_OBJECT:
    case JSON_INVALID:
        break;
    }
    return DECODE_FAILED;
}

enum deserializer_outcome deserializer_append_whole_json(struct slice json, struct buf *out,
                                                         bool *has_members)
{
    bool has_kafka;
    enum deserializer_outcome outcome =
        outcome_of(json_minify_whole_object(json, out, has_members, &has_kafka));
    return outcome == DECODED && has_kafka ? DECODED_WHOLE : outcome;
}

enum deserializer_outcome deserializer_finish(struct buf *out, size_t before, bool *has_members)
{
    if (!buf_ok(out)) {
        out->len = before;
        return DECODE_NO_MEMORY;
    }
    *has_members = true;
    return DECODED;
}

static enum deserializer_outcome decode_json(struct deserializer *deserializer,
                                             const struct record *record, struct buf *out,
                                             bool *has_members)
{
    (void)deserializer;
    return outcome_of(json_minify_object(record->value, out, has_members));
}

static enum deserializer_outcome decode_text(struct deserializer *deserializer,
                                             const struct record *record, struct buf *out,
                                             bool *has_members)
{
    (void)deserializer;
    size_t before = out->len;
    deserializer_append_text(record->value, out);
    return deserializer_finish(out, before, has_members);
}

static enum deserializer_outcome decode_base64(struct deserializer *deserializer,
                                               const struct record *record, struct buf *out,
                                               bool *has_members)
{
    (void)deserializer;
    size_t before = out->len;
    deserializer_append_base64(record->value, out);
    return deserializer_finish(out, before, has_members);
}

struct deserializer *deserializer_builtin(const char *name)
{
    static const struct deserializer_ops json_ops = {decode_json, NULL};
    static const struct deserializer_ops text_ops = {decode_text, NULL};
    static const struct deserializer_ops base64_ops = {decode_base64, NULL};
    static struct deserializer json = {&json_ops, false};
    static struct deserializer text = {&text_ops, false};
    static struct deserializer base64 = {&base64_ops, false};
    if (strcmp(name, "json") == 0) {
        return &json;
    }
    if (strcmp(name, "text") == 0) {
        return &text;
    }
    return strcmp(name, "base64") == 0 ? &base64 : NULL;
}

struct deserializer_fault deserializer_fault(const struct deserializer *deserializer,
                                             const struct record *record)
{
    if (deserializer->ops->fault != NULL) {
        return deserializer->ops->fault(deserializer);
    }
    enum undecodable reason = undecodable_json(record->value);
    return (struct deserializer_fault){reason, undecodable_clause(reason)};
}
