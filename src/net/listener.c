/* The listening socket: see the header. */
#include "net/listener.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,     /* the kernel takes its own maximum when that is less */
    ACCEPTS_A_TURN = 64 /* then streams get their turn */
};

struct listener {
    struct loop *loop;
    struct watch *watch; /* NULL while paused */
    int fd;
    bool is_out_of_descriptors;
    void (*on_accept)(void *opaque, int fd, const struct peer *peer);
    void *opaque;
};

static int close_failed(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* A socket that has the address but does not listen yet, or -1. */
static int bind_one(const struct sockaddr *address, socklen_t len, bool is_shared)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    int off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->sa_family == AF_INET6) {
        /* "All addresses" means IPv4 as well. */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (is_shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0) {
        return close_failed(fd);
    }
    return bind(fd, address, len) < 0 ? close_failed(fd) : fd;
}

static int open_one(const struct sockaddr *address, socklen_t len, bool is_shared)
{
    int fd = bind_one(address, len, is_shared);
    return fd >= 0 && listen(fd, BACKLOG) < 0 ? close_failed(fd) : fd;
}

/*
 * The first socket on an address. Another process of this user that shares the port, too, would
 * silently get a part of our clients: a socket that does not share finds it out.
 */
static int open_first(const struct addrinfo *address, bool is_shared)
{
    if (is_shared) {
        int probe = bind_one(address->ai_addr, address->ai_addrlen, false);
        if (probe < 0) {
            return -1;
        }
        close(probe);
    }
    return open_one(address->ai_addr, address->ai_addrlen, is_shared);
}

static int compare_families(const struct addrinfo *a)
{
    return a->ai_family == AF_INET6 ? 0 : 1;
}

/* Tries what the name stands for, IPv6 first: the wildcard of IPv6 takes IPv4, too. */
static int open_any(const struct addrinfo *found, bool is_shared)
{
    for (int family = 0; family < 2; family++) {
        for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
            int fd = compare_families(a) == family ? open_first(a, is_shared) : -1;
            if (fd >= 0) {
                return fd;
            }
        }
    }
    return -1;
}

int listener_open(const char *host, int port, bool is_shared, char *error, size_t error_len)
{
    char service[16];
    snprintf(service, sizeof(service), "%d", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int result = getaddrinfo(host[0] == '\0' ? NULL : host, service, &hints, &found);
    if (result != 0) {
        snprintf(error, error_len, "cannot listen on '%s': %s", host, gai_strerror(result));
        return -1;
    }
    int fd = open_any(found, is_shared);
    if (fd < 0) {
        snprintf(error, error_len, "cannot listen on %s port %d: %s%s",
                 host[0] == '\0' ? "all addresses," : host, port, strerror(errno),
                 errno == EADDRINUSE ? "; choose another one with --listen ADDR:PORT" : "");
    }
    freeaddrinfo(found);
    return fd;
}

int listener_open_again(int fd, char *error, size_t error_len)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    int again = getsockname(fd, (struct sockaddr *)&address, &len) < 0
                    ? -1
                    : open_one((struct sockaddr *)&address, len, true);
    if (again < 0) {
        snprintf(error, error_len, "cannot listen once more on port %d: %s", listener_port(fd),
                 strerror(errno));
    }
    return again;
}

int listener_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
        return -1;
    }
    return address.ss_family == AF_INET6
               ? ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port)
               : ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
}

static void on_readable(void *opaque)
{
    struct listener *l = opaque;
    for (int i = 0; i < ACCEPTS_A_TURN && l->watch != NULL; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof(address);
        memset(&address, 0, sizeof(address));
        int fd = accept4(l->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            struct peer peer = peer_of(&address);
            l->on_accept(l->opaque, fd, &peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* Level-triggered: without a pause the loop would spin until a descriptor is free. */
            l->is_out_of_descriptors = true;
            listener_pause(l);
            return;
        }
        if (errno == EAGAIN) {
            return;
        }
        /* Else the connection was gone before it was taken: the next one. */
    }
}

struct listener *listener_start(struct loop *loop, int fd,
                                void (*on_accept)(void *opaque, int fd, const struct peer *peer),
                                void *opaque)
{
    struct listener *l = mem_zalloc(sizeof(*l));
    if (l == NULL) {
        close(fd);
        return NULL;
    }
    l->loop = loop;
    l->fd = fd;
    l->on_accept = on_accept;
    l->opaque = opaque;
    listener_resume(l);
    if (l->watch == NULL) {
        listener_stop(l);
        return NULL;
    }
    return l;
}

void listener_pause(struct listener *l)
{
    watch_stop(l->watch);
    l->watch = NULL;
}

void listener_resume(struct listener *l)
{
    l->is_out_of_descriptors = false;
    if (l->watch == NULL) {
        l->watch = watch_start(l->loop, l->fd, on_readable, l);
    }
}

bool listener_is_out_of_descriptors(const struct listener *l)
{
    return l->is_out_of_descriptors;
}

void listener_stop(struct listener *l)
{
    if (l != NULL) {
        watch_stop(l->watch);
        close(l->fd);
        mem_free(l);
    }
}
