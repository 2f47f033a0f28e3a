/*
 * What a registry answers, read: a schema, or an error. Confluent's HTTP API of a schema registry,
 * `GET /schemas/ids/{id}` and `GET /subjects/{subject}/versions/{version}`. No state; any thread.
 */
#ifndef AVRO_ANSWER_H
#define AVRO_ANSWER_H

#include "core/json/json.h"

struct answer {
    struct slice schema; /* still escaped; borrows the body. data NULL: there is none */
    bool is_avro;        /* false: it is of another type, such as JSON or PROTOBUF */
    bool has_references;
    struct json_reader references; /* for answer_next_reference() */
};

struct answer_reference {
    struct slice subject; /* still escaped; borrows the body */
    int64_t version;
};

/* False when the body, which is borrowed, is no JSON object. */
CHECKED bool answer_read(struct slice body, struct answer *out);

/* The error_code of an error's body; 0 when it has none. */
int64_t answer_error_code(struct slice body);

/* The next schema that this one refers to: 1, 0 when there is no more, -1 when it is none. */
CHECKED int answer_next_reference(struct json_reader *references, struct answer_reference *out);

#endif
