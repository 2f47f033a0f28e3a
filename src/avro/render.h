/*
 * Avro's binary data to JSON, guided by a plan. Reads the bytes itself, because libavro trusts
 * them: 1.11 overflows its stack with deeply nested records, and allocates, and then leaks,
 * whatever a length says. No state; any thread.
 */
#ifndef AVRO_RENDER_H
#define AVRO_RENDER_H

#include "avro/plan.h"
#include "core/stream/deserializer.h"

enum {
    RENDER_MAX_TEXT = 32 << 20,  /* bytes of JSON of one record */
    RENDER_MAX_EMPTY = 64 * 1024 /* values of a record that take no bytes */
};

/*
 * Appends the value that `bytes` are, all of them, as struct deserializer_ops says. DECODE_FAILED
 * when they are none of the plan's schema, or beyond a limit: nesting as in JSON_MAX_DEPTH, and the
 * two above.
 */
CHECKED enum deserializer_outcome plan_render(const struct plan *plan, struct slice bytes,
                                              struct buf *out, bool *has_members);

#endif
