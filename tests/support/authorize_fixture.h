/* An authorize callback that does what a script says, and requests that it decides on. */
#ifndef SUPPORT_AUTHORIZE_FIXTURE_H
#define SUPPORT_AUTHORIZE_FIXTURE_H

#include "serve/request/authorize.h"
#include "support/request_fixture.h"

/* What the callback does, and how often it was called. */
struct script {
    int answer;
    const char *narrow[2];
    const char *filter;
    const char *sentence;
    int results[3]; /* of the narrowings and the filter */
    int calls;
    void (*look)(struct ksse_request *request);
};

static const char plain[] = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

static inline int on_authorize(void *opaque, struct ksse_request *request)
{
    struct script *script = opaque;
    script->calls++;
    if (script->look != NULL) {
        script->look(request);
    }
    for (int i = 0; i < 2; i++) {
        if (script->narrow[i] != NULL) {
            script->results[i] = ksse_request_narrow(request, script->narrow[i]);
        }
    }
    if (script->filter != NULL) {
        script->results[2] = ksse_request_add_filter(request, script->filter);
    }
    if (script->sentence != NULL) {
        ksse_request_explain(request, script->sentence);
    }
    return script->answer;
}

static inline struct config_snapshot *new_snapshot(struct script *script)
{
    struct ksse_config *said = ksse_config_new();
    assert_int_equal(ksse_config_set_alias(said, "pair", "x,y", NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/fixed", "topics", "n,m", NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/fixed", "headers", "yes", NULL), 0);
    assert_int_equal(ksse_config_set_route(said, "/{topics}", "topics", "^[a-z]", NULL), 0);
    ksse_config_set_authorize(said, on_authorize, script);
    return snapshot_of_server(said);
}

static const struct peer nobody;

/* Returns what authorize() did, or 1 when the request was refused before. *out may be NULL. */
static inline int ask(struct config_snapshot *snapshot, const char *head, const struct peer *peer,
                      struct stream_request **out, struct refusal *refusal)
{
    struct http_request http;
    struct view view;
    struct stream_request *r = read_head(snapshot, head, &http, &view, refusal);
    if (r == NULL) {
        return 1;
    }
    int result = authorize(snapshot->config, &http, peer, r, refusal);
    if (out != NULL) {
        *out = r;
    } else {
        stream_request_free(r);
    }
    return result;
}

#endif
