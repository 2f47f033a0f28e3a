/*
 * Reads what a registry answers: a schema, or an error. Confluent's HTTP API of a schema registry,
 * `GET /schemas/ids/{id}` and `GET /subjects/{subject}/versions/{version}`. No state; any thread.
 */
#ifndef AVRO_REGISTRY_ANSWER_H
#define AVRO_REGISTRY_ANSWER_H

#include "api/error.h"
#include "core/json/json.h"

struct registry_answer {
    struct slice schema; /* still escaped; borrows the body. data NULL: there is none */
    bool is_avro;        /* false: it is of another type, such as JSON or PROTOBUF */
    bool has_references;
    struct json_reader references; /* for answer_next_reference() */
};

struct registry_reference {
    struct slice subject; /* still escaped; borrows the body */
    int64_t version;
};

/* KSSE_EVALUE when the body, which is borrowed, is no JSON object. */
CHECKED int registry_answer_read(struct slice body, struct registry_answer *out);

/* The error_code of an error's body; 0 when it has none. */
int64_t registry_answer_error_code(struct slice body);

enum registry_references_step {
    REFERENCES_NEXT, /* it is in *out */
    REFERENCES_END,  /* there are no more */
    REFERENCES_BAD   /* what comes next is no reference */
};

/* The next schema that this one refers to. */
CHECKED enum registry_references_step
registry_answer_next_reference(struct json_reader *references, struct registry_reference *out);

#endif
