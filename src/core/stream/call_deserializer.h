/*
 * A deserializer around a function of the application or of a plug-in. What the function puts out
 * is checked here, so that a bad one costs its records and nothing else. Not the loading of
 * plug-ins. On the worker's thread: one for each worker, as it has a buffer of its own.
 */
#ifndef CORE_STREAM_CALL_DESERIALIZER_H
#define CORE_STREAM_CALL_DESERIALIZER_H

#include "core/stream/deserializer.h"

#include <kafkasse/callback.h>

enum {
    CALL_DECODER_WHY_BYTES = 200
};

struct call_deserializer {
    struct deserializer deserializer; /* to be used by others */

    /* private */
    ksse_deserialize_fn deserialize;
    void *opaque;
    struct ksse_output output; /* what the function appends to */
    struct buf text;           /* and where that goes */
    struct ksse_header *headers;
    size_t header_cap;
    char why[CALL_DECODER_WHY_BYTES];
};

/* Makes *deserializer, which must not move afterwards, one that calls `deserialize` with `opaque`.
 */
void call_deserializer_init(struct call_deserializer *deserializer, ksse_deserialize_fn deserialize,
                            void *opaque);
void call_deserializer_fini(struct call_deserializer *deserializer);

#endif
