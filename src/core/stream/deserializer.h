/*
 * A deserializer: makes JSON of a record's value, once per record. This is Kafka's word, and the
 * settings' word. The built-in deserializers are here; Avro, plug-ins and callbacks are elsewhere.
 * On the worker's thread.
 */
#ifndef CORE_STREAM_DESERIALIZER_H
#define CORE_STREAM_DESERIALIZER_H

#include "base/buf.h"
#include "core/stream/undecodable.h"

struct record;
struct deserializer;

enum deserializer_outcome {
    DECODED,
    DECODED_WHOLE,  /* with a member "_kafka" of its own, which replaces the server's */
    DECODE_SKIPPED, /* the record is not to be shown, which is no fault: it is only counted */
    DECODE_LATER,   /* not possible yet, for example while a schema is fetched: the record is read
                     * again, and the records after it wait */
    DECODE_FAILED,  /* undecodable: the record is counted, logged and skipped */
    DECODE_NO_MEMORY
};

struct deserializer_fault {
    enum undecodable reason; /* of DECODE_FAILED */
    const char *why;         /* a clause for the log, without a full stop: "it is no JSON" */
};

struct deserializer_ops {
    /*
     * Appends the value of `record`, which is not null, to `out`: one minified JSON object without
     * its closing brace and, unless DECODED_WHOLE, without a member "_kafka", as
     * json_minify_object() does. *has_members tells whether it has members. If it is not decoded,
     * `out` has its former length.
     */
    enum deserializer_outcome (*decode)(struct deserializer *deserializer,
                                        const struct record *record, struct buf *out,
                                        bool *has_members);

    /* See deserializer_fault(). NULL when the only fault can be that the value is no JSON object.
     */
    struct deserializer_fault (*fault)(const struct deserializer *deserializer);
};

struct deserializer {
    const struct deserializer_ops *ops;
    bool wants_headers; /* records need their headers even if these are not shown */
};

CHECKED static inline enum deserializer_outcome
deserializer_decode(struct deserializer *deserializer, const struct record *record, struct buf *out,
                    bool *has_members)
{
    return deserializer->ops->decode(deserializer, record, out, has_members);
}

/*
 * The built-in deserializer of that name, or NULL. "json" takes JSON objects; "text" makes
 * {"value":"..."} of UTF-8 (ill-formed bytes become U+FFFD); "base64" makes it of any bytes. They
 * have no state: any thread, never freed.
 */
struct deserializer *deserializer_builtin(const char *name);

/* Why the last record, which is `record`, was DECODE_FAILED or DECODE_LATER. Lives until the next
 * record is decoded. May take as long as decoding it. */
struct deserializer_fault deserializer_fault(const struct deserializer *deserializer,
                                             const struct record *record);

/* ---- for other deserializers ---- */

/* Append `{"value":"..."`, as "text" and "base64" do. Without memory `out` is marked as failed. */
void deserializer_append_text(struct slice text, struct buf *out);
void deserializer_append_base64(struct slice bytes, struct buf *out);

/* Appends any JSON as decode() does, but keeps its "_kafka". DECODED, DECODED_WHOLE, DECODE_FAILED
 * or DECODE_NO_MEMORY. */
CHECKED enum deserializer_outcome deserializer_append_whole_json(struct slice json, struct buf *out,
                                                                 bool *has_members);

/* The outcome after members were appended to `out`, whose length was `before`: DECODED, or
 * DECODE_NO_MEMORY if `out` has failed. */
CHECKED enum deserializer_outcome deserializer_finish(struct buf *out, size_t before,
                                                      bool *has_members);

#endif
