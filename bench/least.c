/*
 * The least program that does the whole job: one bare librdkafka reader, and one send() for each
 * client and event. It parses nothing, has no ids, and what a socket does not take is lost: the
 * figures of a server that does all that are measured against these. One thread and librdkafka's.
 *
 *     least -b BROKERS -t TOPIC -l PORT        until it is ended; prints "ready" first
 */
#include "bench.h"
#include "kafka_side.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 65536,
    FRAME_MAX = 1 << 20,
    BATCH = 512
};

struct plan {
    const char *brokers;
    const char *topic;
    int port;
};

static int clients[CLIENTS_MAX];
static size_t client_count;

static void take_clients(int listener)
{
    int fd;
    while (client_count < CLIENTS_MAX && (fd = accept_stream(listener)) >= 0) {
        clients[client_count++] = fd;
    }
}

static void send_all(const char *frame, size_t len)
{
    for (size_t i = 0; i < client_count;) {
        if (send(clients[i], frame, len, MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
            close(clients[i]);
            clients[i] = clients[--client_count];
        } else {
            i++;
        }
    }
}

static void pass_on(const rd_kafka_message_t *message)
{
    static char frame[FRAME_MAX];
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->len + 8 <= sizeof(frame)) {
        memcpy(frame, "data: ", 6);
        memcpy(frame + 6, message->payload, message->len);
        memcpy(frame + 6 + message->len, "\n\n", 2);
        send_all(frame, message->len + 8);
    }
}

static void take_records(struct reader *reader, int wake)
{
    uint64_t wakes;
    if (read(wake, &wakes, sizeof(wakes)) < 0 && errno != EAGAIN) {
        die("eventfd");
    }
    rd_kafka_message_t *batch[BATCH];
    ssize_t count;
    while ((count = rd_kafka_consume_batch_queue(reader->queue, 0, batch, BATCH)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            pass_on(batch[i]);
            rd_kafka_message_destroy(batch[i]);
        }
    }
}

static void read_options(int argc, char **argv, struct plan *plan)
{
    for (int option; (option = getopt(argc, argv, "b:t:l:")) != -1;) {
        switch (option) {
        case 'b':
            plan->brokers = optarg;
            break;
        case 't':
            plan->topic = optarg;
            break;
        case 'l':
            plan->port = (int)number_of(optarg, 1);
            break;
        default:
            exit(2);
        }
    }
    if (plan->brokers == NULL || plan->topic == NULL || plan->port == 0) {
        die("usage: least -b BROKERS -t TOPIC -l PORT");
    }
}

int main(int argc, char **argv)
{
    struct plan plan = {0};
    read_options(argc, argv, &plan);
    raise_file_limit();
    struct reader reader;
    reader_open(&reader, plan.brokers, plan.topic, false);
    int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    uint64_t one = 1;
    rd_kafka_queue_io_event_enable(reader.queue, wake, &one, sizeof(one));
    struct pollfd fds[] = {{.fd = listen_on(plan.port), .events = POLLIN},
                           {.fd = wake, .events = POLLIN}};
    puts("ready");
    fflush(stdout);
    while (poll(fds, 2, -1) > 0 || errno == EINTR) {
        if (fds[0].revents != 0) {
            take_clients(fds[0].fd);
        }
        take_records(&reader, wake);
    }
    die("poll");
}
