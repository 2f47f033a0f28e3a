/* The two small things that every thread of this room needs: the eventfd and the time. */
#ifndef KAFKA_WAKE_H
#define KAFKA_WAKE_H

#include <stdint.h>
#include <time.h>
#include <unistd.h>

/* Makes the eventfd readable. Any thread. */
static inline void wake_fd(int event_fd)
{
    uint64_t one = 1;
    /* Fails only when 2^64 - 2 wakes wait already: it is readable then. */
    ssize_t written = write(event_fd, &one, sizeof(one));
    (void)written;
}

static inline int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
