/*
 * The clocks: the one place that asks the operating system for the time. `core` and `feed` do not
 * ask: they are given it as an argument. Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Time since some fixed moment; it never goes back. For time-outs and intervals. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/* Milliseconds since 1970, as the operator has set the clock: it may jump. For what is compared
 * with the timestamps of records. */
int64_t clock_wall_ms(void);

/* A time in milliseconds in the form that pthread_cond_timedwait() and its like want. */
struct timespec clock_timespec(int64_t ms);

#endif
