/*
 * From connecting to the first whole event, one connection after the other.
 *
 *     first_event -l PORT
 *
 * Reads lines `PATH` or `PATH LAST-EVENT-ID` from stdin, makes that request, and prints as JSON how
 * many ms the response head and the first event took. Comments and gaps are no events. Ends with
 * the input, or when no event comes within 20 seconds.
 */
#include "bench.h"
#include "dial.h"
#include "event_scan.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 64 * 1024,
    PATIENCE_MS = 20000
};

struct
try {
    int64_t began_ns;
    int64_t head_ns;
    int64_t event_ns; /* 0: has not come */
};

static void take_event(void *arg, int64_t stamp)
{
    (void)stamp;
    struct try *try = arg;
    try->event_ns = try->event_ns == 0 ? now_ns() : try->event_ns;
}

static size_t next_bytes(int fd, char *data)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, PATIENCE_MS) != 1) {
        die("no event within %d ms", PATIENCE_MS);
    }
    ssize_t got = recv(fd, data, READ_BYTES, 0);
    if (got <= 0) {
        die("the stream ended before an event");
    }
    return (size_t)got;
}

static void first_event(int port, const char *path, const char *last_id, struct try *try)
{
    static char request[REQUEST_MAX];
    static char buffer[MARK_MAX + READ_BYTES];
    char *data = buffer + MARK_MAX;
    struct event_scan scan;
    event_scan_init(&scan);
    size_t len = request_write(request, path, last_id);
    *try = (struct try){.began_ns = now_ns()};
    int fd = dial(port, 0, 0);
    send_all_of(fd, request, len);
    while (try->event_ns == 0) {
        size_t got = next_bytes(fd, data);
        if (try->head_ns == 0) {
            try->head_ns = now_ns();
            if (got < 12 || memcmp(data + 9, "200", 3) != 0) {
                errno = 0;
                die("refused: %.12s", data);
            }
        }
        event_scan_take(&scan, data, got, true, take_event, try);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    static char line[REQUEST_MAX];
    int port = 0;
    for (int option; (option = getopt(argc, argv, "l:")) != -1;) {
        if (option != 'l') {
            return 2;
        }
        port = (int)number_of(optarg, 1);
    }
    if (port == 0) {
        die("usage: first_event -l PORT");
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *id = strchr(line, ' ');
        if (id != NULL) {
            *id++ = '\0';
        }
        struct try try;
        first_event(port, line, id, &try);
        printf("{\"head_ms\":%.3f,\"first_ms\":%.3f}\n", (double)(try.head_ns - try.began_ns) / 1e6,
               (double)(try.event_ns - try.began_ns) / 1e6);
        fflush(stdout);
    }
    return 0;
}
