/*
 * An answer of the server's own URLs while it is being sent, rendered once for all that get it:
 * connections are lent its bytes. Clients that do not read would pin them, so all answers of a
 * worker have a budget: who has not read for longest is broken off when it is exceeded. On the
 * worker's thread.
 */
#ifndef SERVE_REQUEST_ANSWER_H
#define SERVE_REQUEST_ANSWER_H

#include "base/buf.h"
#include "base/list.h"
#include "base/shared.h"

struct exchanges;

struct answer {
    struct shared shared;
    struct list node; /* of the exchanges' answers */
    struct exchanges *exchanges;
    struct buf body;
};

/* Returns a new answer with one reference, whose body is what *body held. NULL without memory.
 * *body is empty then, too. */
CHECKED struct answer *answer_new(struct exchanges *xs, struct buf *body);

/* NULL is fine. */
void answer_unref(struct answer *answer);

#endif
