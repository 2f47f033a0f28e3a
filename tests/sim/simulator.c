/*
 * The simulator: `simulator --seeds N [--first S]` runs N worlds, `simulator --seed S --verbose`
 * tells one. Exit status 1 when any failed.
 */
#include "story.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    fprintf(stderr, "usage: simulator --seeds N [--first S] | --seed S [--verbose]\n");
    return 2;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was told is seen also when a seed aborts */
    long first = 1;
    long count = 1;
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--verbose") == 0) {
            story_is_told = true;
        } else if (strcmp(argv[i], "--seeds") == 0 && has_value) {
            count = atol(argv[++i]);
        } else if ((strcmp(argv[i], "--first") == 0 || strcmp(argv[i], "--seed") == 0) &&
                   has_value) {
            first = atol(argv[++i]);
        } else {
            return usage();
        }
    }
    long failed = 0;
    for (long seed = first; seed < first + count; seed++) {
        failed += story_run(seed, world_run) ? 0 : 1;
    }
    printf("simulator: %ld passed, %ld failed\n", count - failed, failed);
    return failed > 0 ? 1 : 0;
}
