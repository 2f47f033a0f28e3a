/*
 * Requests for streams of a configuration, without a server: for unit tests of what is made of them
 * before anything is known of Kafka.
 */
#ifndef SUPPORT_REQUEST_FIXTURE_H
#define SUPPORT_REQUEST_FIXTURE_H

#include "serve/config/compiled_route.h"
#include "serve/request/stream_request.h"
#include "support/unit.h"

/* Returns the configuration as a server has it, to be freed. Frees what was `said`. */
static inline struct ksse_config *config_of_server(struct ksse_config *said)
{
    struct ksse_config *config;
    assert_int_equal(config_copy(said, &config), 0);
    assert_int_equal(compiled_routes_make(config, true, NULL), 0);
    ksse_config_free(said);
    return config;
}

/* Reads the request for route 1 if its path is /fixed, else for route 0. NULL: it is refused. *http
 * borrows `head`. */
static inline struct stream_request *read_head(const struct ksse_config *config, const char *head,
                                               struct http_request *http, struct view *view,
                                               struct refusal *refusal)
{
    size_t scanned = 0;
    size_t len;
    assert_int_equal(http_request_parse(slice_str(head), 4096, &scanned, http, &len),
                     HTTP_PARSE_OK);
    bool is_fixed = slice_eq_str(http->path, "/fixed");
    struct slice topics =
        is_fixed ? slice_of("", 0) : slice_of(http->path.data + 1, http->path.len - 1);
    return stream_request_new(config, http, &config->routes[is_fixed ? 1 : 0], topics, view,
                              refusal);
}

#endif
