/*
 * A whole server in this process, on the demo's cluster, and clients of it over real sockets: for
 * unit tests of what only shows there.
 */
#ifndef SUPPORT_DEMO_SERVER_H
#define SUPPORT_DEMO_SERVER_H

#include "support/unit.h"

#include <arpa/inet.h>
#include <kafkasse.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

enum {
    TEXT_LEN = 65536
};

struct demo_setting {
    const char *name;
    const char *value;
};

/* Of a clock that never goes back. */
static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The demo on a port of its own, unless a setting says otherwise. */
static inline struct ksse_config *demo_config(const struct demo_setting *settings, size_t count)
{
    struct ksse_config *config = ksse_config_new();
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set(config, "listen", "127.0.0.1:0", NULL), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ksse_config_set(config, settings[i].name, settings[i].value, NULL), 0);
    }
    return config;
}

/* Frees the configuration. */
static inline struct ksse_server *demo_server_of(struct ksse_config *config)
{
    struct ksse_server *server = NULL;
    struct ksse_error error;
    assert_int_equal(ksse_server_new(config, &server, &error), 0);
    ksse_config_free(config);
    return server;
}

/* Lines from warnings on go to `log`, which may be NULL. */
static inline struct ksse_server *demo_server_new(const struct demo_setting *settings, size_t count,
                                                  ksse_log_fn log)
{
    struct ksse_config *config = demo_config(settings, count);
    ksse_config_set_log(config, KSSE_LOG_WARNING, log, NULL);
    return demo_server_of(config);
}

static inline void *demo_thread(void *server)
{
    return ksse_server_run(server) == 0 ? NULL : server;
}

/* Runs the server on a thread of its own, which demo_join() waits for. */
static inline pthread_t demo_run(struct ksse_server *server)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, demo_thread, server), 0);
    return thread;
}

/* Returns when the server has been stopped and has ended well. */
static inline void demo_join(pthread_t thread)
{
    void *result;
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result);
}

/* Waits as a program with a loop of its own does, then turns the server. */
static inline bool demo_turn(struct ksse_server *server)
{
    struct pollfd watched = {.fd = ksse_server_fd(server), .events = POLLIN};
    assert_true(poll(&watched, 1, ksse_server_timeout_ms(server)) >= 0);
    return ksse_server_turn(server);
}

/* Reading from it waits a minute for bytes at most. */
static inline void demo_be_patient(int fd)
{
    struct timeval patience = {60, 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
}

/* A connection that waits a minute for bytes at most. */
static inline int demo_connect(const struct ksse_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)ksse_server_port(server));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    demo_be_patient(fd);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* A connection on which GET of the path was sent. */
static inline int demo_ask(const struct ksse_server *server, const char *path)
{
    char head[200];
    int fd = demo_connect(server);
    int len = snprintf(head, sizeof(head),
                       "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path);
    assert_int_equal(send(fd, head, (size_t)len, MSG_NOSIGNAL), len);
    return fd;
}

/* Two connected sockets, of which `theirs` waits a minute for bytes at most. */
static inline void demo_make_pair(int *ours, int *theirs)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    demo_be_patient(fds[1]);
    *ours = fds[0];
    *theirs = fds[1];
}

/* Hands one end of a pair over, as of a client that sent this request. Returns the other end. */
static inline int demo_hand_over(struct ksse_server *server,
                                 const struct ksse_stream_request *request)
{
    struct ksse_error error;
    int ours;
    int theirs;
    demo_make_pair(&ours, &theirs);
    assert_int_equal(ksse_serve_fd(server, ours, request, &error), 0);
    return theirs;
}

/* Reads until `text` (of TEXT_LEN bytes) holds `what`, or to the end. */
static inline bool read_until(int fd, const char *what, char *text)
{
    size_t at = 0;
    text[0] = '\0';
    for (;;) {
        if (what != NULL && strstr(text, what) != NULL) {
            return true;
        }
        ssize_t len = at + 1 < TEXT_LEN ? recv(fd, text + at, TEXT_LEN - 1 - at, 0) : 0;
        if (len <= 0) {
            return false;
        }
        at += (size_t)len;
        text[at] = '\0';
    }
}

#endif
