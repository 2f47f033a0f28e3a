/*
 * One GET at a time over HTTP, through libcurl, which another thread may break off. Redirects are
 * not followed, and no protocol but http and https is spoken. One thread, but for http_abort().
 */
#ifndef HTTPC_HTTP_GET_H
#define HTTPC_HTTP_GET_H

#include "base/buf.h"

enum {
    HTTP_MAX_ANSWER = 1 << 20,
    HTTP_REASON_LEN = 256
};

enum http_outcome {
    HTTP_ANSWERED,  /* whatever the status is */
    HTTP_TOO_LARGE, /* the answer is over HTTP_MAX_ANSWER */
    HTTP_FAILED,    /* no answer: a sentence says why */
    HTTP_NO_MEMORY
};

struct http_options {
    const char *base;  /* a URL of http or https, without query and fragment; its user and password
                          are sent as basic authentication */
    const char *token; /* sent as bearer authentication; NULL or empty: none */
    const char *ca_file; /* of certificates of authorities, in PEM, which are trusted instead of the
                            system's; NULL or empty: the system's */
    int timeout_ms;      /* for a whole answer */
};

struct http_getter;

/*
 * Returns a new one in *out; copies what it keeps. -1 with a sentence in `error` when the base is
 * no such URL, it has a user and there is a token, too, the file cannot be read, or there is no
 * memory.
 */
CHECKED int http_getter_new(const struct http_options *options, struct http_getter **out,
                            char *error, size_t error_len);

/* The base as it may be shown: without user and password, and without a slash at its end. Lives as
 * long as the getter. */
const char *http_getter_base(const struct http_getter *getter);

/*
 * Gets base + path, which begins with a slash. The body, empty at first, goes to `body`; *status
 * is HTTP's, when there is an answer, also one that is too large. `reason`: HTTP_REASON_LEN bytes.
 */
CHECKED enum http_outcome http_get(struct http_getter *getter, const char *path, struct buf *body,
                                   long *status, char *reason);

/* Appends `text` as a segment of a path, percent-encoded where need be. */
void http_append_segment(struct buf *path, struct slice text);

/* Any thread: what is under way, and each later http_get(), fails at once. */
void http_abort(struct http_getter *getter);

/* NULL is fine. */
void http_getter_free(struct http_getter *getter);

#endif
