/* The shared pieces of the bench programs: see the header. */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void die(const char *format, ...)
{
    int reason = errno;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, reason == 0 ? "\n" : ": %s\n", strerror(reason));
    exit(1);
}

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

void sleep_until(int64_t deadline_ns)
{
    struct timespec until = {deadline_ns / 1000000000, deadline_ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

long number_of(const char *text, long min)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *text == '\0' || *end != '\0' || value < min) {
        errno = 0;
        die("%s: a number of at least %ld is needed", text, min);
    }
    return value;
}

void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 4096) != 0) {
        die("cannot listen on 127.0.0.1:%d", port);
    }
    return fd;
}

int accept_stream(int listener)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Connection: close\r\n\r\n:ok\n\n";
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    char request[4096];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t got = poll(&wait, 1, 1000) == 1 ? recv(fd, request, sizeof(request), 0) : 0;
    if (got < 4 || memcmp(request + got - 4, "\r\n\r\n", 4) != 0 ||
        send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL) != sizeof(head) - 1) {
        die("a client sent no request in one piece");
    }
    return fd;
}

const char *mark_find(const char *data, size_t len, int64_t *stamp, size_t *keep)
{
    const char *end = data + len;
    const char *at = memmem(data, len, MARK, sizeof(MARK) - 1);
    if (at == NULL) {
        *keep = len < sizeof(MARK) - 2 ? len : sizeof(MARK) - 2;
        return NULL;
    }
    int64_t value = 0;
    const char *digit = at + sizeof(MARK) - 1;
    while (digit < end && *digit >= '0' && *digit <= '9' && digit - at < MARK_MAX) {
        value = value * 10 + (*digit++ - '0');
    }
    if (digit == end && digit - at < MARK_MAX) {
        *keep = (size_t)(end - at);
        return NULL;
    }
    *stamp = value;
    return digit;
}

void age_write(FILE *file, int64_t stamp, int64_t age_ns)
{
    int64_t pair[2] = {stamp, age_ns};
    if (fwrite(pair, sizeof(pair), 1, file) != 1) {
        die("cannot write");
    }
}

/* 64 steps to each doubling: the highest six bits behind the leading one pick the step. */
static size_t slot_of(uint64_t ns)
{
    unsigned bits = ns < HISTOGRAM_STEPS ? 6 : 63 - (unsigned)__builtin_clzll(ns);
    size_t step = ns < HISTOGRAM_STEPS ? ns : (ns >> (bits - 6)) - HISTOGRAM_STEPS;
    return (bits - (ns < HISTOGRAM_STEPS ? 6 : 5)) * HISTOGRAM_STEPS + step;
}

static double slot_ns(size_t slot)
{
    size_t octave = slot / HISTOGRAM_STEPS;
    size_t step = slot % HISTOGRAM_STEPS;
    return octave == 0 ? (double)step : (double)((HISTOGRAM_STEPS + step) << (octave - 1));
}

void histogram_add(struct histogram *h, int64_t ns)
{
    ns = ns < 0 ? 0 : ns;
    h->count++;
    h->max_ns = ns > h->max_ns ? ns : h->max_ns;
    h->slots[slot_of((uint64_t)ns)]++;
}

double histogram_us(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)((double)h->count * share);
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_SLOTS; i++) {
        seen += h->slots[i];
        if (seen > wanted) {
            return slot_ns(i) / 1000;
        }
    }
    return (double)h->max_ns / 1000;
}

void histogram_print(const struct histogram *h)
{
    printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f", histogram_us(h, 0.5),
           histogram_us(h, 0.99), (double)h->max_ns / 1000);
}
