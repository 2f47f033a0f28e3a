/*
 * Calls a deserializer and judges what it did: see the header. What it appends is copied into one
 * buffer that is used for all records, on the worker's thread.
 */
#include "core/call_decoder.h"

#include "base/mem.h"
#include "core/json_scan.h"
#include "core/record.h"

#include <stdio.h>

enum {
    /* What is kept from one record to the next: enough for nearly all of them. A single huge one
     * must not hold its memory for as long as the server runs. */
    KEPT_BYTES = 1 << 20,
    KEPT_HEADERS = 1024
};

static void append(struct ksse_output *output, const void *data, size_t len)
{
    struct call_decoder *decoder = CONTAINER_OF(output, struct call_decoder, output);
    buf_append(&decoder->text, data, len);
}

static bool copy_headers(struct call_decoder *decoder, const struct record *record)
{
    if (record->header_count > decoder->header_cap) {
        struct ksse_header *headers =
            mem_realloc(decoder->headers, record->header_count * sizeof *headers);
        if (headers == NULL) {
            return false;
        }
        decoder->headers = headers;
        decoder->header_cap = record->header_count;
    }
    for (size_t i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        decoder->headers[i] =
            (struct ksse_header){header->name, header->value.data, header->value.len};
    }
    return true;
}

static enum ksse_deserialized call(struct call_decoder *decoder, const struct record *record)
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
        .headers = record->header_count == 0 ? NULL : decoder->headers,
        .header_count = record->header_count,
    };
    return decoder->deserialize(decoder->opaque, &given, &decoder->output);
}

/* The function's own words, as far as they fit: in one line, and cut between characters. */
static void keep_why(struct call_decoder *decoder, const char *otherwise)
{
    struct slice words = buf_slice(&decoder->text);
    if (words.len == 0) {
        snprintf(decoder->why, sizeof decoder->why, "%s", otherwise);
        return;
    }
    size_t len = 0;
    while (len < words.len) {
        int step = json_utf8_step(words.data + len, words.data + words.len);
        size_t bytes = (size_t)(step < 0 ? -step : step);
        if (len + bytes >= sizeof decoder->why) {
            break;
        }
        for (; bytes > 0; bytes--, len++) {
            uint8_t c = (uint8_t)words.data[len];
            decoder->why[len] = c < ' ' || c == 0x7f ? ' ' : (char)c;
        }
    }
    decoder->why[len] = '\0';
}

static enum decoding_outcome judge_json(struct call_decoder *decoder, struct buf *out,
                                        bool *has_members)
{
    enum decoding_outcome outcome =
        decoder_append_whole_json(buf_slice(&decoder->text), out, has_members);
    if (outcome == DECODE_FAILED) {
        snprintf(decoder->why, sizeof decoder->why, "the deserializer made no JSON object of it");
    }
    return outcome;
}

static enum decoding_outcome judge(struct call_decoder *decoder, enum ksse_deserialized result,
                                   struct buf *out, bool *has_members)
{
    size_t before = out->len;
    switch (result) {
    case KSSE_DESERIALIZED_JSON:
        return judge_json(decoder, out, has_members);
    case KSSE_DESERIALIZED_TEXT:
        decoder_append_text(buf_slice(&decoder->text), out);
        return decoder_finish(out, before, has_members);
    case KSSE_DESERIALIZED_BYTES:
        decoder_append_base64(buf_slice(&decoder->text), out);
        return decoder_finish(out, before, has_members);
    case KSSE_DESERIALIZED_SKIP:
        return DECODE_SKIPPED;
    case KSSE_DESERIALIZED_LATER:
        keep_why(decoder, "the deserializer cannot tell yet");
        return DECODE_LATER;
    case KSSE_DESERIALIZED_FAILED:
        keep_why(decoder, "the deserializer failed");
        return DECODE_FAILED;
    }
    snprintf(decoder->why, sizeof decoder->why, "the deserializer returned %d, which means nothing",
             (int)result);
    return DECODE_FAILED;
}

static void forget_much(struct call_decoder *decoder)
{
    if (decoder->text.cap > KEPT_BYTES) {
        buf_fini(&decoder->text);
    }
    if (decoder->header_cap > KEPT_HEADERS) {
        mem_free(decoder->headers);
        decoder->headers = NULL;
        decoder->header_cap = 0;
    }
}

static enum decoding_outcome decode(struct decoder *decoder, const struct record *record,
                                    struct buf *out, bool *has_members)
{
    struct call_decoder *self = CONTAINER_OF(decoder, struct call_decoder, decoder);
    buf_clear(&self->text);
    if (!copy_headers(self, record)) {
        return DECODE_NO_MEMORY;
    }
    enum ksse_deserialized result = call(self, record);
    enum decoding_outcome outcome = DECODE_NO_MEMORY;
    if (buf_ok(&self->text)) {
        outcome = judge(self, result, out, has_members);
    }
    forget_much(self);
    return outcome;
}

static struct decoder_fault fault(const struct decoder *decoder)
{
    const struct call_decoder *self = CONTAINER_OF(decoder, const struct call_decoder, decoder);
    return (struct decoder_fault){UNDECODABLE_DESERIALIZER, self->why};
}

void call_decoder_init(struct call_decoder *decoder, ksse_deserialize_fn deserialize, void *opaque)
{
    static const struct decoder_ops ops = {decode, fault};
    *decoder = (struct call_decoder){
        .decoder = {.ops = &ops, .wants_headers = true},
        .deserialize = deserialize,
        .opaque = opaque,
        .output = {append},
        .text = BUF_INIT,
    };
}

void call_decoder_fini(struct call_decoder *decoder)
{
    buf_fini(&decoder->text);
    mem_free(decoder->headers);
    decoder->headers = NULL;
    decoder->header_cap = 0;
}
