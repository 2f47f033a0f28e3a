/* What a seed tells: a line per event when it is asked to, and why it failed. */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include <stdbool.h>

extern bool story_is_told;

/* A line of the story; nothing unless it is told. */
void story(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the seed: jumps out of story_run(). */
_Noreturn void story_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(expr, ...)                                                                           \
    do {                                                                                           \
        if (!(expr)) {                                                                             \
            story_fail(__VA_ARGS__);                                                               \
        }                                                                                          \
    } while (0)

/* Runs one seed: false when it failed. */
bool story_run(long seed, void (*run)(long seed));

/* The virtual clock, shown before each line. */
void story_set_time(long long now_ms);

#endif
