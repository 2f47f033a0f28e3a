/*
 * The load: N clients of an event stream in one thread. It counts whole events that carry a mark,
 * and how old each was when it had come. No parsing: it looks for the mark and for the empty line.
 *
 *     clients -l PORT -u PATH -n CLIENTS -c EVENTS [-i LAST-EVENT-ID] [-w SECONDS]
 *
 * Prints "ready" when all have got their response head, and JSON when each has got EVENTS events,
 * or -w seconds (60) are over.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PER_ADDRESS = 15000, /* connections to one port from one source address */
    CONNECTING_MAX = 256,
    READ_BYTES = 256 * 1024,
    READY_EVENTS = 512,
    REQUEST_MAX = 16384
};

struct client {
    int fd;
    bool has_head;
    uint8_t kept; /* bytes of the last read that may begin a mark */
    char keep[MARK_MAX];
    int64_t stamp; /* of the event whose end has not come yet, or -1 */
};

struct load {
    int port;
    const char *path;
    const char *last_id;
    long count;
    long events;
    long wait_s;
    int epoll;
    struct client *clients;
    long with_head;
    long closed;
    long refused;
    int64_t delivered;
    int64_t bytes;
    int64_t began_ns;
    int64_t first_ns;
    int64_t last_ns;
    struct histogram latency;
};

static void read_options(int argc, char **argv, struct load *load)
{
    for (int option; (option = getopt(argc, argv, "l:u:n:c:i:w:")) != -1;) {
        switch (option) {
        case 'l':
            load->port = (int)number_of(optarg, 1);
            break;
        case 'u':
            load->path = optarg;
            break;
        case 'n':
            load->count = number_of(optarg, 1);
            break;
        case 'c':
            load->events = number_of(optarg, 1);
            break;
        case 'i':
            load->last_id = optarg;
            break;
        case 'w':
            load->wait_s = number_of(optarg, 1);
            break;
        default:
            exit(2);
        }
    }
    if (load->port == 0 || load->path == NULL || load->count == 0 || load->events == 0) {
        die("usage: clients -l PORT -u PATH -n CLIENTS -c EVENTS [-i LAST-EVENT-ID] [-w SECONDS]");
    }
}

static void send_request(const struct load *load, int fd)
{
    char request[REQUEST_MAX];
    int len =
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n"
                 "%s%s%s\r\n",
                 load->path, load->port, load->last_id == NULL ? "" : "Last-Event-ID: ",
                 load->last_id == NULL ? "" : load->last_id, load->last_id == NULL ? "" : "\r\n");
    if (len >= (int)sizeof(request) || send(fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
        die("cannot send a request");
    }
}

static void client_open(struct load *load, long index)
{
    struct client *client = &load->clients[index];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)load->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index / PER_ADDRESS));
    int on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client->stamp = -1;
    if (client->fd < 0 ||
        setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) != 0 ||
        bind(client->fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(client->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        die("cannot connect client %ld", index);
    }
    send_request(load, client->fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (fcntl(client->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
        die("cannot watch client %ld", index);
    }
}

/* The first bytes of a response: all that matters is the status. */
static void take_head(struct load *load, struct client *client, const char *data, size_t len)
{
    client->has_head = true;
    load->with_head++;
    load->refused += len < 12 || memcmp(data + 9, "200", 3) != 0;
}

static void take_event(struct load *load, struct client *client, int64_t now)
{
    load->delivered++;
    load->first_ns = load->first_ns == 0 ? now : load->first_ns;
    load->last_ns = now;
    histogram_add(&load->latency, now - client->stamp);
    client->stamp = -1;
}

/* Returns how many bytes at the end are to be shown again with the next ones. */
static size_t scan(struct load *load, struct client *client, const char *data, size_t len)
{
    int64_t now = now_ns();
    const char *end = data + len;
    for (;;) {
        if (client->stamp < 0) {
            size_t keep;
            const char *next = mark_find(data, (size_t)(end - data), &client->stamp, &keep);
            if (next == NULL) {
                return keep;
            }
            data = next;
        }
        const char *blank = memmem(data, (size_t)(end - data), "\n\n", 2);
        if (blank == NULL) {
            return end > data && end[-1] == '\n' ? 1 : 0;
        }
        take_event(load, client, now);
        data = blank + 2;
    }
}

static void client_close(struct load *load, struct client *client)
{
    close(client->fd);
    client->fd = -1;
    load->closed++;
    load->with_head += !client->has_head;
}

static void client_read(struct load *load, struct client *client)
{
    static char buffer[MARK_MAX + READ_BYTES];
    ssize_t got = recv(client->fd, buffer + MARK_MAX, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        client_close(load, client);
        return;
    }
    if (!client->has_head) {
        take_head(load, client, buffer + MARK_MAX, (size_t)got);
    }
    load->bytes += got;
    char *data = buffer + MARK_MAX - client->kept;
    memcpy(data, client->keep, client->kept);
    size_t len = (size_t)got + client->kept;
    size_t kept = scan(load, client, data, len);
    client->kept = (uint8_t)kept;
    memcpy(client->keep, data + len - kept, kept);
}

static void turn(struct load *load, int wait_ms)
{
    struct epoll_event ready[READY_EVENTS];
    int count = epoll_wait(load->epoll, ready, READY_EVENTS, wait_ms);
    for (int i = 0; i < count; i++) {
        client_read(load, ready[i].data.ptr);
    }
}

static void open_all(struct load *load, int64_t deadline)
{
    for (long i = 0; i < load->count; i++) {
        client_open(load, i);
        while (i + 1 - load->with_head > CONNECTING_MAX && now_ns() < deadline) {
            turn(load, 10);
        }
    }
    while (load->with_head < load->count && now_ns() < deadline) {
        turn(load, 10);
    }
    puts("ready");
    fflush(stdout);
}

static void print_result(const struct load *load, double cpu)
{
    double seconds = (double)(load->last_ns - load->first_ns) / 1e9;
    double events = (double)(load->delivered > 0 ? load->delivered : 1);
    printf("{\"clients\":%ld,\"refused\":%ld,\"closed\":%ld,\"expected\":%lld,\"delivered\":%lld,",
           load->count, load->refused, load->closed, (long long)load->count * load->events,
           (long long)load->delivered);
    printf("\"first_ms\":%.2f,\"seconds\":%.4f,\"events_per_s\":%.0f,",
           (double)(load->first_ns - load->began_ns) / 1e6, seconds,
           seconds > 0 ? (double)load->delivered / seconds : 0);
    printf("\"bytes_per_event\":%.0f,\"own_cpu_us_per_event\":%.3f,", (double)load->bytes / events,
           cpu * 1e6 / events);
    histogram_print(&load->latency);
    puts("}");
}

int main(int argc, char **argv)
{
    static struct load load = {.wait_s = 60};
    read_options(argc, argv, &load);
    raise_file_limit();
    load.clients = calloc((size_t)load.count, sizeof(*load.clients));
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.clients == NULL || load.epoll < 0) {
        die("cannot begin");
    }
    load.began_ns = now_ns();
    int64_t deadline = load.began_ns + load.wait_s * 1000000000;
    open_all(&load, deadline);
    double cpu = cpu_seconds();
    while (load.delivered < (int64_t)load.count * load.events && load.closed < load.count &&
           now_ns() < deadline) {
        turn(&load, 100);
    }
    print_result(&load, cpu_seconds() - cpu);
    free(load.clients);
    return 0;
}
