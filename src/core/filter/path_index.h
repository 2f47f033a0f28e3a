/*
 * The path index: the values that records have at the paths that filters use, found in one pass
 * over a record's text, however many filters share the index and however their paths nest. A path
 * is added before the records come. All who add the same path share one *entry*, which holds the
 * value that the current record has there. So a record costs its bytes once, and reading an entry
 * costs a step or two.
 *
 * The index trusts the text: one line of minified JSON, as core/stream/record.c writes it. It has
 * one record at a time; values borrow the record's text. One thread.
 */
#ifndef CORE_FILTER_PATH_INDEX_H
#define CORE_FILTER_PATH_INDEX_H

#include "core/filter/path.h"
#include "core/json/json_value.h"

struct path_index;
struct path_entry;

/* Returns a new index, whose record is an empty object, or NULL without memory. */
CHECKED struct path_index *path_index_new(void);

/* All entries must have been removed before. NULL is fine. */
void path_index_free(struct path_index *index);

/*
 * Adds a path: the index finds it in records from the next pass on, with its size for
 * path_index_size() if `with_size` is set. Returns its entry, to be given back with
 * path_index_remove(), or NULL without memory.
 */
CHECKED struct path_entry *path_index_add(struct path_index *index, const struct path *path,
                                          bool with_size);

/* The same for the member `name` (which may be empty) of the value at an entry. */
CHECKED struct path_entry *path_index_add_member(struct path_index *index,
                                                 struct path_entry *object, struct slice name);

/* As often as it was added. NULL is fine. */
void path_index_remove(struct path_index *index, struct path_entry *entry);

/* Sets the record. `text` is borrowed until the next call. Costs nothing by itself: the pass comes
 * with the first value that is asked for. */
void path_index_set_record(struct path_index *index, struct slice text);

/* The record's value at the entry, of kind MISSING when there is none. Of members with equal names
 * the last one counts, as in JavaScript. Lives until the next record. */
const struct json_value *path_index_value(struct path_index *index, struct path_entry *entry);

/* How many elements an ARRAY, members an OBJECT or code points a STRING has; 0 for other values.
 * Members with equal names count each. Counted once per record. */
size_t path_index_size(struct path_index *index, struct path_entry *entry);

/* The text of the STRING at the entry, unescaped once per record; without memory, with its escapes.
 * Lives until the next record. */
struct json_text path_index_text(struct path_index *index, struct path_entry *entry);

/* The estimated time, in nanoseconds, of all passes and of what else is done once per record, since
 * path_index_new(). */
uint64_t path_index_cost_ns(const struct path_index *index);

#endif
