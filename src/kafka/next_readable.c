/* Galloping and bisecting: see the header. */
#include "kafka/next_readable.h"

/* Two batches may be bad, with good ones between them. A batch whose beginning is unknown counts as
 * the same one. */
static bool is_same_batch(struct trial first, struct trial other)
{
    return other.kind == TRIAL_SILENT ||
           (other.kind == TRIAL_BAD &&
            (first.found < 0 || other.found < 0 || first.found == other.found));
}

/* The end of the batch is always behind `low` and not behind `high`. */
struct bounds {
    int64_t told; /* the last offset whose trial was BAD, not only SILENT */
    int64_t low;
    int64_t high;
    struct trial there; /* what is at `high` */
};

static void be_low(struct bounds *b, int64_t at, struct trial trial)
{
    b->low = at;
    b->told = trial.kind == TRIAL_BAD ? at : b->told;
}

static void gallop(struct trial_reader *reader, struct trial bad, struct bounds *b)
{
    int64_t step = 1;
    b->there = bad;
    do {
        be_low(b, b->high, b->there);
        b->high = b->low + step;
        step *= 2;
        b->there = reader->read(reader, b->high);
    } while (is_same_batch(bad, b->there) && step < INT64_MAX / 4);
}

static void bisect(struct trial_reader *reader, struct trial bad, struct bounds *b)
{
    while (b->there.kind != TRIAL_UNKNOWN && b->high - b->low > 1) {
        int64_t middle = b->low + (b->high - b->low) / 2;
        struct trial between = reader->read(reader, middle);
        if (is_same_batch(bad, between)) {
            be_low(b, middle, between);
        } else {
            b->high = middle;
            b->there = between;
        }
    }
}

/* Whether the search must go on, between `told` and `low`. Nothing is passed over because Kafka was
 * slow once: silence counts only if it lasts. */
static bool was_only_slow(struct trial_reader *reader, struct bounds *b)
{
    if (b->low == b->told || b->there.kind == TRIAL_UNKNOWN) {
        return false;
    }
    struct trial again = reader->read(reader, b->low);
    if (trial_is_bad(again)) {
        return false;
    }
    b->high = b->low;
    b->low = b->told;
    b->there = again;
    return true;
}

/* Moves *at, whose trial was `bad`, to the first offset behind the batch, and returns the trial
 * there. */
static struct trial pass_batch(struct trial_reader *reader, struct trial bad, int64_t *at)
{
    struct bounds b = {.told = *at, .low = *at, .high = *at};
    gallop(reader, bad, &b);
    do {
        bisect(reader, bad, &b);
    } while (was_only_slow(reader, &b));
    *at = b.high;
    return b.there;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t next_readable(struct trial_reader *reader, int64_t from)
{
    ASSERT(from >= 0);
    int64_t at = from;
    struct trial there = reader->read(reader, from);
    while (trial_is_bad(there)) {
        int64_t behind = at;
        struct trial next = pass_batch(reader, there, &behind);
        if (next.kind == TRIAL_UNKNOWN) {
            break;
        }
        at = later(behind, next.found);
        there = next;
    }
    if (there.kind == TRIAL_UNKNOWN || (trial_is_bad(there) && at == from)) {
        return -1;
    }
    return later(at, there.found);
}
