/* Connections of the load programs: see the header. */
#include "dial.h"

#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void bind_to(int fd, long index)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index % DIAL_ADDRESSES));
    int on = 1; /* the port is chosen in connect(), for this destination alone */
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0) {
        die("cannot bind connection %ld", index);
    }
}

int dial(int port, long index, int receive_buffer)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        die("no socket for connection %ld", index);
    }
    if (receive_buffer > 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) != 0) {
        die("SO_RCVBUF");
    }
    bind_to(fd, index);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        die("cannot connect %ld", index);
    }
    return fd;
}

size_t request_write(char *out, const char *path, const char *last_id)
{
    int len =
        snprintf(out, REQUEST_MAX,
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                 "%s%s%s\r\n",
                 path, last_id == NULL ? "" : "Last-Event-ID: ", last_id == NULL ? "" : last_id,
                 last_id == NULL ? "" : "\r\n");
    if (len < 0 || len >= REQUEST_MAX) {
        errno = 0;
        die("a request of more than %d bytes", REQUEST_MAX);
    }
    return (size_t)len;
}

void send_all_of(int fd, const char *data, size_t len)
{
    if (len > 0 && send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len) {
        die("cannot send a request");
    }
}

void reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
}
