/*
 * Clients with many different subscriptions: as bench-clients, but with thousands of ids from a
 * file, and it only counts events.
 *
 *     subscribers -l PORT -u PATH -n CLIENTS -c EVENTS [-f FILE] [-w SECONDS]
 *
 * The clients take the lines of FILE in turn as their Last-Event-ID. Prints "ready" when all have
 * their head, and JSON when EVENTS events have come to all of them together, or SECONDS (60) are
 * over. One thread, epoll.
 */
#include "bench.h"
#include "dial.h"
#include "event_scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADLESS_MAX = 256, /* that wait for their head at a time */
    READY_EVENTS = 512,
    READ_BYTES = 256 * 1024
};

struct client {
    int fd;
    bool has_head;
    struct event_scan scan;
};

struct load {
    int port;
    const char *path;
    long count;
    long events;
    long wait_s;
    const char *file;
    char **ids;
    long id_count;
    int epoll;
    struct client *clients;
    long with_head;
    long refused;
    long closed;
    int64_t delivered;
    int64_t bytes;
};

static void read_options(int argc, char **argv, struct load *load)
{
    for (int option; (option = getopt(argc, argv, "l:u:n:c:f:w:")) != -1;) {
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
        case 'f':
            load->file = optarg;
            break;
        case 'w':
            load->wait_s = number_of(optarg, 1);
            break;
        default:
            exit(2);
        }
    }
    if (load->port == 0 || load->path == NULL || load->count == 0 || load->events == 0) {
        die("usage: subscribers -l PORT -u PATH -n CLIENTS -c EVENTS [-f FILE] [-w SECONDS]");
    }
}

static void read_ids(struct load *load)
{
    FILE *file = fopen(load->file, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    if (file == NULL) {
        die("%s", load->file);
    }
    while ((len = getline(&line, &room, file)) > 0) {
        line[len - 1] = '\0';
        load->ids = realloc(load->ids, (size_t)(load->id_count + 1) * sizeof(*load->ids));
        if (load->ids == NULL || (load->ids[load->id_count++] = strdup(line)) == NULL) {
            die("no memory");
        }
    }
    free(line);
    fclose(file);
}

static void client_open(struct load *load, long index)
{
    char request[REQUEST_MAX];
    struct client *client = &load->clients[index];
    const char *id = load->id_count == 0 ? NULL : load->ids[index % load->id_count];
    event_scan_init(&client->scan);
    client->fd = dial(load->port, index, 0);
    send_all_of(client->fd, request, request_write(request, load->path, id));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
        die("epoll_ctl");
    }
}

static void take_event(void *arg, int64_t stamp)
{
    struct load *load = arg;
    (void)stamp;
    load->delivered++;
}

static void client_read(struct load *load, struct client *client)
{
    static char buffer[MARK_MAX + READ_BYTES];
    ssize_t got = recv(client->fd, buffer + MARK_MAX, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (!client->has_head) {
        client->has_head = true;
        load->with_head++;
        load->refused += got < 12 || memcmp(buffer + MARK_MAX + 9, "200", 3) != 0;
    }
    if (got <= 0) {
        close(client->fd);
        load->closed++;
        return;
    }
    load->bytes += got;
    event_scan_take(&client->scan, buffer + MARK_MAX, (size_t)got, true, take_event, load);
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
        while (i + 1 - load->with_head > HEADLESS_MAX && now_ns() < deadline) {
            turn(load, 10);
        }
    }
    while (load->with_head < load->count && now_ns() < deadline) {
        turn(load, 10);
    }
    puts("ready");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct load load = {.wait_s = 60};
    read_options(argc, argv, &load);
    raise_file_limit();
    if (load.file != NULL) {
        read_ids(&load);
    }
    load.clients = calloc((size_t)load.count, sizeof(*load.clients));
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.clients == NULL || load.epoll < 0) {
        die("cannot begin");
    }
    int64_t deadline = now_ns() + load.wait_s * 1000000000;
    open_all(&load, deadline);
    while (load.delivered < load.events && load.closed < load.count && now_ns() < deadline) {
        turn(&load, 100);
    }
    printf("{\"clients\":%ld,\"refused\":%ld,\"closed\":%ld,\"expected\":%ld,\"delivered\":%lld,"
           "\"bytes\":%lld}\n",
           load.count, load.refused, load.closed, load.events, (long long)load.delivered,
           (long long)load.bytes);
    for (long i = 0; i < load.id_count; i++) {
        free(load.ids[i]);
    }
    free(load.ids);
    free(load.clients);
    return 0;
}
