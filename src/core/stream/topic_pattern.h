/*
 * Which topics may be served: a list of names and regular expressions, and the rules for names. The
 * topics need not exist. No I/O. A list never changes once it is parsed, so any thread may match
 * it.
 */
#ifndef CORE_STREAM_TOPIC_PATTERN_H
#define CORE_STREAM_TOPIC_PATTERN_H

#include "base/assert.h"
#include "base/slice.h"

#include <kafkasse/error.h>
#include <regex.h>

struct topic_pattern {
    char *text; /* a topic's name, or "^..." */
    bool is_regex;
    regex_t regex; /* compiled when is_regex */
};

/* All zero is the empty list. */
struct topic_patterns {
    struct topic_pattern *items;
    size_t count;
    char *text; /* the list as it was written; NULL for the empty list */
};

/*
 * Reads a comma list of topic names and ^regular expressions (POSIX extended, matched from the
 * start of the name; write $ for its end). White space around items is dropped; a comma within
 * (), [] or {} of an expression belongs to it. An empty text is the empty list.
 * KSSE_EVALUE for bad names and expressions and for internal topics; KSSE_ENOMEM.
 */
CHECKED int topic_patterns_parse(struct slice text, struct topic_patterns *out,
                                 struct ksse_error *error);

/* Makes *to, which need not be initialised, a copy. 0 or KSSE_ENOMEM. */
CHECKED int topic_patterns_copy(struct topic_patterns *to, const struct topic_patterns *from);

/* Leaves the empty list. */
void topic_patterns_fini(struct topic_patterns *patterns);

/* Whether `topic` may be served. The empty list matches all topics but internal ones, which never
 * match. */
bool topic_patterns_match(const struct topic_patterns *patterns, const char *topic);

/* Whether at least one item is an expression. */
bool topic_patterns_have_regex(const struct topic_patterns *patterns);

/* Kafka's rule: 1 to 249 of [a-zA-Z0-9._-], neither "." nor "..". */
bool topic_name_is_valid(struct slice name);

/* Whether the topic is Kafka's own: those are never served. */
bool topic_is_internal(struct slice name);

#endif
