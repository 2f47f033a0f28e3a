/*
 * A stream request: what a request asks for, read and checked as far as that goes without knowing
 * the cluster. One thread.
 */
#ifndef SERVE_REQUEST_STREAM_REQUEST_H
#define SERVE_REQUEST_STREAM_REQUEST_H

#include "core/stream/assignment.h"
#include "core/filter/selection.h"
#include "core/stream/view.h"
#include "feed/feed.h"
#include "http/request.h"
#include "serve/config/config_snapshot.h"
#include "serve/request/grant.h"

struct stream_request {
    struct config_snapshot *snapshot; /* the reference keeps its route */
    size_t route_index;
    const struct route_config *route;
    struct assignments assignments;
    struct start otherwise;      /* for what has no start of its own: ?since= or default-start */
    struct grant grant;          /* what the embedding program lets it see */
    size_t rendering;            /* the feed's, of the route */
    struct selection *selection; /* what it wants to see of records */
    size_t max_id_len; /* so long may ids become: their client sends the same head with one */
    bool is_json;      /* NDJSON labelled application/json, as KafkaSSE did */
    bool is_head;
    bool is_begun;      /* the response's head was sent */
    bool was_refreshed; /* metadata was asked for because of it */
    bool is_overdue;    /* ... and did not come in time */
};

/*
 * Reads a request for a route. Returns a new request, which refers to the target's snapshot, and
 * fills *view; or NULL with *refusal filled. Nothing of `http` is kept.
 */
CHECKED struct stream_request *stream_request_new(const struct http_request *http,
                                                  const struct route_target *target,
                                                  struct view *view, struct refusal *refusal);

/* NULL is fine. */
void stream_request_free(struct stream_request *r);

/* Whether the topic may be served to it, by its route and its grant. */
bool stream_request_allows(const struct stream_request *r, const char *topic);

/* Whether the cluster should be asked once more: some topic that may be served, or a partition of
 * it, is not known, and that alone decides. */
bool stream_request_may_exist(const struct stream_request *r, const struct feed *feed);

#endif
