/*
 * Calls the function and judges its result: see the header. One buffer takes the output for all
 * records.
 */
#include "core/stream/call_deserializer.h"

#include "base/mem.h"
#include "core/json/json_scan.h"
#include "core/stream/record.h"

#include <stdio.h>

enum {
    /* How much memory is kept from one record to the next: enough for nearly all records. A single
     * huge one must not hold its memory for as long as the server runs. */
    KEPT_BYTES = 1 << 20,
    KEPT_HEADERS = 1024
};

static void append(struct ksse_output *output, const void *data, size_t len)
{
    struct call_deserializer *deserializer = CONTAINER_OF(output, struct call_deserializer, output);
    buf_append(&deserializer->text, data, len);
}

/* 0 or KSSE_ENOMEM. */
CHECKED static int copy_headers(struct call_deserializer *deserializer, const struct record *record)
{
    if (record->header_count > deserializer->header_cap) {
        struct ksse_header *headers =
            mem_realloc(deserializer->headers, record->header_count * sizeof *headers);
        if (headers == NULL) {
            return KSSE_ENOMEM;
        }
        deserializer->headers = headers;
        deserializer->header_cap = record->header_count;
    }
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        deserializer->headers[i] =
            (struct ksse_header){header->name, header->value.data, header->value.len};
    }
    return 0;
}

static enum ksse_deserialized call(struct call_deserializer *deserializer,
                                   const struct record *record)
{
    struct ksse_record given = {
        .topic = record->topic,
        .partition = record->partition,
        .offset = record->offset,
        .timestamp_ms = record->timestamp_ms,
        .key = record->key.data,
        .key_len = record->key.len,
        .value = record->value.data,
        .value_len = record->value.len,
        .headers = record->header_count == 0 ? NULL : deserializer->headers,
        .header_count = record->header_count,
    };
    return deserializer->deserialize(deserializer->opaque, &given, &deserializer->output);
}

/* Keeps the function's own sentence, cut between characters and made one line; without one,
 * `otherwise`. */
static void keep_why(struct call_deserializer *deserializer, const char *otherwise)
{
    struct slice words = buf_slice(&deserializer->text);
    if (words.len == 0) {
        snprintf(deserializer->why, sizeof deserializer->why, "%s", otherwise);
        return;
    }
    size_t len = 0;
    while (len < words.len) {
        int step = json_utf8_step(words.data + len, words.data + words.len);
        size_t bytes = (size_t)(step < 0 ? -step : step);
        if (len + bytes >= sizeof deserializer->why) {
            break;
        }
        for (; bytes > 0; bytes--, len++) {
            uint8_t c = (uint8_t)words.data[len];
            deserializer->why[len] = c < ' ' || c == 0x7f ? ' ' : (char)c;
        }
    }
    deserializer->why[len] = '\0';
}

static enum deserializer_outcome judge_json(struct call_deserializer *deserializer, struct buf *out,
                                            bool *has_members)
{
    enum deserializer_outcome outcome =
        deserializer_append_whole_json(buf_slice(&deserializer->text), out, has_members);
    if (outcome == DECODE_FAILED) {
        snprintf(deserializer->why, sizeof deserializer->why,
                 "the deserializer made no JSON object of it");
    }
    return outcome;
}

static enum deserializer_outcome judge(struct call_deserializer *deserializer,
                                       enum ksse_deserialized result, struct buf *out,
                                       bool *has_members)
{
    size_t before = out->len;
    switch (result) {
    case KSSE_DESERIALIZED_JSON:
        return judge_json(deserializer, out, has_members);
    case KSSE_DESERIALIZED_TEXT:
        deserializer_append_text(buf_slice(&deserializer->text), out);
        return deserializer_finish(out, before, has_members);
    case KSSE_DESERIALIZED_BYTES:
        deserializer_append_base64(buf_slice(&deserializer->text), out);
        return deserializer_finish(out, before, has_members);
    case KSSE_DESERIALIZED_SKIP:
        return DECODE_SKIPPED;
    case KSSE_DESERIALIZED_LATER:
        keep_why(deserializer, "the deserializer cannot tell yet");
        return DECODE_LATER;
    case KSSE_DESERIALIZED_FAILED:
        keep_why(deserializer, "the deserializer failed");
        return DECODE_FAILED;
    }
    snprintf(deserializer->why, sizeof deserializer->why,
             "the deserializer returned %d, which means nothing", (int)result);
    return DECODE_FAILED;
}

static void free_surplus(struct call_deserializer *deserializer)
{
    if (deserializer->text.cap > KEPT_BYTES) {
        buf_fini(&deserializer->text);
    }
    if (deserializer->header_cap > KEPT_HEADERS) {
        mem_free(deserializer->headers);
        deserializer->headers = NULL;
        deserializer->header_cap = 0;
    }
}

static enum deserializer_outcome decode(struct deserializer *deserializer,
                                        const struct record *record, struct buf *out,
                                        bool *has_members)
{
    struct call_deserializer *self =
        CONTAINER_OF(deserializer, struct call_deserializer, deserializer);
    buf_clear(&self->text);
    if (copy_headers(self, record) < 0) {
        return DECODE_NO_MEMORY;
    }
    enum ksse_deserialized result = call(self, record);
    enum deserializer_outcome outcome = DECODE_NO_MEMORY;
    if (buf_ok(&self->text)) {
        outcome = judge(self, result, out, has_members);
    }
    free_surplus(self);
    return outcome;
}

static struct deserializer_fault fault(const struct deserializer *deserializer)
{
    const struct call_deserializer *self =
        CONTAINER_OF(deserializer, const struct call_deserializer, deserializer);
    return (struct deserializer_fault){UNDECODABLE_DESERIALIZER, self->why};
}

void call_deserializer_init(struct call_deserializer *deserializer, ksse_deserialize_fn deserialize,
                            void *opaque)
{
    static const struct deserializer_ops ops = {decode, fault};
    *deserializer = (struct call_deserializer){
        .deserializer = {.ops = &ops, .wants_headers = true},
        .deserialize = deserialize,
        .opaque = opaque,
        .output = {append},
        .text = BUF_INIT,
    };
}

void call_deserializer_fini(struct call_deserializer *deserializer)
{
    buf_fini(&deserializer->text);
    mem_free(deserializer->headers);
    deserializer->headers = NULL;
    deserializer->header_cap = 0;
}
