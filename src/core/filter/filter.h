/*
 * A filter: an expression over a record that says whether a stream shows it, in a subset of CEL's
 * syntax (docs/filters.md has the grammar and the table of rules). Parsed once, evaluated for each
 * record; how long that takes is bounded, whatever the expression and the record. No I/O; a filter
 * never changes, so any thread may use it.
 *
 * What is missing or of the wrong type is *undefined*, and so is every comparison with it and its
 * negation; `undefined || true` is true, `undefined && false` is false. Only true keeps a record.
 */
#ifndef CORE_FILTER_FILTER_H
#define CORE_FILTER_FILTER_H

#include "base/buf.h"
#include "core/filter/path_index.h"
#include "core/filter/path.h"

enum {
    FILTER_MAX_BYTES = 4096,
    FILTER_MAX_NODES = 256, /* operators, calls, paths, literals */
    FILTER_MAX_DEPTH = 32,
    FILTER_MAX_STEPS = 1024, /* of all paths together: each may be a place in the index */
    FILTER_MAX_COST_NS = 8 * 1024 * 1024 /* of one evaluation: nanoseconds at most, about */
};

struct filter;

struct filter_fault {
    size_t at;         /* the byte of the text that is wrong; its length: at the end */
    char message[160]; /* a sentence without the place: "Expected a value."; see fault_append() */
};

enum filter_outcome {
    FILTER_OK,
    FILTER_BAD, /* *fault says why */
    FILTER_NO_MEMORY
};

/*
 * Parses `text` into a new filter (to be freed with filter_free()). The text is not kept.
 * `hides` (may be NULL) is asked for each path of the filter with `opaque`: true makes the path one
 * that is always missing (what an operator redacts must not be guessed by filtering for it).
 */
CHECKED enum filter_outcome filter_parse(struct slice text,
                                         bool (*hides)(void *opaque, const struct path *path),
                                         void *opaque, struct filter **out,
                                         struct filter_fault *fault);
void filter_free(struct filter *filter);

/*
 * The expression in one spelling: two filters that differ only in spaces, quotes, needless
 * parentheses or the spelling of a literal have the same text. A path that is hidden has a ~ before
 * it, since such a filter is not the same as one that sees it; without these, the text can be
 * parsed again. Lives as long as the filter.
 */
struct slice filter_text(const struct filter *filter);

/* Whether it looks at `_kafka.headers` or `_kafka.headers_base64`, or at something in them. */
bool filter_uses_headers(const struct filter *filter);

/*
 * Makes the index find what the filter looks at in records to come. Returns a list of entries, one
 * per node, to be given back with filter_remove_paths(); or NULL without memory. The filter must
 * live as long.
 */
CHECKED struct path_entry **filter_add_paths(const struct filter *filter, struct path_index *index);

/* NULL is fine. */
void filter_remove_paths(const struct filter *filter, struct path_index *index,
                         struct path_entry **entries);

enum filter_verdict {
    FILTER_KEEPS,
    FILTER_DROPS,
    FILTER_TOO_COSTLY /* more than FILTER_MAX_COST_NS, of which only the filter and the record
                       * decide
                       */
};

/*
 * Whether it is true of the index's record. `entries` are what filter_add_paths() returned.
 * *cost_ns grows by what that cost, about in nanoseconds; what is done once per record is not in
 * it.
 */
enum filter_verdict filter_evaluate(const struct filter *filter, struct path_entry *const *entries,
                                    struct path_index *index, uint64_t *cost_ns);

#endif
