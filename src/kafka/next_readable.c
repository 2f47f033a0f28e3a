/* Galloping and bisecting: see the header. */
#include "kafka/next_readable.h"

/* Two batches may be bad, with good ones between them. One that does not tell where it begins
 * counts as the same, though. */
static bool is_same_batch(struct look first, struct look other)
{
    return other.kind == LOOK_BAD &&
           (first.found < 0 || other.found < 0 || first.found == other.found);
}

/*
 * `bad` is what stands at `*at`. Moves *at to the first offset behind its batch, and returns what
 * is there. Between `low` and `high` is always its end.
 */
static struct look pass_batch(struct looker *looker, struct look bad, int64_t *at)
{
    int64_t low = *at;
    int64_t high = low;
    int64_t step = 1;
    struct look there;
    do {
        low = high;
        high = low + step;
        step *= 2;
        there = looker->look(looker, high);
    } while (is_same_batch(bad, there) && step < INT64_MAX / 4);
    while (there.kind != LOOK_UNKNOWN && high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        struct look between = looker->look(looker, middle);
        if (is_same_batch(bad, between)) {
            low = middle;
        } else {
            high = middle;
            there = between;
        }
    }
    *at = high;
    return there;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool next_readable(struct looker *looker, int64_t from, int64_t *to)
{
    int64_t at = from;
    struct look there = looker->look(looker, from);
    while (there.kind == LOOK_BAD) {
        int64_t behind = at;
        struct look next = pass_batch(looker, there, &behind);
        if (next.kind == LOOK_UNKNOWN) {
            break;
        }
        at = later(behind, next.found);
        there = next;
    }
    if (there.kind == LOOK_UNKNOWN || (there.kind == LOOK_BAD && at == from)) {
        return false;
    }
    *to = later(at, there.found);
    return true;
}
