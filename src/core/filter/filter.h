/*
 * A filter: an expression over a record that decides whether a stream shows it, in a subset of
 * CEL's syntax (docs/filters.md has the grammar and the table of rules). It is parsed once and
 * evaluated for each record, in bounded time, whatever the expression and the record. No I/O. A
 * filter never changes, so any thread may use it.
 *
 * A value that is missing or of the wrong type is *undefined*; so is every comparison with it, and
 * the comparison's negation. `undefined || true` is true, `undefined && false` is false. Only true
 * keeps a record.
 */
#ifndef CORE_FILTER_FILTER_H
#define CORE_FILTER_FILTER_H

#include "base/buf.h"
#include "core/filter/path.h"
#include "core/filter/path_index.h"

#include <kafkasse/error.h>

enum {
    FILTER_MAX_BYTES = 4096,
    FILTER_MAX_NODES = 256, /* operators, calls, paths, literals */
    FILTER_MAX_DEPTH = 32,
    FILTER_MAX_STEPS = 1024, /* of all paths together: each may be an entry of the index */
    FILTER_MAX_COST_NS = 8 * 1024 * 1024 /* of one evaluation, estimated */
};

struct filter;

struct filter_fault {
    size_t at;         /* the byte of the text that is wrong; the text's length: its end */
    char message[160]; /* a sentence: "Expected a value."; fault_append() adds the place */
};

/*
 * Parses `text`, which is not kept, into a new filter, to be freed with filter_free().
 *
 * `hides`, which may be NULL, is called with `opaque` for each path of the filter. If it returns
 * true, the path counts as missing in all records: clients must not guess by filters what an
 * operator redacts.
 *
 * 0; KSSE_EVALUE with *fault filled in; KSSE_ENOMEM.
 */
CHECKED int filter_parse(struct slice text, bool (*hides)(void *opaque, const struct path *path),
                         void *opaque, struct filter **out, struct filter_fault *fault);

/* NULL is fine. */
void filter_free(struct filter *filter);

/*
 * The expression in one spelling: filters that differ only in spaces, quotes, needless parentheses
 * or the spelling of literals have the same text. A hidden path has a ~ before it, because a filter
 * that sees the path is another filter. Without a ~, the text can be parsed again. Lives as long as
 * the filter.
 */
struct slice filter_text(const struct filter *filter);

/* Whether it uses `_kafka.headers` or `_kafka.headers_base64`, or a member of these. */
bool filter_uses_headers(const struct filter *filter);

/*
 * Adds the filter's paths to the index. Returns a new list of entries, one per node, to be given
 * back with filter_remove_paths() before the filter is freed; or NULL without memory.
 */
CHECKED struct path_entry **filter_add_paths(const struct filter *filter, struct path_index *index);

/* NULL is fine. */
void filter_remove_paths(const struct filter *filter, struct path_index *index,
                         struct path_entry **entries);

enum filter_verdict {
    FILTER_KEEPS,
    FILTER_DROPS,
    FILTER_TOO_COSTLY /* more than FILTER_MAX_COST_NS; depends on the filter and the record only */
};

/*
 * Evaluates the filter over the index's record. `entries` is what filter_add_paths() returned. Adds
 * the estimated cost to *cost_ns, without the index's own, which all filters share.
 */
enum filter_verdict filter_evaluate(const struct filter *filter, struct path_entry *const *entries,
                                    struct path_index *index, uint64_t *cost_ns);

#endif
