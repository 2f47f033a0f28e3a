/* Galloping and bisecting: see the header. */
#include "kafka/next_readable.h"

/* Two batches may be bad, with good ones between them. One that does not tell where it begins
 * counts as the same, though. */
static bool is_same_batch(struct look first, struct look other)
{
    return other.kind == LOOK_SILENT ||
           (other.kind == LOOK_BAD &&
            (first.found < 0 || other.found < 0 || first.found == other.found));
}

/* Between `low` and `high` is always the end of the batch. */
struct bounds {
    int64_t told; /* the last offset that was said to be bad */
    int64_t low;
    int64_t high;
    struct look there; /* what is at `high` */
};

static void be_low(struct bounds *b, int64_t at, struct look look)
{
    b->low = at;
    b->told = look.kind == LOOK_BAD ? at : b->told;
}

static void gallop(struct looker *looker, struct look bad, struct bounds *b)
{
    int64_t step = 1;
    b->there = bad;
    do {
        be_low(b, b->high, b->there);
        b->high = b->low + step;
        step *= 2;
        b->there = looker->look(looker, b->high);
    } while (is_same_batch(bad, b->there) && step < INT64_MAX / 4);
}

static void bisect(struct looker *looker, struct look bad, struct bounds *b)
{
    while (b->there.kind != LOOK_UNKNOWN && b->high - b->low > 1) {
        int64_t middle = b->low + (b->high - b->low) / 2;
        struct look between = looker->look(looker, middle);
        if (is_same_batch(bad, between)) {
            be_low(b, middle, between);
        } else {
            b->high = middle;
            b->there = between;
        }
    }
}

/* Nothing is passed over because Kafka was slow once: silence counts if it lasts. True when the end
 * is to be looked for again. */
static bool was_only_slow(struct looker *looker, struct bounds *b)
{
    if (b->low == b->told || b->there.kind == LOOK_UNKNOWN) {
        return false;
    }
    struct look again = looker->look(looker, b->low);
    if (look_is_bad(again)) {
        return false;
    }
    b->high = b->low;
    b->low = b->told;
    b->there = again;
    return true;
}

/* `bad` is what stands at `*at`. Moves *at to the first offset behind its batch, and returns what
 * is there. */
static struct look pass_batch(struct looker *looker, struct look bad, int64_t *at)
{
    struct bounds b = {.told = *at, .low = *at, .high = *at};
    gallop(looker, bad, &b);
    do {
        bisect(looker, bad, &b);
    } while (was_only_slow(looker, &b));
    *at = b.high;
    return b.there;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool next_readable(struct looker *looker, int64_t from, int64_t *to)
{
    int64_t at = from;
    struct look there = looker->look(looker, from);
    while (look_is_bad(there)) {
        int64_t behind = at;
        struct look next = pass_batch(looker, there, &behind);
        if (next.kind == LOOK_UNKNOWN) {
            break;
        }
        at = later(behind, next.found);
        there = next;
    }
    if (there.kind == LOOK_UNKNOWN || (look_is_bad(there) && at == from)) {
        return false;
    }
    *to = later(at, there.found);
    return true;
}
