/*
 * A descriptor by which other threads wake a loop: the loop watches it, a thread that has something
 * for the loop signals it, and the loop drains it before it looks at what there is.
 */
#ifndef BASE_EVENTFD_H
#define BASE_EVENTFD_H

#include "base/assert.h"

/* Returns a new descriptor, to be closed with eventfd_close(); or -1 with errno. */
CHECKED int eventfd_open(void);

/* Makes it readable. Any thread. */
void eventfd_signal(int fd);

/* It is not readable any more, until the next signal. It need not have been. */
void eventfd_drain(int fd);

/* -1 is fine. */
void eventfd_close(int fd);

#endif
