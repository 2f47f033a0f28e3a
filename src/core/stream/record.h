/*
 * A record becomes the data text of an event: its JSON on one line with a `_kafka` member spliced
 * in as the last one. Done once per record, whoever reads it. No I/O; any thread.
 */
#ifndef CORE_STREAM_RECORD_H
#define CORE_STREAM_RECORD_H

#include "base/buf.h"
#include "core/stream/deserializer.h"

/* A header of a record, as Kafka has it: names may come more than once. */
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
    const struct record_header *headers; /* when they are wanted */
    size_t header_count;
};

enum record_kind {
    RECORD_MESSAGE,
    RECORD_TOMBSTONE,   /* no value: the text has `_kafka` only, with "tombstone":true */
    RECORD_UNDECODABLE, /* to be counted and skipped */
    RECORD_SKIPPED,     /* its deserializer does not show it */
    RECORD_LATER,       /* its deserializer cannot tell yet: to be read again */
    RECORD_NO_MEMORY
};

/*
 * Appends the data text to `out`; for the last four kinds `out` has its former length. A
 * deserializer's own "_kafka" (DECODED_WHOLE) stays where it is, and as it is.
 *
 * A key that is no UTF-8 is shown as "key":null,"key_base64":"...". With `shows_headers`, _kafka
 * has "headers":{...} and perhaps "headers_base64":{...}: see record_headers.h.
 */
CHECKED enum record_kind record_render(const struct record *record,
                                       struct deserializer *deserializer, bool shows_headers,
                                       struct buf *out);

#endif
