/*
 * The limit of any server: a loop that sends the same bytes to N sockets, and nothing else. No
 * Kafka and nobody leaves; a socket that is full is waited for, which holds up all others.
 *
 *     raw_send -l PORT -n CLIENTS -c EVENTS [-r EVENTS/S] [-s BYTES] [-k FRAMES]
 *
 * Waits for N clients, prints "ready", waits for a line on stdin, sends EVENTS frames of BYTES to
 * each, FRAMES (1) in one send, without -r as fast as it can, and prints what that cost as JSON.
 * One thread.
 */
#include "bench.h"

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
};

struct sender {
    int *fds;
    long clients;
    char run[RUN_MAX]; /* the frames of one send */
    size_t run_bytes;
    long waits;
};

static void read_options(int argc, char **argv, struct plan *plan)
{
    for (int option; (option = getopt(argc, argv, "l:n:c:r:s:k:")) != -1;) {
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
        default:
            exit(2);
        }
    }
    if (plan->port == 0 || plan->clients == 0 || plan->events == 0 ||
        plan->bytes * plan->frames > RUN_MAX) {
        die("usage: raw_send -l PORT -n CLIENTS -c EVENTS [-r EVENTS/S] [-s BYTES] [-k FRAMES]");
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

/* The frames, their time renewed in place: the mark has twenty digits to hold any. */
static void stamp_frames(struct sender *sender, size_t bytes)
{
    for (size_t at = 0; at < sender->run_bytes; at += bytes) {
        char *frame = sender->run + at;
        int len = snprintf(frame, bytes, "data: {" MARK "%020lld,\"pad\":\"", (long long)now_ns());
        frame[len] = 'x';
    }
}

static void send_run(struct sender *sender, int fd)
{
    for (size_t sent = 0; sent < sender->run_bytes;) {
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

static void send_all(struct sender *sender, const struct plan *plan)
{
    int64_t began = now_ns();
    for (long done = 0; done < plan->events; done += (long)plan->frames) {
        if (plan->rate > 0) {
            sleep_until(began + done * 1000000000 / plan->rate);
        }
        stamp_frames(sender, plan->bytes);
        for (long i = 0; i < sender->clients; i++) {
            send_run(sender, sender->fds[i]);
        }
    }
}

static void print_result(const struct sender *sender, const struct plan *plan, double seconds,
                         double cpu)
{
    double events = (double)plan->events * (double)plan->clients;
    double sends = events / (double)plan->frames;
    printf("{\"sends\":%.0f,\"waits\":%ld,\"seconds\":%.3f,\"sends_per_s\":%.0f,", sends,
           sender->waits, seconds, sends / seconds);
    printf("\"cpu_us_per_send\":%.3f,\"cpu_us_per_event\":%.3f}\n", cpu * 1e6 / sends,
           cpu * 1e6 / events);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct sender sender;
    struct plan plan = {.bytes = 300, .frames = 1};
    read_options(argc, argv, &plan);
    raise_file_limit();
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
    free(sender.fds);
    return 0;
}
