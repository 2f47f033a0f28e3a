/*
 * Requests for streams of a configuration, without a server: for unit tests of what is made of them
 * before anything is known of Kafka.
 */
#ifndef SUPPORT_REQUEST_FIXTURE_H
#define SUPPORT_REQUEST_FIXTURE_H

#include "serve/config/config_snapshot.h"
#include "serve/request/stream_request.h"
#include "support/unit.h"

/* Returns a snapshot as a server has it, with one reference. Frees what was `said`. */
static inline struct config_snapshot *snapshot_of_server(struct ksse_config *said)
{
    struct config_snapshot *snapshot;
    assert_int_equal(ksse_config_set(said, "brokers", "localhost:1", NULL), 0);
    assert_int_equal(config_snapshot_new(said, NULL, true, &snapshot, NULL), 0);
    ksse_config_free(said);
    return snapshot;
}

/* Reads the request for route 0 if its path is /fixed, else for route 1. NULL: it is refused. *http
 * borrows `head`. */
static inline struct stream_request *read_head(struct config_snapshot *snapshot, const char *head,
                                               struct http_request *http, struct view *view,
                                               struct refusal *refusal)
{
    size_t scanned = 0;
    size_t len;
    assert_int_equal(http_request_parse(slice_str(head), 4096, &scanned, http, &len),
                     HTTP_PARSE_OK);
    bool is_fixed = slice_eq_str(http->path, "/fixed");
    struct route_target target = {
        .snapshot = snapshot,
        .route = &snapshot->config->routes[is_fixed ? 0 : 1],
        .topics = is_fixed ? slice_of("", 0) : slice_of(http->path.data + 1, http->path.len - 1),
    };
    return stream_request_new(http, &target, view, refusal);
}

#endif
