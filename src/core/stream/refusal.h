/*
 * Refusals: why a client does not get a stream, with the answers in one table. No I/O; any thread.
 */
#ifndef CORE_STREAM_REFUSAL_H
#define CORE_STREAM_REFUSAL_H

#include "base/buf.h"

enum refusal_code {
    REFUSED_NOT, /* not refused */
#define REFUSAL(code, status, name, sentence) REFUSED_##code,
#include "core/stream/refusal.def"
#undef REFUSAL
    REFUSAL_COUNT
};

struct refusal {
    enum refusal_code code;
    struct buf message; /* empty: the table's sentence */
    struct buf extra;   /* further JSON members, each with a comma before it; may be empty */
    int status;         /* 0: the table's */
};

#define REFUSAL_INIT                                                                               \
    (struct refusal)                                                                               \
    {                                                                                              \
        REFUSED_NOT, BUF_INIT, BUF_INIT, 0                                                         \
    }

void refusal_fini(struct refusal *r);

/* The status of the table. */
int refusal_status(enum refusal_code code);

/* The status to answer with. */
int refusal_http_status(const struct refusal *r);

const char *refusal_name(enum refusal_code code);

/* Appends KafkaSSE's error object: {"message","origin","name","statusCode"} and the extra members.
 */
void refusal_append_json(const struct refusal *r, struct buf *out);

#endif
