/*
 * The limit of any server: a loop that sends the same bytes to N sockets, and nothing else. No
 * Kafka, nobody leaves, and what a socket does not take is lost (and counted).
 *
 *     raw_send -l PORT -n CLIENTS -c EVENTS [-r EVENTS/S] [-s BYTES]
 *
 * Waits for N clients, prints "ready", waits for a line on stdin, sends EVENTS frames of BYTES to
 * each (without -r as fast as it can), and prints what that cost as JSON. One thread.
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
    FRAME_MAX = 65536
};

struct plan {
    int port;
    long clients;
    long events;
    long rate;
    size_t bytes;
};

static void read_options(int argc, char **argv, struct plan *plan)
{
    for (int option; (option = getopt(argc, argv, "l:n:c:r:s:")) != -1;) {
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
        default:
            exit(2);
        }
    }
    if (plan->port == 0 || plan->clients == 0 || plan->events == 0 || plan->bytes > FRAME_MAX) {
        die("usage: raw_send -l PORT -n CLIENTS -c EVENTS [-r EVENTS/S] [-s BYTES]");
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

/* The frame, its time renewed in place: the mark has twenty digits to hold any. */
static void stamp_frame(char *frame, size_t bytes)
{
    int len = snprintf(frame, bytes, "data: {" MARK "%020lld,\"pad\":\"", (long long)now_ns());
    frame[len] = 'x';
}

static long send_to_all(const int *fds, long clients, const char *frame, size_t bytes)
{
    long lost = 0;
    for (long i = 0; i < clients; i++) {
        lost += send(fds[i], frame, bytes, MSG_NOSIGNAL) != (ssize_t)bytes;
    }
    return lost;
}

int main(int argc, char **argv)
{
    static char frame[FRAME_MAX];
    struct plan plan = {.bytes = 300};
    read_options(argc, argv, &plan);
    raise_file_limit();
    int *fds = take_clients(&plan);
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF) {
        return 1;
    }
    memset(frame, 'x', plan.bytes);
    memcpy(frame + plan.bytes - 4, "\"}\n\n", 4);
    double cpu = cpu_seconds();
    int64_t began = now_ns();
    long lost = 0;
    for (long i = 0; i < plan.events; i++) {
        if (plan.rate > 0) {
            sleep_until(began + i * 1000000000 / plan.rate);
        }
        stamp_frame(frame, plan.bytes);
        lost += send_to_all(fds, plan.clients, frame, plan.bytes);
    }
    double sends = (double)plan.events * (double)plan.clients;
    double seconds = (double)(now_ns() - began) / 1e9;
    cpu = cpu_seconds() - cpu;
    printf("{\"sends\":%.0f,\"lost\":%ld,\"seconds\":%.3f,\"sends_per_s\":%.0f,"
           "\"cpu_us_per_send\":%.3f}\n",
           sends, lost, seconds, sends / seconds, cpu * 1e6 / sends);
    fflush(stdout);
    sleep_until(now_ns() + 1000000000); /* the clients read to the end */
    free(fds);
    return 0;
}
