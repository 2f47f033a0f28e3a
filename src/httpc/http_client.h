/*
 * A client of one HTTP server, through libcurl: one GET at a time, on a thread that may block.
 *
 * What a server can do to us is bounded: an answer takes `timeout_ms` at most, from resolving the
 * name to the last byte, and has at most `max_bytes`. Redirects are not followed, so credentials
 * never go elsewhere: their status is the answer. No protocol but http and https is spoken. The
 * certificate of an https server is verified, and so is the name in it.
 *
 * One thread, but for http_client_abort().
 */
#ifndef HTTPC_HTTP_CLIENT_H
#define HTTPC_HTTP_CLIENT_H

#include "api/error.h"
#include "base/buf.h"

enum http_client_outcome {
    HTTP_CLIENT_ANSWERED,  /* whatever the status is */
    HTTP_CLIENT_TOO_LARGE, /* the answer has more than max_bytes; its status is known */
    HTTP_CLIENT_FAILED,    /* no answer, or only a part of one: a sentence says why */
    HTTP_CLIENT_NO_MEMORY
};

struct http_client_options {
    const char *base;  /* a URL of http or https, without query and fragment; its user and password
                          are sent as basic authentication */
    const char *token; /* sent as bearer authentication; NULL or empty: none */
    const char *ca_file; /* of certificates of authorities, in PEM, which are trusted instead of the
                            system's; NULL or empty: the system's */
    const char *accept;  /* of the field Accept; NULL: the field is not sent */
    size_t max_bytes;    /* of an answer's body, 1 at least */
    int timeout_ms;      /* for a whole answer, 1 at least */
    /* What sentences about mistakes call things, for instance "schema registry" and the setting
     * "schema-ca". Static. */
    const char *server_name;
    const char *ca_setting;
};

struct http_client;

/*
 * Returns a new one in *out; copies what it keeps, and connects to nobody yet. KSSE_EVALUE when the
 * base is no such URL, when it has a user and there is a token, too, or when the file cannot be
 * read; KSSE_ENOMEM; KSSE_ESYSTEM when libcurl cannot be set up.
 */
CHECKED int http_client_new(const struct http_client_options *options, struct http_client **out,
                            struct ksse_error *error);

/* The base as it may be shown: without user and password, and without a slash at its end. Lives as
 * long as the client. */
const char *http_client_base(const struct http_client *client);

/*
 * Gets base + path, which begins with a slash. ANSWERED: the body is in `body`, whose former
 * content goes, and HTTP's status in *status. TOO_LARGE: the same, with the first part of the body.
 * FAILED: *error says why.
 */
CHECKED enum http_client_outcome http_client_get(struct http_client *client, const char *path,
                                                 struct buf *body, long *status,
                                                 struct ksse_error *error);

/* Appends `text` as a segment of a path, percent-encoded where need be. */
void http_client_append_segment(struct buf *path, struct slice text);

/* Any thread: what is under way, and each later http_client_get(), fails at once. */
void http_client_abort(struct http_client *client);

/* NULL is fine. */
void http_client_free(struct http_client *client);

#endif
