/* Two sides in turn on the same records: see the header. */
#include "speed.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

enum {
    TURNS = 5 /* of each side */
};

struct tally {
    double seconds;
    double records;
};

void speed_fail(const char *what, struct slice record)
{
    errno = 0;
    die("%s: %.*s", what, SLICE_ARG(record));
}

double speed_seconds(int argc, char **argv)
{
    char *end = NULL;
    double seconds = argc == 2 ? strtod(argv[1], &end) : 1;
    errno = 0;
    if (argc > 2 || (end != NULL && *end != '\0') || !(seconds > 0)) {
        die("usage: %s [SECONDS]", argv[0]);
    }
    return seconds;
}

static void take_turn(const struct speed_side *side, const struct buf *records, double seconds,
                      struct tally *tally)
{
    double start = cpu_seconds();
    double passed;
    do {
        for (size_t i = 0; i < SPEED_RECORDS; i++) {
            if (!side->run(buf_slice(&records[i]))) {
                speed_fail(side->name, buf_slice(&records[i]));
            }
        }
        tally->records += SPEED_RECORDS;
        passed = cpu_seconds() - start;
    } while (passed < seconds);
    tally->seconds += passed;
}

static double nanoseconds(const struct tally *tally)
{
    return tally->seconds / tally->records * 1e9;
}

void speed_compare(const char *work, const char *kind, const struct buf *records,
                   const struct speed_side *ours, const struct speed_side *theirs, double seconds)
{
    struct tally mine = {0, 0};
    struct tally other = {0, 0};
    size_t bytes = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        take_turn(ours, records, seconds / TURNS, &mine);
        take_turn(theirs, records, seconds / TURNS, &other);
    }
    for (size_t i = 0; i < SPEED_RECORDS; i++) {
        bytes += records[i].len;
    }
    printf("{\"work\":\"%s\",\"record\":\"%s\",\"bytes\":%zu,\"ns\":{\"%s\":%.1f,\"%s\":%.1f}}\n",
           work, kind, bytes / SPEED_RECORDS, ours->name, nanoseconds(&mine), theirs->name,
           nanoseconds(&other));
    fflush(stdout);
}
