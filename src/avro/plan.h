/*
 * A plan: a schema made ready for reading data with it, as a flat table of nodes in which names and
 * symbols are JSON already. It is made once per schema and does not change: any thread may read it.
 */
#ifndef AVRO_PLAN_H
#define AVRO_PLAN_H

#include "base/buf.h"

enum plan_type {
    PLAN_NULL,
    PLAN_BOOLEAN,
    PLAN_INT,
    PLAN_LONG,
    PLAN_FLOAT,
    PLAN_DOUBLE,
    PLAN_BYTES,
    PLAN_STRING,
    PLAN_FIXED,
    PLAN_ENUM,  /* a part per symbol, with `"symbol"` as its text and no node */
    PLAN_ARRAY, /* one part: the items */
    PLAN_MAP,   /* one part: the values */
    PLAN_UNION, /* a part per branch */
    PLAN_RECORD /* a part per field, with `"name":` as its text */
};

enum {
    PLAN_NO_SCALE = -1
};

struct plan_node {
    enum plan_type type;
    int scale;     /* of a decimal in bytes or fixed; PLAN_NO_SCALE: it is none */
    uint32_t part; /* the first one */
    uint32_t part_count;
    size_t size; /* of a fixed */
};

struct plan_part {
    uint32_t text_at; /* in the plan's texts */
    uint32_t text_len;
    uint32_t node;
    bool is_own_name; /* a field called _kafka */
};

struct plan {
    struct plan_node *nodes;
    struct plan_part *parts;
    struct buf texts;
    uint32_t node_count;
    uint32_t part_count;
    uint32_t root;
    size_t bytes; /* of memory, all in all */
};

enum plan_outcome {
    PLAN_OK,
    PLAN_BAD, /* not a schema, or one that is beyond the limits */
    PLAN_NO_MEMORY
};

enum {
    PLAN_MAX_TEXT = 1 << 20, /* bytes of a schema, those that it refers to included */
    PLAN_MAX_DEPTH = 64,     /* of nesting in a schema's text */
    PLAN_MAX_NAME = 1024,    /* bytes of a type's full name */
    PLAN_MAX_NODES = 20000   /* types in it; libavro takes about a kilobyte for each */
};

/*
 * Makes a plan of a schema's JSON text. With `is_bundle`, the text is an array of schemas, of which
 * later ones may refer to earlier ones by name, and the plan is of the last one. On PLAN_BAD a
 * sentence about it is in `reason`. Any thread; holds a lock of the process while libavro parses.
 */
CHECKED enum plan_outcome plan_new(struct slice text, bool is_bundle, struct plan **out,
                                   char *reason, size_t reason_len);

/* NULL is fine. */
void plan_free(struct plan *plan);

#endif
