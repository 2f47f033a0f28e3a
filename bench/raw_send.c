/*
 * The limit of any server: a loop that sends the same bytes to N sockets, and nothing else. No
 * Kafka and nobody leaves; a socket that is full is waited for, which holds up all others.
 *
 *     raw_send -l PORT -n CLIENTS -c EVENTS [-r EVENTS/S] [-s BYTES] [-k FRAMES] [-u]
 *
 * Waits for N clients, prints "ready", waits for a line on stdin, sends EVENTS frames of BYTES to
 * each, FRAMES (1) in one send, without -r as fast as it can, and prints what that cost as JSON.
 * With -u the sends go through io_uring (ring_send.h); where that cannot be, the first line is
 * "no io_uring: " and the reason, and nothing else happens. One thread.
 */
#include "bench.h"
#include "ring_send.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RUN_MAX = 1 << 20
};

struct plan {
    int port;
    long clients;
    long events;
    long rate;
    size_t bytes;
    size_t frames;
    bool by_ring;
};

struct sender {
    int *fds;
    long clients;
    char run[RUN_MAX]; /* the frames of one send */
    size_t run_bytes;
    long waits;
    struct ring *ring; /* NULL: a loop of send() */
};

static void read_options(int argc, char **argv, struct plan *plan)
{
    for (int option; (option = getopt(argc, argv, "l:n:c:r:s:k:u")) != -1;) {
        switch (option) {
        case 'l':
            plan->port = (int)number_of(optarg, 1);
            break;
        case 'n':
            plan->clients = number_of(optarg, 1);
            break;
        case 'c':
            plan->events = number_of(optarg, 1);
            break;
        case 'r':
            plan->rate = number_of(optarg, 0);
            break;
        case 's':
            plan->bytes = (size_t)number_of(optarg, 64);
            break;
        case 'k':
            plan->frames = (size_t)number_of(optarg, 1);
            break;
        case 'u':
            plan->by_ring = true;
            break;
        default:
            exit(2);
        }
    }
    if (plan->port == 0 || plan->clients == 0 || plan->events == 0 ||
        plan->bytes * plan->frames > RUN_MAX) {
        die("usage: raw_send -l PORT -n CLIENTS -c EVENTS [-r EVENTS/S] [-s BYTES] [-k FRAMES] "
            "[-u]");
    }
}

static int *take_clients(const struct plan *plan)
{
    int *fds = calloc((size_t)plan->clients, sizeof(*fds));
    if (fds == NULL) {
        die("no memory");
    }
    struct pollfd listener = {.fd = listen_on(plan->port), .events = POLLIN};
    puts("listening");
    fflush(stdout);
    for (long i = 0; i < plan->clients;) {
        fds[i] = accept_stream(listener.fd);
        if (fds[i] >= 0) {
            i++;
        } else if (poll(&listener, 1, 30000) <= 0) {
            die("only %ld clients came", i);
        }
    }
    return fds;
}

/* The frames, their time renewed in partition: the mark has twenty digits to hold any. */
static void stamp_frames(struct sender *sender, size_t bytes)
{
    for (size_t at = 0; at < sender->run_bytes; at += bytes) {
        char *frame = sender->run + at;
        int len = snprintf(frame, bytes, "data: {" MARK "%020lld,\"pad\":\"", (long long)now_ns());
        frame[len] = 'x';
    }
}

/* The rest of a run of which `sent` bytes have gone; waits while the socket is full. */
static void send_rest(struct sender *sender, int fd, size_t sent)
{
    while (sent < sender->run_bytes) {
        ssize_t taken =
            send(fd, sender->run + sent, sender->run_bytes - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken >= 0) {
            sent += (size_t)taken;
        } else if (errno == EAGAIN) {
            struct pollfd full = {.fd = fd, .events = POLLOUT};
            sender->waits++;
            poll(&full, 1, 1000);
        } else {
            die("a client has gone");
        }
    }
}

static void send_by_loop(struct sender *sender)
{
    for (long i = 0; i < sender->clients; i++) {
        send_rest(sender, sender->fds[i], 0);
    }
}

/* What a socket did not take of its batch goes the way of the loop, and is waited for there. */
static void send_by_ring(struct sender *sender)
{
    int taken[RING_BATCH];
    for (long first = 0; first < sender->clients; first += RING_BATCH) {
        long left = sender->clients - first;
        size_t count = left < RING_BATCH ? (size_t)left : RING_BATCH;
        const int *fds = sender->fds + first;
        ring_send(sender->ring, fds, count, sender->run, sender->run_bytes, taken);
        for (size_t i = 0; i < count; i++) {
            if (taken[i] < 0 && taken[i] != -EAGAIN) {
                errno = -taken[i];
                die("a client has gone");
            }
            send_rest(sender, fds[i], taken[i] > 0 ? (size_t)taken[i] : 0);
        }
    }
}

static void send_all(struct sender *sender, const struct plan *plan)
{
    int64_t began = now_ns();
    for (long done = 0; done < plan->events; done += (long)plan->frames) {
        if (plan->rate > 0) {
            sleep_until(began + done * 1000000000 / plan->rate);
        }
        stamp_frames(sender, plan->bytes);
        if (sender->ring != NULL) {
            send_by_ring(sender);
        } else {
            send_by_loop(sender);
        }
    }
}

static const char *way_of(const struct sender *sender)
{
    if (sender->ring == NULL) {
        return "send";
    }
    return ring_is_deferred(sender->ring) ? "deferred ring" : "plain ring";
}

static void print_result(const struct sender *sender, const struct plan *plan, double seconds,
                         double cpu)
{
    double events = (double)plan->events * (double)plan->clients;
    double sends = events / (double)plan->frames;
    printf("{\"way\":\"%s\",\"sends\":%.0f,\"waits\":%ld,\"seconds\":%.3f,", way_of(sender), sends,
           sender->waits, seconds);
    printf("\"sends_per_s\":%.0f,", sends / seconds);
    printf("\"cpu_us_per_send\":%.3f,\"cpu_us_per_event\":%.3f}\n", cpu * 1e6 / sends,
           cpu * 1e6 / events);
    fflush(stdout);
}

static struct ring *open_ring(void)
{
    const char *why;
    struct ring *ring = ring_new(&why);
    if (ring == NULL) {
        printf("no io_uring: %s\n", why);
        exit(1);
    }
    return ring;
}

int main(int argc, char **argv)
{
    static struct sender sender;
    struct plan plan = {.bytes = 300, .frames = 1};
    read_options(argc, argv, &plan);
    raise_file_limit();
    sender.ring = plan.by_ring ? open_ring() : NULL;
    plan.events += (long)plan.frames - 1; /* whole sends only */
    plan.events -= plan.events % (long)plan.frames;
    sender.fds = take_clients(&plan);
    sender.clients = plan.clients;
    sender.run_bytes = plan.bytes * plan.frames;
    memset(sender.run, 'x', sender.run_bytes);
    for (size_t end = plan.bytes; end <= sender.run_bytes; end += plan.bytes) {
        memcpy(sender.run + end - 4, "\"}\n\n", 4);
    }
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF) {
        return 1;
    }
    double cpu = cpu_seconds();
    int64_t began = now_ns();
    send_all(&sender, &plan);
    print_result(&sender, &plan, (double)(now_ns() - began) / 1e9, cpu_seconds() - cpu);
    ring_free(sender.ring);
    free(sender.fds);
    return 0;
}
