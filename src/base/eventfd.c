/* See eventfd.h. */
#include "base/eventfd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int eventfd_open(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void eventfd_signal(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof(one));
    /* Full after 2^64 - 2 signals: it is readable then. */
    ASSERT(written == sizeof(one) || errno == EAGAIN);
}

void eventfd_drain(int fd)
{
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof(count));
    ASSERT(got == sizeof(count) || errno == EAGAIN);
}

void eventfd_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}
