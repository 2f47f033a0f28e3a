/*
 * A deserializer that calls a function of the program or of a plug-in, and checks its output: a bad
 * function costs its records and nothing else. Each worker has its own, since it has a buffer. On
 * the worker's thread.
 */
#ifndef CORE_STREAM_CALL_DESERIALIZER_H
#define CORE_STREAM_CALL_DESERIALIZER_H

#include "core/stream/deserializer.h"

#include <kafkasse/callback.h>
#include <kafkasse/error.h>

enum {
    CALL_DESERIALIZER_WHY_BYTES = 200
};

struct call_deserializer {
    struct deserializer deserializer; /* for callers */

    /* private */
    ksse_deserialize_fn deserialize;
    void *opaque;
    struct ksse_output output; /* given to the function */
    struct buf text;           /* what it appended */
    struct ksse_header *headers;
    size_t header_cap;
    char why[CALL_DESERIALIZER_WHY_BYTES];
};

/* Makes a deserializer that calls `deserialize` with `opaque`. *deserializer must not move
 * afterwards. */
void call_deserializer_init(struct call_deserializer *deserializer, ksse_deserialize_fn deserialize,
                            void *opaque);
void call_deserializer_fini(struct call_deserializer *deserializer);

#endif
