/*
 * The load: N clients of an event stream in one thread. It counts whole events that carry a mark,
 * how old each was when it had come, and how far apart the clients got the same event.
 *
 *     clients -l PORT {-u PATH | -p FILE} -n CLIENTS -c EVENTS [-i LAST-EVENT-ID]... [-f FILE] [-t]
 *             [-w SECONDS] [-q] [-o FILE]
 *
 * With several -i, or the lines of -f FILE, the clients take these ids in turn, and so the paths
 * that are the lines of -p FILE. Prints "ready" when all have got their response head, and JSON
 * when each has got EVENTS events (-t: when so many have come to all together), or -w seconds (60)
 * are over. -q only counts, at a sixth of the cost. -o writes for each event its stamp and its age
 * as two int64.
 */
#include "bench.h"
#include "dial.h"
#include "event_scan.h"
#include "fan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTING_MAX = 256,
    READ_BYTES = 256 * 1024,
    READY_EVENTS = 512
};

struct client {
    int fd;
    bool has_head;
    struct event_scan scan;
};

/* What the clients take in turn. */
struct words {
    char **each;
    long count;
};

struct load {
    int port;
    struct words paths;
    struct words last_ids;
    long count;
    long events;
    bool is_total; /* `events` is for all clients together */
    long wait_s;
    bool is_quick;
    FILE *ages;
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
    int64_t now; /* when the bytes that are being looked at had come */
    struct histogram latency;
    struct fan fan;
};

static void add_word(struct words *words, const char *word)
{
    words->each = realloc(words->each, (size_t)(words->count + 1) * sizeof(char *));
    if (words->each == NULL || (words->each[words->count++] = strdup(word)) == NULL) {
        die("no memory");
    }
}

static void add_lines_of(struct words *words, const char *name)
{
    FILE *file = fopen(name, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    if (file == NULL) {
        die("%s", name);
    }
    while ((len = getline(&line, &room, file)) > 0) {
        line[len - 1] = '\0';
        add_word(words, line);
    }
    free(line);
    fclose(file);
}

/* The word of the client `index`, or NULL when there are none. */
static const char *word_of(const struct words *words, long index)
{
    return words->count == 0 ? NULL : words->each[index % words->count];
}

static void free_words(struct words *words)
{
    for (long i = 0; i < words->count; i++) {
        free(words->each[i]);
    }
    free(words->each);
}

static int64_t expected(const struct load *load)
{
    return load->is_total ? load->events : (int64_t)load->count * load->events;
}

static FILE *open_ages(const char *name)
{
    FILE *file = fopen(name, "wb");
    if (file == NULL) {
        die("%s", name);
    }
    return file;
}

/* Returns whether the option is one with a number, which it takes then. */
static bool take_number(int option, struct load *load)
{
    switch (option) {
    case 'l':
        load->port = (int)number_of(optarg, 1);
        return true;
    case 'n':
        load->count = number_of(optarg, 1);
        return true;
    case 'c':
        load->events = number_of(optarg, 1);
        return true;
    case 'w':
        load->wait_s = number_of(optarg, 1);
        return true;
    default:
        return false;
    }
}

static void take_option(int option, struct load *load)
{
    switch (option) {
    case 'u':
        add_word(&load->paths, optarg);
        break;
    case 'p':
        add_lines_of(&load->paths, optarg);
        break;
    case 'i':
        add_word(&load->last_ids, optarg);
        break;
    case 'f':
        add_lines_of(&load->last_ids, optarg);
        break;
    case 't':
        load->is_total = true;
        break;
    case 'o':
        load->ages = open_ages(optarg);
        break;
    case 'q':
        load->is_quick = true;
        break;
    default:
        exit(2);
    }
}

static void read_options(int argc, char **argv, struct load *load)
{
    for (int option; (option = getopt(argc, argv, "l:u:p:n:c:i:f:tw:o:q")) != -1;) {
        if (!take_number(option, load)) {
            take_option(option, load);
        }
    }
    if (load->port == 0 || load->paths.count == 0 || load->count == 0 || load->events == 0) {
        die("usage: clients -l PORT {-u PATH | -p FILE} -n CLIENTS -c EVENTS [-i LAST-EVENT-ID]... "
            "[-f FILE] [-t] [-w SECONDS] [-q] [-o FILE]");
    }
}

static void client_open(struct load *load, long index)
{
    static char request[REQUEST_MAX];
    struct client *client = &load->clients[index];
    event_scan_init(&client->scan);
    client->fd = dial(load->port, index, 0);
    const char *path = word_of(&load->paths, index);
    const char *id = word_of(&load->last_ids, index);
    send_all_of(client->fd, request, request_write(request, path, id));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
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

static void take_event(void *arg, int64_t stamp)
{
    struct load *load = arg;
    load->delivered++;
    if (load->is_quick) {
        return;
    }
    histogram_add(&load->latency, load->now - stamp);
    fan_add(&load->fan, stamp, load->now);
    if (load->ages != NULL) {
        age_write(load->ages, stamp, load->now - stamp);
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
    char *data = buffer + MARK_MAX;
    ssize_t got = recv(client->fd, data, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        client_close(load, client);
        return;
    }
    load->now = now_ns();
    load->bytes += got;
    if (!client->has_head) {
        take_head(load, client, data, (size_t)got);
    }
    int64_t before = load->delivered;
    event_scan_take(&client->scan, data, (size_t)got, load->is_quick, take_event, load);
    if (load->delivered > before) {
        load->first_ns = load->first_ns == 0 ? load->now : load->first_ns;
        load->last_ns = load->now;
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
           load->count, load->refused, load->closed, (long long)expected(load),
           (long long)load->delivered);
    printf("\"first_ms\":%.2f,\"seconds\":%.4f,\"events_per_s\":%.0f,",
           (double)(load->first_ns - load->began_ns) / 1e6, seconds,
           seconds > 0 ? (double)load->delivered / seconds : 0);
    printf("\"bytes\":%lld,", (long long)load->bytes);
    printf("\"bytes_per_event\":%.0f,\"own_cpu_us_per_event\":%.3f,", (double)load->bytes / events,
           cpu * 1e6 / events);
    printf("\"fan_events\":%llu,\"fan_p50_us\":%.1f,\"fan_p99_us\":%.1f,",
           (unsigned long long)load->fan.spread.count, histogram_us(&load->fan.spread, 0.5),
           histogram_us(&load->fan.spread, 0.99));
    histogram_print(&load->latency);
    puts("}");
}

int main(int argc, char **argv)
{
    static struct load load = {.wait_s = 60};
    read_options(argc, argv, &load);
    raise_file_limit();
    fan_init(&load.fan, load.count);
    load.clients = calloc((size_t)load.count, sizeof(*load.clients));
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.clients == NULL || load.epoll < 0) {
        die("cannot begin");
    }
    load.began_ns = now_ns();
    int64_t deadline = load.began_ns + load.wait_s * 1000000000;
    open_all(&load, deadline);
    double cpu = cpu_seconds();
    while (load.delivered < expected(&load) && load.closed < load.count && now_ns() < deadline) {
        turn(&load, 100);
    }
    cpu = cpu_seconds() - cpu;
    if (load.ages != NULL && fclose(load.ages) != 0) {
        die("cannot write the ages");
    }
    print_result(&load, cpu);
    free_words(&load.paths);
    free_words(&load.last_ids);
    free(load.clients);
    return 0;
}
