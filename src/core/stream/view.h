/*
 * A view: how a stream is written for its client. Two clients share a channel only when their views
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

/* What happens when records that a client has not seen are gone from Kafka. */
enum gap_policy {
    GAP_EVENT,  /* a `gap` event tells it, then the stream goes on */
    GAP_SILENT, /* as KafkaSSE: the stream goes on */
    GAP_ERROR   /* an `error` event, then the stream ends */
};

struct view {
    enum stream_format format;
    enum id_format id_format;
    enum gap_policy gap;
    bool is_chunked; /* every frame is a chunk of HTTP/1.1's chunked coding */
};

#endif
