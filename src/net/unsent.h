/*
 * What a connection is still to send: copied bytes, and behind them perhaps some that are lent. One
 * thread.
 */
#ifndef NET_UNSENT_H
#define NET_UNSENT_H

#include "base/assert.h"
#include "base/buf.h"
#include "base/shared.h"

struct unsent {
    struct buf out;
    size_t out_at;         /* of `out`: so much of it was sent */
    struct slice lent;     /* goes behind `out` */
    struct shared *lender; /* of `lent`; NULL: it lives for ever */
};

/* Copies bytes to the end; *at may be NULL, and is made then. False without memory. Nothing may be
 * lent. */
CHECKED bool unsent_append(struct unsent **at, struct slice data);

/* Puts bytes at the end that stay where they are. It has a reference to `lender`, if that is not
 * NULL. False without memory. */
CHECKED bool unsent_lend(struct unsent **at, struct slice data, struct shared *lender);

/* The first bytes, never none. */
struct slice unsent_first(const struct unsent *u);

/* So many of the first bytes were sent. With the last of all, *at is freed and NULL. */
void unsent_take(struct unsent **at, size_t len);

/* Frees all; *at is NULL then, and may be before. */
void unsent_free(struct unsent **at);

#endif
