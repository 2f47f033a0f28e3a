/*
 * A record of Kafka, and its data text: the JSON of an event on one line, with a member `_kafka` as
 * the last one. The text is made once per record, for all clients. No I/O; any thread.
 */
#ifndef CORE_STREAM_RECORD_H
#define CORE_STREAM_RECORD_H

#include "base/buf.h"
#include "core/stream/deserializer.h"

/* A header of a record. A record may have several of the same name. */
struct record_header {
    const char *name;   /* zero-terminated; any bytes */
    struct slice value; /* data NULL: null; any bytes */
};

struct record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;                /* -1: none; shown as null */
    struct slice key;                    /* data NULL: null */
    struct slice value;                  /* data NULL: a tombstone */
    const struct record_header *headers; /* in Kafka's order; none unless they are needed */
    size_t header_count;
};

enum record_kind {
    RECORD_MESSAGE,
    RECORD_TOMBSTONE,   /* no value: the text has `_kafka` only, with "tombstone":true */
    RECORD_UNDECODABLE, /* count and skip it */
    RECORD_SKIPPED,     /* its deserializer does not show it */
    RECORD_LATER,       /* its deserializer cannot decode it yet: read it again */
    RECORD_NO_MEMORY
};

/*
 * Appends the data text of a MESSAGE or TOMBSTONE to `out`; for other kinds `out` has its former
 * length. A deserializer's own "_kafka" (DECODED_WHOLE) stays in its place, unchanged.
 *
 * A key that is not UTF-8 is shown as "key":null,"key_base64":"...". With `shows_headers`, _kafka
 * has "headers":{...} and perhaps "headers_base64":{...}: see record_headers.h.
 */
CHECKED enum record_kind record_render(const struct record *record,
                                       struct deserializer *deserializer, bool shows_headers,
                                       struct buf *out);

#endif
