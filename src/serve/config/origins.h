/*
 * Web origins whose pages may read what the server answers, as cors-origin lists them, and whether
 * an Origin is one of them. No I/O; once parsed, any number of threads may ask. Source: RFC 6454,
 * the Fetch standard's CORS protocol.
 */
#ifndef SERVE_CONFIG_ORIGINS_H
#define SERVE_CONFIG_ORIGINS_H

#include "base/assert.h"
#include "base/slice.h"

#include <kafkasse.h>

/* All zero is the empty list, which nobody is in. */
struct origins {
    char *text;          /* the list as it was given; NULL for the empty list */
    bool takes_any;      /* it is * */
    bool takes_loopback; /* has the word loopback: pages of this machine */
    bool takes_null;     /* has the word null: files, sandboxed frames of any page */
    bool follows_listen; /* it is auto: * or loopback, depending on the setting listen */
};

/*
 * Reads a comma list of origins as browsers send them (https://example.org, http://[::1]:3000), of
 * the words loopback and null; or * or auto alone. KSSE_EVALUE with a sentence, KSSE_ENOMEM; *out
 * is untouched then.
 */
CHECKED int origins_parse(struct slice text, struct origins *out, struct ksse_error *error);

/* Makes *to, which is uninitialised, a copy. KSSE_ENOMEM: it is all zero then. */
CHECKED int origins_copy(struct origins *to, const struct origins *from);

/* Leaves the empty list. */
void origins_fini(struct origins *origins);

/* Whether pages of `origin`, the value of the field Origin, may read. It is a good field value
 * then, whatever it was taken from. */
bool origins_admit(const struct origins *origins, struct slice origin);

#endif
