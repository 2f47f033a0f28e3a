/* The thread that loads schemas: back-off, states, turns, and an end without waiting. */
#include "avro/schema_loader.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "support/fake_registry.h"
#include "support/unit.h"

#include <poll.h>

#define SCHEMA "{\"schema\":\"\\\"int\\\"\"}"

enum {
    DEADLINE_MS = 60000
};

struct fixture {
    struct fake_registry registry;
    struct schema_loader *loader;
    int event_fd;
    enum schema_loader_state state;
    int change_count;
    char reason[REGISTRY_REASON_LEN];
    struct list delivered;
};

static void start(struct fixture *f, int timeout_ms)
{
    struct registry *registry;
    struct ksse_error error;
    memset(f, 0, sizeof(*f));
    list_init(&f->delivered);
    fake_registry_start(&f->registry);
    struct registry_options options = {.url = f->registry.url, .timeout_ms = timeout_ms};
    assert_int_equal(registry_new(&options, &registry, &error), 0);
    f->event_fd = eventfd_open();
    f->loader = schema_loader_new(registry, f->event_fd);
    assert_non_null(f->loader);
}

/* Returns how many loads came back undelivered. */
static size_t stop(struct fixture *f)
{
    struct list left;
    size_t count = 0;
    list_init(&left);
    schema_loader_free(f->loader, &left);
    LIST_EACH(load, &left, struct schema_load, node)
    {
        plan_free(load->plan);
        count++;
    }
    LIST_EACH(load, &f->delivered, struct schema_load, node)
    {
        plan_free(load->plan);
    }
    eventfd_close(f->event_fd);
    fake_registry_stop(&f->registry);
    return count;
}

static void wait_and_deliver(struct fixture *f)
{
    struct pollfd fd = {.fd = f->event_fd, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
    eventfd_drain(f->event_fd);
    f->change_count += schema_loader_deliver(f->loader, &f->delivered, &f->state, f->reason);
}

#define WAIT_UNTIL(f, condition)                                                                   \
    for (int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS; !(condition);) {                   \
        assert_true(clock_monotonic_ms() < until_ms);                                              \
        wait_and_deliver(f);                                                                       \
    }

static bool is_delivered(const struct fixture *f, const struct schema_load *load)
{
    LIST_EACH(other, &f->delivered, struct schema_load, node)
    {
        if (other == load) {
            return true;
        }
    }
    return false;
}

static void schemas_are_loaded(void **state)
{
    struct fixture f;
    struct schema_load good = {.id = 1};
    struct schema_load bad = {.id = 2};
    (void)state;
    start(&f, 5000);
    fake_registry_answer(&f.registry, "/schemas/ids/1", 200, SCHEMA);
    fake_registry_answer(&f.registry, "/schemas/ids/2", 404, "{\"error_code\":40403}");
    assert_int_equal(schema_loader_add(f.loader, &good), 0);
    assert_int_equal(schema_loader_add(f.loader, &bad), 0);
    WAIT_UNTIL(&f, is_delivered(&f, &good) && is_delivered(&f, &bad));
    assert_non_null(good.plan);
    assert_null(bad.plan);
    assert_string_equal(bad.reason, "the registry has none of that id");
    assert_int_equal(f.change_count, 0);
    assert_int_equal(stop(&f), 0);
}

static void what_is_away_is_tried_again(void **state)
{
    struct fixture f;
    struct schema_load load = {.id = 1};
    (void)state;
    start(&f, 5000);
    fake_registry_answer(&f.registry, "/schemas/ids/1", 503, "");
    int64_t began_ms = clock_monotonic_ms();
    assert_int_equal(schema_loader_add(f.loader, &load), 0);
    WAIT_UNTIL(&f, f.change_count == 1);
    assert_int_equal(f.state, SCHEMA_LOADER_AWAY);
    assert_non_null(strstr(f.reason, "503"));
    /* After 250 and 750 ms; it is told once that it is away. */
    WAIT_UNTIL(&f, fake_registry_requests(&f.registry) == 3);
    assert_true(clock_monotonic_ms() - began_ms >= 700);
    assert_int_equal(f.change_count, 1);
    assert_false(is_delivered(&f, &load));
    fake_registry_answer(&f.registry, "/schemas/ids/1", 200, SCHEMA);
    WAIT_UNTIL(&f, is_delivered(&f, &load));
    assert_true(clock_monotonic_ms() - began_ms >= 1700);
    assert_int_equal(f.change_count, 2);
    assert_int_equal(f.state, SCHEMA_LOADER_FINE);
    assert_int_equal(stop(&f), 0);
}

/* One that always fails does not keep others from being filled. */
static void loads_take_turns(void **state)
{
    struct fixture f;
    struct schema_load failing = {.id = 1};
    struct schema_load good = {.id = 2};
    (void)state;
    start(&f, 5000);
    fake_registry_answer(&f.registry, "/schemas/ids/1", 500, "");
    fake_registry_answer(&f.registry, "/schemas/ids/2", 200, SCHEMA);
    assert_int_equal(schema_loader_add(f.loader, &failing), 0);
    assert_int_equal(schema_loader_add(f.loader, &good), 0);
    WAIT_UNTIL(&f, is_delivered(&f, &good));
    assert_false(is_delivered(&f, &failing));
    assert_int_equal(stop(&f), 1);
}

static void the_end_does_not_wait(void **state)
{
    struct fixture f;
    struct schema_load loads[] = {{.id = 1}, {.id = 2}};
    (void)state;
    start(&f, 3600 * 1000);
    fake_registry_be_silent(&f.registry, true);
    assert_int_equal(schema_loader_add(f.loader, &loads[0]), 0);
    assert_int_equal(schema_loader_add(f.loader, &loads[1]), 0);
    for (int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
         fake_registry_requests(&f.registry) == 0;) {
        assert_true(clock_monotonic_ms() < until_ms);
        poll(NULL, 0, 1);
    }
    int64_t began_ms = clock_monotonic_ms();
    assert_int_equal(stop(&f), 2);
    assert_true(clock_monotonic_ms() - began_ms < 5000);
}

/* Neither with a thread that sleeps, nor without one. */
static void an_end_without_work(void **state)
{
    struct fixture f;
    struct schema_load load = {.id = 1};
    (void)state;
    start(&f, 1000);
    assert_int_equal(stop(&f), 0);
    start(&f, 1000);
    fake_registry_answer(&f.registry, "/schemas/ids/1", 200, SCHEMA);
    assert_int_equal(schema_loader_add(f.loader, &load), 0);
    WAIT_UNTIL(&f, is_delivered(&f, &load));
    assert_int_equal(stop(&f), 0);
    schema_loader_free(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_are_loaded),  cmocka_unit_test(what_is_away_is_tried_again),
        cmocka_unit_test(loads_take_turns),    cmocka_unit_test(the_end_does_not_wait),
        cmocka_unit_test(an_end_without_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
