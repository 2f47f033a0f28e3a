/* The time of day, which records' times are compared with. Any thread. */
#ifndef SERVE_WORKER_WALL_CLOCK_H
#define SERVE_WORKER_WALL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970. */
static inline int64_t wall_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

#endif
