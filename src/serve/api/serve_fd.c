/* Requests that another server in this process has read: checked and handed to a worker. Any
 * thread. See kafkasse.h. */
#include "base/mem.h"
#include "api/error.h"
#include "serve/api/server.h"

#include <errno.h>

static int find_peer(int fd, struct peer *peer, struct ksse_error *error)
{
    int type = 0;
    socklen_t type_len = sizeof(type);
    struct sockaddr_storage address;
    socklen_t address_len = sizeof(address);
    memset(&address, 0, sizeof(address));
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 ||
        getpeername(fd, (struct sockaddr *)&address, &address_len) < 0) {
        error_set(error, "descriptor %d is no connected socket: %s", fd, strerror(errno));
        return KSSE_ESYSTEM;
    }
    if (type != SOCK_STREAM) {
        error_set(error, "descriptor %d is no stream socket", fd);
        return KSSE_ESYSTEM;
    }
    *peer = peer_of(&address);
    return 0;
}

static int deliver(struct ksse_server *server, struct handoff *handoff, struct ksse_error *error)
{
    size_t turn = atomic_fetch_add(&server->handoffs, 1);
    int rc = worker_hand_over(server->members[turn % server->group.count].worker, handoff);
    if (rc < 0) {
        error_set(error, "the server is stopping");
    }
    return rc;
}

int ksse_serve_fd(struct ksse_server *server, int fd, const struct ksse_stream_request *request,
                  struct ksse_error *error)
{
    struct handoff *handoff = mem_zalloc(sizeof(*handoff));
    if (handoff == NULL) {
        return error_no_memory(error);
    }
    list_init(&handoff->node);
    handoff->fd = fd;
    struct config_snapshot *snapshot = server_snapshot(server);
    int rc = given_request_init(&handoff->request, snapshot, request, error);
    config_snapshot_unref(snapshot); /* the given request has its own reference */
    if (rc == 0) {
        rc = find_peer(fd, &handoff->peer, error);
    }
    if (rc == 0) {
        rc = deliver(server, handoff, error);
    }
    if (rc < 0) {
        handoff_free(handoff);
    }
    return rc;
}
