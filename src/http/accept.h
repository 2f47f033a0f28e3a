/* What a client wants, told by Accept. No I/O; any thread. Source: RFC 9110 section 12.5.1. */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "base/slice.h"

enum http_accept {
    HTTP_ACCEPT_SSE,    /* text/event-stream or a wildcard for it: also when Accept is
                           absent, empty or names none of these */
    HTTP_ACCEPT_JSON,   /* application/json comes first: NDJSON, labelled application/json as
                           KafkaSSE did */
    HTTP_ACCEPT_NDJSON, /* application/x-ndjson (or application/ndjson) comes first */
    HTTP_ACCEPT_HTML    /* text/html comes before all of these: somebody opened the URL in a browser
                           tab */
};

/*
 * As KafkaSSE: the media range that stands first decides, q values are ignored (case folded,
 * parameters cut off). `value` may have data NULL. A list whose first range is none of ours falls
 * to the next one that is; HTML only when it stands first. The two wildcards that take in
 * text/event-stream are ours: they mean the stream, as in KafkaSSE.
 */
enum http_accept http_accept_parse(struct slice value);

#endif
