/*
 * What the programs of the bench share: the clock, a histogram, the mark in a record that carries
 * the time it was made, and giving up. A bench program ends at the first thing that goes wrong.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The record's first member is its time: {"t":<now_ns()>, ... */
#define MARK "\"t\":"

enum {
    MARK_MAX = 4 + 20 + 1, /* the mark, the digits, what ends them */
    HISTOGRAM_STEPS = 64,
    HISTOGRAM_SLOTS = 64 * HISTOGRAM_STEPS
};

/* Prints the text and the reason in errno, if any, and ends the process. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* CLOCK_MONOTONIC: the same in all processes of this machine. */
int64_t now_ns(void);

/* User and system time of this process. */
double cpu_seconds(void);

/* Sleeps until `deadline_ns` of now_ns(). */
void sleep_until(int64_t deadline_ns);

/* The number of `text`, which must be one and at least `min`, or the process ends. */
long number_of(const char *text, long min);

/* As many files as the system lets this process open. */
void raise_file_limit(void);

/* A socket that listens on 127.0.0.1:port; non-blocking, TCP_NODELAY is inherited by connections.
 */
int listen_on(int port);

/*
 * Takes one connection of a load client: reads its request, which must come in one piece, and
 * answers a minimal head of an event stream. Returns the non-blocking socket, or -1 if none waits.
 */
int accept_stream(int listener);

/*
 * Looks for the first mark in the bytes. Returns its end and sets *stamp; NULL if there is none,
 * and then *keep is how many bytes at the end may belong to one and are to be shown again.
 */
const char *mark_find(const char *data, size_t len, int64_t *stamp, size_t *keep);

/* One record as seen by one reader: its stamp and how old it was, as two int64. */
void age_write(FILE *file, int64_t stamp, int64_t age_ns);

/* Durations up to days with an error under 2 %. */
struct histogram {
    uint64_t count;
    int64_t max_ns;
    uint64_t slots[HISTOGRAM_SLOTS];
};

void histogram_add(struct histogram *h, int64_t ns);

/* The duration that `share` (0..1) of all stay under, in microseconds; 0 when there are none. */
double histogram_us(const struct histogram *h, double share);

/* Prints "p50_us":…,"p99_us":…,"max_us":… without braces. */
void histogram_print(const struct histogram *h);

#endif
