/*
 * Connections that end badly: TOTAL of them, some hundreds at a time, each cut off at a moment that
 * a seed chooses, half of them in order and half with a reset. It checks nothing but that a stream
 * begins with status 200; what the server is like afterwards is for whoever runs this.
 *
 *     churn -l PORT -u PATH -i LAST-EVENT-ID -n TOTAL [-c CONCURRENT] [-s SEED] [-w SECONDS]
 *
 * LAST-EVENT-ID is the beginning of a topic with some thousand records, and the live streams of
 * PATH need a few records a second. Prints JSON: how many reached each moment, how many came too
 * late for it (`late`: cut off after SECONDS, 10 without -w), and the seed. One thread, epoll.
 */
#include "bench.h"
#include "dial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The moments at which connections end; whether they come with the id of the beginning. */
#define MOMENTS(MOMENT)                                                                            \
    MOMENT(before_request) /* nothing was sent */                                                  \
    MOMENT(in_request)     /* a part of the request's head was */                                  \
    MOMENT(after_request)  /* all of it was, and nothing was read */                               \
    MOMENT(in_response)    /* some bytes of the response's head have come */                       \
    MOMENT(live_in_frame)  /* the first event of a live stream has begun, its end is not read */   \
    MOMENT(in_replay)      /* some KB of a replay have come */                                     \
    MOMENT(stalled_replay) /* a replay that nobody reads, in the middle of a frame */

enum moment {
#define MOMENT(name) AT_##name,
    MOMENTS(MOMENT)
#undef MOMENT
    MOMENT_COUNT
};

enum {
    READY_EVENTS = 256,
    SMALL_READ = 64, /* so that the end of a read lies within a frame */
    LARGE_READ = 16384,
    HEAD_MAX = 200,
    REPLAY_MAX = 200 * 1024,
    STALL_MS_MAX = 100,
    SMALL_BUFFER = 4096
};

struct connection {
    int fd; /* -1: free */
    enum moment moment;
    bool is_reset;
    long bytes_left;     /* until the moment */
    int64_t deadline_ns; /* when it is cut off in any case */
    char keep[MARK_MAX];
    size_t kept;
    bool has_head;
};

struct churn {
    int port;
    const char *path;
    const char *last_id;
    long total;
    long concurrent;
    long wait_s;
    uint64_t seed;
    uint64_t random;
    int epoll;
    struct connection *connections;
    long made;
    long open;
    long reached[MOMENT_COUNT];
    long late;
    long refused;
    long closed; /* by the server, before the moment */
    char live[REQUEST_MAX];
    char replay[REQUEST_MAX];
    size_t live_len;
    size_t replay_len;
};

/* xorshift64*: the same numbers for the same seed everywhere. */
static uint64_t random_below(struct churn *c, uint64_t bound)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return (c->random * 2685821657736338717U >> 16) % bound;
}

static void read_options(int argc, char **argv, struct churn *c)
{
    for (int option; (option = getopt(argc, argv, "l:u:i:n:c:s:w:")) != -1;) {
        switch (option) {
        case 'l':
            c->port = (int)number_of(optarg, 1);
            break;
        case 'u':
            c->path = optarg;
            break;
        case 'i':
            c->last_id = optarg;
            break;
        case 'n':
            c->total = number_of(optarg, 1);
            break;
        case 'c':
            c->concurrent = number_of(optarg, 1);
            break;
        case 's':
            c->seed = (uint64_t)number_of(optarg, 1);
            break;
        case 'w':
            c->wait_s = number_of(optarg, 1);
            break;
        default:
            exit(2);
        }
    }
    if (c->port == 0 || c->path == NULL || c->last_id == NULL || c->total == 0) {
        die("usage: churn -l PORT -u PATH -i LAST-EVENT-ID -n TOTAL [-c CONCURRENT] [-s SEED] "
            "[-w SECONDS]");
    }
}

static void connection_end(struct churn *c, struct connection *connection)
{
    if (connection->is_reset) {
        reset(connection->fd);
    } else {
        close(connection->fd);
    }
    connection->fd = -1;
    c->open--;
}

static void connection_reach(struct churn *c, struct connection *connection)
{
    c->reached[connection->moment]++;
    connection_end(c, connection);
}

/* What is sent, and how many bytes are read until the moment. */
static void connection_ask(struct churn *c, struct connection *connection)
{
    switch (connection->moment) {
    case AT_before_request:
        break;
    case AT_in_request:
        send_all_of(connection->fd, c->replay, 1 + random_below(c, c->replay_len - 1));
        break;
    case AT_after_request: {
        bool is_replay = random_below(c, 2) == 0;
        send_all_of(connection->fd, is_replay ? c->replay : c->live,
                    is_replay ? c->replay_len : c->live_len);
        break;
    }
    case AT_in_response:
        connection->bytes_left = 1 + (long)random_below(c, HEAD_MAX);
        send_all_of(connection->fd, c->live, c->live_len);
        break;
    case AT_live_in_frame:
        send_all_of(connection->fd, c->live, c->live_len);
        break;
    case AT_in_replay:
        connection->bytes_left = 1 + (long)random_below(c, REPLAY_MAX);
        send_all_of(connection->fd, c->replay, c->replay_len);
        break;
    case AT_stalled_replay:
        connection->deadline_ns = now_ns() + (int64_t)random_below(c, STALL_MS_MAX) * 1000000;
        send_all_of(connection->fd, c->replay, c->replay_len);
        break;
    case MOMENT_COUNT:
        abort();
    }
}

static void connection_open(struct churn *c, struct connection *connection)
{
    enum moment moment = (enum moment)random_below(c, MOMENT_COUNT);
    *connection = (struct connection){
        .fd = dial(c->port, c->made, moment == AT_stalled_replay ? SMALL_BUFFER : 0),
        .moment = moment,
        .is_reset = random_below(c, 2) == 0,
        .deadline_ns = now_ns() + c->wait_s * 1000000000};
    c->made++;
    c->open++;
    connection_ask(c, connection);
    if (moment <= AT_after_request) {
        connection_reach(c, connection);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (moment != AT_stalled_replay &&
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        die("epoll_ctl");
    }
}

static void take_head(struct churn *c, struct connection *connection, const char *data, size_t len)
{
    if (!connection->has_head) {
        connection->has_head = true;
        c->refused += len >= 12 && memcmp(data + 9, "200", 3) != 0;
    }
}

/* Whether an event has begun in what was read so far. */
static bool has_event(struct connection *connection, const char *data, size_t len)
{
    char joined[MARK_MAX + SMALL_READ];
    memcpy(joined, connection->keep, connection->kept);
    memcpy(joined + connection->kept, data, len);
    size_t all = connection->kept + len;
    int64_t stamp;
    size_t kept = 0;
    if (mark_find(joined, all, &stamp, &kept) != NULL) {
        return true;
    }
    memcpy(connection->keep, joined + all - kept, kept);
    connection->kept = kept;
    return false;
}

static void connection_read(struct churn *c, struct connection *connection)
{
    char data[LARGE_READ];
    bool is_small = connection->moment != AT_in_replay;
    size_t want = is_small ? SMALL_READ : sizeof(data);
    if (connection->moment == AT_in_response && connection->bytes_left < (long)want) {
        want = (size_t)connection->bytes_left;
    }
    ssize_t got = recv(connection->fd, data, want, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        c->closed++;
        connection_end(c, connection);
        return;
    }
    take_head(c, connection, data, (size_t)got);
    connection->bytes_left -= got;
    bool is_there = connection->moment == AT_live_in_frame
                        ? has_event(connection, data, (size_t)got)
                        : connection->bytes_left <= 0;
    if (is_there) {
        connection_reach(c, connection);
    }
}

/* Those whose time is over: for a stalled replay that is the moment, for others it came too late.
 */
static void end_old_ones(struct churn *c)
{
    int64_t now = now_ns();
    for (long i = 0; i < c->concurrent; i++) {
        struct connection *connection = &c->connections[i];
        if (connection->fd < 0 || now < connection->deadline_ns) {
            continue;
        }
        if (connection->moment == AT_stalled_replay) {
            connection_reach(c, connection);
        } else {
            c->late++;
            connection_end(c, connection);
        }
    }
}

static void run(struct churn *c)
{
    struct epoll_event ready[READY_EVENTS];
    while (c->made < c->total || c->open > 0) {
        for (long i = 0; i < c->concurrent && c->made < c->total; i++) {
            if (c->connections[i].fd < 0) {
                connection_open(c, &c->connections[i]);
            }
        }
        int count = epoll_wait(c->epoll, ready, READY_EVENTS, 5);
        for (int i = 0; i < count; i++) {
            connection_read(c, ready[i].data.ptr);
        }
        end_old_ones(c);
    }
}

static void print_result(const struct churn *c, double seconds)
{
    printf("{\"seed\":%llu,\"made\":%ld,\"seconds\":%.2f,\"late\":%ld,\"refused\":%ld,"
           "\"closed\":%ld,\"reached\":{",
           (unsigned long long)c->seed, c->made, seconds, c->late, c->refused, c->closed);
    const char *comma = "";
#define MOMENT(name)                                                                               \
    printf("%s\"" #name "\":%ld", comma, c->reached[AT_##name]);                                   \
    comma = ",";
    MOMENTS(MOMENT)
#undef MOMENT
    puts("}}");
}

int main(int argc, char **argv)
{
    static struct churn c = {.concurrent = 300, .wait_s = 10, .seed = 1};
    read_options(argc, argv, &c);
    raise_file_limit();
    c.random = c.seed;
    c.live_len = request_write(c.live, c.path, NULL);
    c.replay_len = request_write(c.replay, c.path, c.last_id);
    c.connections = calloc((size_t)c.concurrent, sizeof(*c.connections));
    c.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (c.connections == NULL || c.epoll < 0) {
        die("cannot begin");
    }
    for (long i = 0; i < c.concurrent; i++) {
        c.connections[i].fd = -1;
    }
    int64_t began = now_ns();
    run(&c);
    print_result(&c, (double)(now_ns() - began) / 1e9);
    free(c.connections);
    return 0;
}
