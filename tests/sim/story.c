/* Lines on stdout, and the way out of a seed that failed. */
#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

bool story_is_told;

static jmp_buf way_out;
static long current_seed;
static long long current_ms;

void story_set_time(long long now_ms)
{
    current_ms = now_ms;
}

void story(const char *format, ...)
{
    if (!story_is_told) {
        return;
    }
    va_list args;
    va_start(args, format);
    printf("%8lld  ", current_ms);
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
}

void story_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("seed %ld failed at %lld ms: ", current_seed, current_ms);
    vprintf(format, args);
    printf("\n  again: simulator --seed %ld --verbose\n", current_seed);
    va_end(args);
    longjmp(way_out, 1);
}

bool story_run(long seed, void (*run)(long seed))
{
    current_seed = seed;
    current_ms = 0;
    if (setjmp(way_out) != 0) {
        return false;
    }
    run(seed);
    return true;
}
