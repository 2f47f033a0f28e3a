/*
 * A server of your own that gives streams away: it reads a request, wants a token, and hands the
 * connection to libkafkasse, which answers it.
 *
 *     cc -o serve_fd serve_fd.c $(pkg-config --cflags --libs libkafkasse) -pthread
 *     ./serve_fd 8080                  # the demo's cluster
 *     ./serve_fd 8080 kafka:9092       # yours
 *     curl -N -H 'Authorization: Bearer sesame' http://localhost:8080/demo.recentchange
 *
 * It reads one request after the other, and takes topics without percent signs only: enough to show
 * the way, too little for the public.
 */
#include <kafkasse.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    HEAD_LEN = 8192,
    FIELDS = 50
};

static void answer(int fd, const char *status)
{
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    close(fd);
}

/* Reads up to the empty line that ends the head. */
static int read_head(int fd, char *head)
{
    size_t len = 0;
    while (len < HEAD_LEN - 1) {
        ssize_t got = recv(fd, head + len, HEAD_LEN - 1 - len, 0);
        if (got <= 0) {
            return -1;
        }
        len += (size_t)got;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return 0;
        }
    }
    return -1;
}

/* Cuts the lines behind the first one into names and values. */
static size_t cut_fields(char *lines, struct ksse_field *fields)
{
    size_t count = 0;
    char *state;
    for (char *line = strtok_r(lines, "\r\n", &state); line != NULL && count < FIELDS;
         line = strtok_r(NULL, "\r\n", &state)) {
        char *colon = strchr(line, ':');
        if (colon != NULL) {
            *colon = '\0';
            fields[count++] = (struct ksse_field){line, colon + 1};
        }
    }
    return count;
}

static int knows_the_token(const struct ksse_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(fields[i].name, "Authorization") == 0) {
            return strcmp(fields[i].value, " Bearer sesame") == 0;
        }
    }
    return 0;
}

static void serve(struct ksse_server *server, int fd)
{
    char head[HEAD_LEN];
    struct ksse_field fields[FIELDS];
    if (read_head(fd, head) < 0 || strncmp(head, "GET /", 5) != 0) {
        answer(fd, "400 Bad Request");
        return;
    }
    char *topics = head + 5;
    char *rest = strchr(topics, '\n') + 1; /* there is an empty line at least */
    topics[strcspn(topics, " \r")] = '\0';
    char *query = strchr(topics, '?');
    if (query != NULL) {
        *query++ = '\0';
    }
    size_t count = cut_fields(rest, fields);
    if (!knows_the_token(fields, count)) {
        answer(fd, "401 Unauthorized");
        return;
    }
    struct ksse_stream_request request = {
        .topics = topics, .query = query, .fields = fields, .field_count = count};
    if (ksse_serve_fd(server, fd, &request, NULL) < 0) {
        answer(fd, "503 Service Unavailable"); /* what was not taken is still ours */
    }
}

static int listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 100) < 0) {
        perror("cannot listen");
        exit(1);
    }
    return fd;
}

static void *run(void *server)
{
    return ksse_server_run(server) == KSSE_OK ? NULL : server;
}

int main(int argc, char **argv)
{
    struct ksse_error error = {"usage: serve_fd PORT [BROKERS]"};
    struct ksse_server *server;
    struct ksse_config *config = ksse_config_new();
    pthread_t thread;
    if (argc < 2 || config == NULL || ksse_config_set(config, "listen", "off", &error) < 0 ||
        ksse_config_set(config, argc > 2 ? "brokers" : "demo", argc > 2 ? argv[2] : "yes", &error) <
            0 ||
        ksse_server_new(config, &server, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    ksse_config_free(config);
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on((int)strtol(argv[1], NULL, 10));
    if (pthread_create(&thread, NULL, run, server) != 0) {
        return 1;
    }
    for (;;) {
        struct timeval patience = {2, 0};
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
            serve(server, fd);
        }
    }
}
