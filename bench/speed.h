/*
 * What the *_speed programs share: what kafkasse does to a record, and a library doing the same,
 * take turns on the same records. These programs know nothing of Kafka, have one thread, and are no
 * tests; they end with a failure when a side does not say of a record what it must.
 */
#ifndef BENCH_SPEED_H
#define BENCH_SPEED_H

#include "base/slice.h"
#include "bench.h"

struct buf;

enum {
    SPEED_RECORDS = 512
};

struct speed_side {
    const char *name;
    bool (*run)(struct slice record); /* false: not what it must say of this record */
};

/* Prints what is wrong with the record and ends the process. */
_Noreturn void speed_fail(const char *what, struct slice record);

/* How long each side is to be measured: a program's only argument, 1 without it. */
double speed_seconds(int argc, char **argv);

/*
 * Measures both sides on all SPEED_RECORDS records for about `seconds` of CPU each, and prints a
 * line of JSON: `work`, the `record`'s kind, its mean `bytes`, and the CPU of each side in `ns` a
 * record.
 */
void speed_compare(const char *work, const char *kind, const struct buf *records,
                   const struct speed_side *ours, const struct speed_side *theirs, double seconds);

#endif
