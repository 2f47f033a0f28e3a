/* Requests that another server in this process has read: checked and handed to a worker. Any
 * thread. See kafkasse.h. */
#include "base/mem.h"
#include "core/error.h"
#include "serve/server.h"

#include <errno.h>

static int find_peer(int fd, struct sockaddr_storage *peer, struct ksse_error *error)
{
    int type = 0;
    socklen_t type_len = sizeof(type);
    socklen_t peer_len = sizeof(*peer);
    memset(peer, 0, sizeof(*peer));
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 ||
        getpeername(fd, (struct sockaddr *)peer, &peer_len) < 0) {
        error_set(error, "descriptor %d is no connected socket: %s", fd, strerror(errno));
        return KSSE_ESYSTEM;
    }
    if (type != SOCK_STREAM) {
        error_set(error, "descriptor %d is no stream socket", fd);
        return KSSE_ESYSTEM;
    }
    return 0;
}

static int deliver(struct ksse_server *server, struct delivery *delivery, struct ksse_error *error)
{
    size_t turn = atomic_fetch_add(&server->deliveries, 1);
    if (!worker_deliver(server->members[turn % server->crew.count].worker, delivery)) {
        error_set(error, "the server is stopping");
        return KSSE_ESYSTEM;
    }
    return 0;
}

int ksse_serve_fd(struct ksse_server *server, int fd, const struct ksse_stream_request *request,
                  struct ksse_error *error)
{
    struct delivery *delivery = mem_zalloc(sizeof(*delivery));
    if (delivery == NULL) {
        return error_no_memory(error);
    }
    list_init(&delivery->node);
    delivery->fd = fd;
    int result = given_request_init(&delivery->request, server->config, request, error);
    if (result == 0) {
        result = find_peer(fd, &delivery->peer, error);
    }
    if (result == 0) {
        result = deliver(server, delivery, error);
    }
    if (result < 0) {
        delivery_free(delivery);
    }
    return result;
}
