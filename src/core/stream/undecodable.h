/*
 * Why a record does not decode: reasons by kind, for the log and the metrics, and how to find the
 * reason of a value that should have been JSON. Asked for only when it is none, so it may look at
 * the bytes once more. No I/O; any thread.
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

/* For metrics and fields of the log: "registry-header". */
const char *undecodable_label(enum undecodable reason);

/* For people, without a stop: "it is empty". */
const char *undecodable_clause(enum undecodable reason);

/* What somebody can do about it: a sentence. */
const char *undecodable_advice(enum undecodable reason);

/* Why json_minify_object() refused the value. Takes time linear in it. */
enum undecodable undecodable_json(struct slice value);

#endif
