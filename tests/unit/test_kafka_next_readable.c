/* The search for what can be read: over logs of good and bad batches, exhaustively for short ones.
 */
#include "kafka/next_readable.h"

#include "support/unit.h"

enum {
    MOST = 64
};

/* A log: of each offset, the first one of its batch, and whether that is bad; holes hold nothing.
 */
struct fake_log {
    struct trial_reader base;
    int64_t end;
    int64_t first[MOST];
    bool is_bad[MOST];
    bool is_hole[MOST];
    bool tells_batch;
    int trials;
    int trials_left;
    int slow_trial; /* this one brings nothing; 0: none */
    bool is_silent; /* what is bad is told once */
};

static struct trial try_offset(struct trial_reader *reader, int64_t offset)
{
    struct fake_log *log = CONTAINER_OF(reader, struct fake_log, base);
    log->trials++;
    if (log->trials_left-- == 0) {
        log->trials_left = 0;
        return (struct trial){TRIAL_UNKNOWN, -1};
    }
    if (log->trials == log->slow_trial) {
        return (struct trial){TRIAL_SILENT, -1};
    }
    if (offset > log->end) {
        return (struct trial){TRIAL_END, -1};
    }
    while (offset < log->end && log->is_hole[offset]) {
        offset++;
    }
    if (offset == log->end) {
        return (struct trial){TRIAL_END, log->end};
    }
    if (log->is_bad[offset] && log->is_silent && log->trials > 1) {
        return (struct trial){TRIAL_SILENT, -1};
    }
    if (log->is_bad[offset]) {
        return (struct trial){TRIAL_BAD, log->tells_batch ? log->first[offset] : -1};
    }
    return (struct trial){TRIAL_RECORD, offset};
}

static struct fake_log new_log(bool tells_batch)
{
    return (struct fake_log){
        .base.read = try_offset, .tells_batch = tells_batch, .trials_left = 1000};
}

static void add(struct fake_log *log, int count, bool is_bad, bool is_hole)
{
    int64_t first = log->end;
    for (int i = 0; i < count; i++, log->end++) {
        log->first[log->end] = first;
        log->is_bad[log->end] = is_bad;
        log->is_hole[log->end] = is_hole;
    }
}

static int64_t expected(const struct fake_log *log, int64_t from)
{
    while (from < log->end && (log->is_bad[from] || log->is_hole[from])) {
        from++;
    }
    return from;
}

/* From every offset of every log of up to five batches of four lengths. */
static void finds_the_next_good_record(void **state)
{
    static const int lengths[] = {1, 2, 5, 9};
    (void)state;
    for (unsigned shape = 0; shape < 1u << 15; shape++) {
        struct fake_log log = new_log(true);
        for (unsigned bits = shape; bits > 0; bits >>= 3) {
            add(&log, lengths[bits & 3], (bits & 4) != 0, false);
        }
        for (int64_t from = 0; from < log.end; from++) {
            assert_int_equal(next_readable(&log.base, from), expected(&log, from));
        }
    }
}

static void passes_holes(void **state)
{
    (void)state;
    struct fake_log log = new_log(true);
    add(&log, 3, true, false);
    add(&log, 4, false, true);
    add(&log, 2, true, false);
    add(&log, 5, false, true);
    add(&log, 1, false, false);
    assert_int_equal(next_readable(&log.base, 1), 14);
}

static void goes_to_the_end(void **state)
{
    (void)state;
    struct fake_log log = new_log(true);
    add(&log, 9, true, false);
    add(&log, 4, true, false);
    add(&log, 7, false, true);
    assert_int_equal(next_readable(&log.base, 0), 20);
}

static void a_batch_that_does_not_tell_where_it_begins(void **state)
{
    (void)state;
    struct fake_log log = new_log(false);
    add(&log, 3, false, false);
    add(&log, 50, true, false);
    add(&log, 3, false, false);
    assert_int_equal(next_readable(&log.base, 3), 53);
    assert_true(log.trials < 20);
}

/* At each trial in turn. */
static void kafka_goes_away(void **state)
{
    (void)state;
    for (int n = 0; n < 100; n++) {
        struct fake_log log = new_log(true);
        add(&log, 10, true, false);
        add(&log, 5, true, false);
        add(&log, 5, false, false);
        log.trials_left = n;
        int64_t to = next_readable(&log.base, 2);
        assert_true(to == -1 || to == 10 || to == 15);
        if (log.trials < n) {
            assert_int_equal(to, 15);
            return;
        }
    }
    fail();
}

/* At each trial in turn: nothing is passed over for that. */
static void kafka_is_slow_once(void **state)
{
    (void)state;
    for (int n = 1; n < 100; n++) {
        struct fake_log log = new_log(true);
        add(&log, 2, false, false);
        add(&log, 10, true, false);
        add(&log, 20, false, false);
        log.slow_trial = n;
        assert_int_equal(next_readable(&log.base, 2), 12);
        if (log.trials < n) {
            return;
        }
    }
    fail();
}

static void a_batch_that_is_told_once(void **state)
{
    (void)state;
    struct fake_log log = new_log(true);
    add(&log, 3, false, false);
    add(&log, 20, true, false);
    add(&log, 3, false, false);
    log.is_silent = true;
    assert_int_equal(next_readable(&log.base, 3), 23);
    assert_true(log.trials < 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_next_good_record),
        cmocka_unit_test(passes_holes),
        cmocka_unit_test(goes_to_the_end),
        cmocka_unit_test(a_batch_that_does_not_tell_where_it_begins),
        cmocka_unit_test(kafka_goes_away),
        cmocka_unit_test(kafka_is_slow_once),
        cmocka_unit_test(a_batch_that_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
