/*
 * A deserializer: what makes JSON of a record's value, once per record. What Kafka calls a
 * deserializer; the settings do, too. The built-in ones are here; Avro's, plug-ins and callbacks
 * are in other rooms. On the worker's thread.
 */
#ifndef CORE_STREAM_DESERIALIZER_H
#define CORE_STREAM_DESERIALIZER_H

#include "base/buf.h"
#include "core/stream/undecodable.h"

struct record;
struct deserializer;

enum deserializer_outcome {
    DECODED,
    DECODED_WHOLE,  /* with a member "_kafka" of its own, which stands for the server's */
    DECODE_SKIPPED, /* not to be shown, and that is right so: only counted */
    DECODE_LATER,   /* cannot be told yet, because of something that is away or still being fetched:
                     * the record is read again, and what is behind it waits */
    DECODE_FAILED,  /* undecodable: counted, logged, skipped */
    DECODE_NO_MEMORY
};

struct deserializer_fault {
    enum undecodable reason; /* of DECODE_FAILED */
    const char *why;         /* a clause for the log, without a stop: "it is no JSON" */
};

struct deserializer_ops {
    /*
     * Appends the value of `record`, which is not null, to `out`: one JSON object, minified,
     * without its closing brace and, unless DECODED_WHOLE, without a member "_kafka", as
     * json_minify_object() does. *has_members tells whether it has any. On anything but these two,
     * `out` has its former length.
     */
    enum deserializer_outcome (*decode)(struct deserializer *deserializer,
                                        const struct record *record, struct buf *out,
                                        bool *has_members);

    /* See deserializer_fault(). NULL where a record can only fail for not being a JSON object. */
    struct deserializer_fault (*fault)(const struct deserializer *deserializer);
};

struct deserializer {
    const struct deserializer_ops *ops;
    bool wants_headers; /* of the record, whether they are shown or not */
};

CHECKED static inline enum deserializer_outcome
deserializer_decode(struct deserializer *deserializer, const struct record *record, struct buf *out,
                    bool *has_members)
{
    return deserializer->ops->decode(deserializer, record, out, has_members);
}

/*
 * The built-in deserializer of that name, or NULL: "json" takes JSON objects; "text" makes
 * {"value":"..."} of the bytes as UTF-8 (ill-formed bytes become U+FFFD), "base64" of the bytes in
 * base64. They have no state: any thread, never freed.
 */
struct deserializer *deserializer_builtin(const char *name);

/* Why `record`, the last one, was DECODE_FAILED or DECODE_LATER. Lives until the next one is
 * decoded. May take as long as rendering it. */
struct deserializer_fault deserializer_fault(const struct deserializer *deserializer,
                                             const struct record *record);

/* ---- for other deserializers ---- */

/* Append `{"value":"..."`, as above. Without memory `out` is marked as failed. */
void deserializer_append_text(struct slice text, struct buf *out);
void deserializer_append_base64(struct slice bytes, struct buf *out);

/* Appends JSON that may be anything, as above, and keeps its "_kafka": DECODED, DECODED_WHOLE,
 * DECODE_FAILED, DECODE_NO_MEMORY. */
CHECKED enum deserializer_outcome deserializer_append_whole_json(struct slice json, struct buf *out,
                                                                 bool *has_members);

/* What to return once at least one member was appended to `out`, whose length was `before`:
 * DECODED, or DECODE_NO_MEMORY when it has failed meanwhile. */
CHECKED enum deserializer_outcome deserializer_finish(struct buf *out, size_t before,
                                                      bool *has_members);

#endif
