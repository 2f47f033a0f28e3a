/*
 * A view: the form in which a client gets its stream. Clients share a channel only if their views
 * are equal. Plain data.
 */
#ifndef CORE_STREAM_VIEW_H
#define CORE_STREAM_VIEW_H

#include <stdbool.h>

enum stream_format {
    FORMAT_SSE,
    FORMAT_NDJSON
};

enum id_format {
    ID_OFFSET,   /* the next offset of every partition */
    ID_TIMESTAMP /* KafkaSSE's useTimestampForId: timestamp + 1 of the newest record sent */
};

/* What a client gets when Kafka no longer has records that the client has not seen. */
enum gap_policy {
    GAP_EVENT,  /* a `gap` event, then the stream goes on */
    GAP_SILENT, /* nothing, as in KafkaSSE: the stream goes on */
    GAP_ERROR   /* an `error` event, then the stream ends */
};

struct view {
    enum stream_format format;
    enum id_format id_format;
    enum gap_policy gap;
    bool is_chunked; /* each frame is a chunk of HTTP/1.1's chunked coding */
};

#endif
