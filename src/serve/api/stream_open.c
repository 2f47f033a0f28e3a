/* A stream that the program pulls: which worker it gets. See kafkasse.h and pull.h. */
#include "api/error.h"
#include "serve/api/server.h"
#include "serve/request/given_request.h"
#include "serve/request/pull.h"

int ksse_stream_open(struct ksse_server *server, const struct ksse_stream_request *request,
                     const struct ksse_stream_ops *ops, void *opaque, struct ksse_stream **out,
                     struct ksse_error *error)
{
    struct worker *w = server->members[0].worker;
    struct given_request given;
    if (worker_is_draining(w)) {
        error_set(error, "the server is stopping");
        return KSSE_ESYSTEM;
    }
    struct config_snapshot *snapshot = server_snapshot(server);
    int rc = given_request_init(&given, snapshot, request, error);
    config_snapshot_unref(snapshot); /* the given request has its own reference */
    if (rc < 0) {
        return rc;
    }
    given.http.minor_version = 0; /* so its body is not chunked */
    rc = pull_open(&w->front.exchanges, &given, ops, opaque, out);
    given_request_fini(&given);
    return rc < 0 ? error_no_memory(error) : 0;
}
