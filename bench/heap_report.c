/*
 * Tells what the C library's allocator holds in a process that it is preloaded into: bytes that are
 * in use, and free ones that it keeps from the system. For measurements of memory after a load,
 * where resident memory alone says only how much was once needed. No part of any program here, and
 * nothing of the process is looked at but the allocator's own sums.
 *
 *     LD_PRELOAD=bench-heap_report.so HEAP_REPORT=FILE program ...
 *
 * On each SIGUSR2 it appends a line of JSON to FILE, after it has made the allocator give back what
 * it can. It has a thread of its own, on which all of that happens. glibc only, and no sanitizers.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static sigset_t asked;

static void append_report(int file)
{
    struct mallinfo2 held = mallinfo2();
    malloc_trim(0);
    dprintf(file, "{\"in_use\":%zu,\"kept\":%zu}\n", held.uordblks + held.hblkhd, held.fordblks);
}

static void *run(void *path)
{
    int number;
    while (sigwait(&asked, &number) == 0) {
        int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file >= 0) {
            append_report(file);
            close(file);
        }
    }
    return NULL;
}

/* Before main(), while there is one thread: all later ones inherit that the signal is blocked. */
__attribute__((constructor)) static void begin(void)
{
    char *path = getenv("HEAP_REPORT");
    if (path == NULL) {
        return;
    }
    sigemptyset(&asked);
    sigaddset(&asked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &asked, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, path) != 0) {
        abort();
    }
}
