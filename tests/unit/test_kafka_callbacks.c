/* What is told of each kind of handle, also while nobody reads: errors and statistics. */
#include "support/kafka_fixture.h"

#include "core/json/json.h"

#include <pthread.h>

static const char *const names[] = {"tail", "replay", "lookup"};

/* By the names above. Two threads tell. */
struct told {
    pthread_mutex_t lock;
    int errors[3];
    int down[3]; /* those errors that say that all brokers are away */
    int statistics[3];
    int throttles;
    int bad;
};

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (i < ARRAY_LEN(names) && strcmp(names[i], name) != 0) {
        i++;
    }
    assert_true(i < ARRAY_LEN(names));
    return i;
}

static bool is_json(const char *text)
{
    struct buf out = BUF_INIT;
    bool has_members = false;
    bool is_object =
        json_minify_object(slice_str(text), &out, &has_members) == JSON_OK && has_members;
    buf_fini(&out);
    return is_object && strstr(text, "\"client_id\"") != NULL;
}

static void on_event(void *opaque, const struct kafka_event *event)
{
    struct told *told = opaque;
    size_t i = index_of(event->handle);
    bool is_error = event->kind == KAFKA_ERROR;
    pthread_mutex_lock(&told->lock);
    told->errors[i] += is_error;
    told->down[i] += is_error && event->error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    told->statistics[i] += event->kind == KAFKA_STATISTICS;
    told->throttles += event->kind == KAFKA_THROTTLE;
    told->bad += is_error ? event->error == 0 || event->text[0] == '\0' : event->error != 0;
    told->bad += event->kind == KAFKA_STATISTICS && !is_json(event->text);
    pthread_mutex_unlock(&told->lock);
}

/* Whether each kind of handle has told that often. */
static bool have_all(struct told *told, const int counts[3], int wanted)
{
    pthread_mutex_lock(&told->lock);
    bool have = counts[0] >= wanted && counts[1] >= wanted && counts[2] >= wanted;
    pthread_mutex_unlock(&told->lock);
    return have;
}

static void start_source(struct fixture *f, struct told *told, const char *interval_ms)
{
    struct ksse_error error;
    struct kafka_property property = {(char *)(uintptr_t) "statistics.interval.ms",
                                      (char *)(uintptr_t)interval_ms};
    struct kafka_options options = {.brokers = rd_kafka_mock_cluster_bootstraps(f->mock),
                                    .properties = &property,
                                    .property_count = 1,
                                    .replay_readers = 1,
                                    .refresh_ms = 60000,
                                    .on_event = on_event,
                                    .event_opaque = told};
    *told = (struct told){.lock = PTHREAD_MUTEX_INITIALIZER};
    assert_int_equal(kafka_source_new(&options, &f->kafka, &error), 0);
    f->source = kafka_source_base(f->kafka);
    f->source->events = (struct source_events){fixture_on_metadata, fixture_on_up, fixture_on_down};
    f->source->opaque = f;
}

/* A handle of each kind, of which nobody wants anything. */
static void start(struct fixture *f, struct told *told, const char *interval_ms)
{
    fixture_start_cluster(f);
    assert_int_equal(rd_kafka_mock_topic_create(f->mock, "b", 1, 1), 0);
    start_source(f, told, interval_ms);
    TURN_UNTIL(f, f->metadata_count > 0);
    struct reader *tail = source_open_reader(f->source, READER_TAIL);
    struct reader *replay = source_open_reader(f->source, READER_REPLAY);
    assert_non_null(tail);
    assert_non_null(replay);
    reader_close(tail);
    reader_close(replay);
}

static void test_statistics_of_idle_handles(void **state)
{
    struct fixture f;
    struct told told;
    (void)state;
    start(&f, &told, "100");
    int64_t started_ms = clock_monotonic_ms();
    TURN_UNTIL(&f, have_all(&told, told.statistics, 5));
    /* Each as it is told, and not all when something else wakes the source. */
    assert_true(clock_monotonic_ms() - started_ms < DEADLINE_MS / 2);
    fixture_stop(&f);
    assert_int_equal(told.bad, 0);
    assert_int_equal(told.throttles, 0);
}

static void test_no_statistics_unless_asked_for(void **state)
{
    struct fixture f;
    struct told told;
    (void)state;
    start(&f, &told, "0");
    int64_t until_ms = clock_monotonic_ms() + 300;
    while (clock_monotonic_ms() < until_ms) {
        fixture_turn(&f, until_ms);
    }
    fixture_stop(&f);
    assert_int_equal(told.statistics[0] + told.statistics[1] + told.statistics[2], 0);
}

static void test_errors_of_idle_handles(void **state)
{
    struct fixture f;
    struct told told;
    (void)state;
    start(&f, &told, "0");
    for (int32_t broker = 1; broker <= BROKER_COUNT; broker++) {
        rd_kafka_mock_broker_set_down(f.mock, broker);
    }
    TURN_UNTIL(&f, have_all(&told, told.down, 1));
    TURN_UNTIL(&f, f.down_count == 1);
    fixture_stop(&f);
    assert_int_equal(told.bad, 0);
}

/* What was told before a handle could be listened to counts as well. */
static void test_errors_of_a_cluster_that_never_was(void **state)
{
    struct fixture f;
    struct told told;
    struct ksse_error error;
    struct kafka_options options = {.brokers = "127.0.0.1:1",
                                    .replay_readers = 1,
                                    .refresh_ms = 60000,
                                    .on_event = on_event,
                                    .event_opaque = &told};
    (void)state;
    memset(&f, 0, sizeof(f));
    told = (struct told){.lock = PTHREAD_MUTEX_INITIALIZER};
    assert_int_equal(kafka_source_new(&options, &f.kafka, &error), 0);
    f.source = kafka_source_base(f.kafka);
    assert_non_null(source_open_reader(f.source, READER_TAIL));
    assert_non_null(source_open_reader(f.source, READER_REPLAY));
    TURN_UNTIL(&f, have_all(&told, told.errors, 1) && have_all(&told, told.down, 1));
    fixture_stop(&f);
    assert_int_equal(told.bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics_of_idle_handles),
        cmocka_unit_test(test_no_statistics_unless_asked_for),
        cmocka_unit_test(test_errors_of_idle_handles),
        cmocka_unit_test(test_errors_of_a_cluster_that_never_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
