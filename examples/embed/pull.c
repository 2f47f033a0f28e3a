/*
 * A stream in a program that has a loop of its own: pulled as fast as standard output takes it.
 *
 *     cc -o pull pull.c $(pkg-config --cflags --libs libkafkasse)
 *     ./pull demo.recentchange               # the demo's cluster
 *     ./pull my-topic kafka:9092 | less      # yours
 */
#include <kafkasse.h>

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static void on_readable(struct ksse_stream *stream, void *opaque)
{
    (void)stream;
    *(bool *)opaque = true; /* it could be read here, too */
}

/* Moves one piece, which a pipe that is writable takes without blocking. False at the end. */
static bool move(struct ksse_stream *stream, bool *has_more)
{
    char piece[512];
    long len = ksse_stream_read(stream, piece, sizeof(piece));
    if (len == KSSE_EAGAIN) {
        *has_more = false; /* on_readable tells when there is something again */
        return true;
    }
    return len > 0 && write(STDOUT_FILENO, piece, (size_t)len) == len;
}

static void pull(struct ksse_server *server, struct ksse_stream *stream, bool *has_more)
{
    do {
        struct pollfd watched[] = {
            {.fd = ksse_server_fd(server), .events = POLLIN},
            {.fd = *has_more ? STDOUT_FILENO : -1, .events = POLLOUT},
        };
        if (poll(watched, 2, ksse_server_timeout_ms(server)) < 0 ||
            (watched[1].revents != 0 && !move(stream, has_more))) {
            return;
        }
    } while (ksse_server_turn(server));
}

int main(int argc, char **argv)
{
    static const struct ksse_stream_ops ops = {on_readable};
    struct ksse_stream_request request = {.topics = argv[1]};
    struct ksse_error error = {"usage: pull TOPICS [BROKERS]"};
    struct ksse_server *server = NULL;
    struct ksse_stream *stream = NULL;
    struct ksse_config *config = ksse_config_new();
    bool has_more = false;
    if (argc < 2 || config == NULL || ksse_config_set(config, "listen", "off", &error) < 0 ||
        ksse_config_set(config, argc > 2 ? "brokers" : "demo", argc > 2 ? argv[2] : "yes", &error) <
            0 ||
        ksse_server_new(config, &server, &error) < 0 ||
        ksse_stream_open(server, &request, &ops, &has_more, &stream, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    ksse_config_free(config);
    pull(server, stream, &has_more);
    ksse_stream_close(stream);
    ksse_server_free(server);
    return 0;
}
