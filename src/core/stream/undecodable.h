/*
 * Why a record does not decode: the reasons, for the log and the metrics, and the search for the
 * reason why a value is not JSON. No I/O; any thread.
 */
#ifndef CORE_STREAM_UNDECODABLE_H
#define CORE_STREAM_UNDECODABLE_H

#include "base/slice.h"

enum undecodable {
#define UNDECODABLE(name, label, clause, advice) UNDECODABLE_##name,
#include "core/stream/undecodable.def"
#undef UNDECODABLE
    UNDECODABLE_REASONS
};

/* A word for metrics and fields of the log: "registry-header". */
const char *undecodable_label(enum undecodable reason);

/* A clause for the log, without a full stop: "it is empty". */
const char *undecodable_clause(enum undecodable reason);

/* What an operator can do about it: one sentence or more. */
const char *undecodable_advice(enum undecodable reason);

/* Why json_minify_object() refused the value. Reads it once more, in linear time. */
enum undecodable undecodable_json(struct slice value);

#endif
