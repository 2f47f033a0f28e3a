/*
 * Clients that stop reading: all read the head of their stream, then nothing until a line comes on
 * stdin, then everything, and every byte of it is checked (event_check.h).
 *
 *     stalled -l PORT -u /TOPIC -n CLIENTS -c RECORDS [-f FIRST] [-k STEP] [-m WRAP] [-b BYTES]
 *             [-w SECONDS] [-g]
 *
 * The topic has one partition and holds records 0 to RECORDS - 1 in the end. Client i is to get
 * all from FIRST + i * STEP on, with -m from FIRST + i % WRAP * STEP on. With -k it asks for that
 * with its Last-Event-ID; without, it starts at latest, and FIRST is the record that comes next. -b
 * is the receive buffer, -g goes at once.
 *
 * Prints "ready" when all have their head, and JSON when all have come to the end or SECONDS (120)
 * are over. One thread, epoll.
 */
#include "bench.h"
#include "dial.h"
#include "event_check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADLESS_MAX = 256, /* that wait for their head at a time */
    READY_EVENTS = 512,
    HEAD_READ = 512,
    READ_BYTES = 256 * 1024
};

struct client {
    int fd;           /* -1: closed */
    uint8_t head_end; /* how much of the empty line behind the head has come */
    bool has_head;
    bool is_complete;
    struct event_check check;
};

struct load {
    int port;
    const char *path;
    long count;
    long records;
    long first;
    long step; /* -1: from latest */
    long wrap;
    int receive_buffer;
    long wait_s;
    bool is_at_once;
    int epoll;
    struct client *clients;
    long with_head;
    long refused;
    long complete;
    long closed; /* by the server, before they were complete */
    long cut;    /* of these, within a frame */
    int64_t bytes;
    bool is_reading; /* the pause is over */
    struct findings found;
};

static void take_option(int option, struct load *load)
{
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
        load->records = number_of(optarg, 1);
        break;
    case 'f':
        load->first = number_of(optarg, 0);
        break;
    case 'k':
        load->step = number_of(optarg, 0);
        break;
    case 'm':
        load->wrap = number_of(optarg, 1);
        break;
    case 'b':
        load->receive_buffer = (int)number_of(optarg, 1);
        break;
    case 'w':
        load->wait_s = number_of(optarg, 1);
        break;
    case 'g':
        load->is_at_once = true;
        break;
    default:
        exit(2);
    }
}

static void read_options(int argc, char **argv, struct load *load)
{
    for (int option; (option = getopt(argc, argv, "l:u:n:c:f:k:m:b:w:g")) != -1;) {
        take_option(option, load);
    }
    if (load->port == 0 || load->path == NULL || load->count == 0 || load->records == 0) {
        die("usage: stalled -l PORT -u /TOPIC -n CLIENTS -c RECORDS [-f FIRST] [-k STEP] "
            "[-m WRAP] [-b BYTES] [-w SECONDS] [-g]");
    }
}

static void watch(struct load *load, struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(load->epoll, operation, client->fd, &event) != 0) {
        die("epoll_ctl");
    }
}

static void client_open(struct load *load, long index)
{
    char request[REQUEST_MAX];
    char id[256];
    struct client *client = &load->clients[index];
    long first = load->first + index % load->wrap * (load->step > 0 ? load->step : 0);
    event_check_init(&client->check, first);
    snprintf(id, sizeof(id), "[{\"topic\":\"%s\",\"partition\":0,\"offset\":%ld}]", load->path + 1,
             first);
    client->fd = dial(load->port, index, load->receive_buffer);
    size_t len = request_write(request, load->path, load->step < 0 ? NULL : id);
    send_all_of(client->fd, request, len);
    watch(load, client, EPOLL_CTL_ADD, EPOLLIN);
}

static void client_close(struct load *load, struct client *client)
{
    close(client->fd);
    client->fd = -1;
    load->closed += !client->is_complete;
    load->cut += !event_check_is_whole(&client->check);
    load->with_head += !client->has_head;
}

/* Returns how many of the bytes belong to the head. */
static size_t take_head(struct load *load, struct client *client, const char *data, size_t len)
{
    static const char end[] = "\r\n\r\n";
    for (size_t i = 0; i < len; i++) {
        bool is_next = data[i] == end[client->head_end];
        client->head_end = (uint8_t)(is_next ? client->head_end + 1 : data[i] == '\r');
        if (client->head_end == 4) {
            client->has_head = true;
            load->with_head++;
            return i + 1;
        }
    }
    return len;
}

static void take_body(struct load *load, struct client *client, const char *data, size_t len)
{
    event_check_take(&client->check, &load->found, data, len);
    if (!client->is_complete && client->check.next >= load->records &&
        event_check_is_whole(&client->check)) {
        client->is_complete = true;
        load->complete++;
    }
}

static void client_read(struct load *load, struct client *client)
{
    static char buffer[READ_BYTES];
    bool is_first = !client->has_head && client->head_end == 0;
    ssize_t got = recv(client->fd, buffer, client->has_head ? READ_BYTES : HEAD_READ, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        client_close(load, client);
        return;
    }
    load->bytes += got;
    load->refused += is_first && (got < 12 || memcmp(buffer + 9, "200", 3) != 0);
    size_t head = client->has_head ? 0 : take_head(load, client, buffer, (size_t)got);
    take_body(load, client, buffer + head, (size_t)got - head);
    if (client->has_head && !load->is_reading) {
        watch(load, client, EPOLL_CTL_MOD, 0);
    }
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

static void read_again(struct load *load)
{
    if (load->is_at_once) {
        return;
    }
    if (getchar() == EOF) {
        exit(1);
    }
    load->is_reading = true;
    for (long i = 0; i < load->count; i++) {
        if (load->clients[i].fd >= 0) {
            watch(load, &load->clients[i], EPOLL_CTL_MOD, EPOLLIN);
        }
    }
}

static void print_result(const struct load *load, double seconds)
{
    const struct findings *found = &load->found;
    printf("{\"clients\":%ld,\"refused\":%ld,\"complete\":%ld,\"closed\":%ld,\"cut\":%ld,",
           load->count, load->refused, load->complete, load->closed, load->cut);
    printf("\"records\":%ld,\"missing\":%ld,\"twice\":%ld,\"gaps\":%ld,\"malformed\":%ld,",
           found->records, found->missing, found->twice, found->gaps, found->malformed);
    printf("\"bytes\":%lld,\"seconds\":%.3f}\n", (long long)load->bytes, seconds);
}

int main(int argc, char **argv)
{
    static struct load load = {.step = -1, .wrap = LONG_MAX, .wait_s = 120};
    read_options(argc, argv, &load);
    raise_file_limit();
    load.clients = calloc((size_t)load.count, sizeof(*load.clients));
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.clients == NULL || load.epoll < 0) {
        die("cannot begin");
    }
    load.is_reading = load.is_at_once;
    int64_t began = now_ns();
    open_all(&load, began + load.wait_s * 1000000000);
    read_again(&load);
    began = load.is_at_once ? began : now_ns();
    while (load.complete + load.closed < load.count &&
           now_ns() < began + load.wait_s * 1000000000) {
        turn(&load, 100);
    }
    print_result(&load, (double)(now_ns() - began) / 1e9);
    free(load.clients);
    return 0;
}
