/*
 * A server that goes on with another snapshot of its configuration, with streams on both: what this
 * file calls old is the first one.
 */
#include "serve/api/server.h"
#include "support/demo_server.h"

#include <unistd.h>

enum {
    STREAMS = 4, /* so that each of two workers has some, probably */
    GIVE_UP_MS = 30000
};

static char text[TEXT_LEN];

/* Only the old snapshot has /old, which hides who edits; only the new one has /new. Both have
 * /both, which shows it in the new one. */
static struct config_snapshot *snapshot_of(bool is_new, const char *workers,
                                           const struct config_snapshot *before)
{
    struct demo_setting settings[] = {{"workers", workers}, {"linger", "0"}};
    struct ksse_config *config = demo_config(settings, ARRAY_LEN(settings));
    struct config_snapshot *snapshot;
    const char *own = is_new ? "/new/{topics}" : "/old/{topics}";
    assert_int_equal(ksse_config_set_route(config, own, "redact", is_new ? "title" : "user", NULL),
                     0);
    assert_int_equal(
        ksse_config_set_route(config, "/both/{topics}", "redact", is_new ? "" : "user", NULL), 0);
    assert_int_equal(config_snapshot_new(config, before, true, &snapshot, NULL), 0);
    ksse_config_free(config);
    return snapshot;
}

/* The same as the old snapshot says. */
static struct ksse_server *old_server(const char *workers)
{
    struct demo_setting settings[] = {{"workers", workers}, {"linger", "0"}};
    struct ksse_config *config = demo_config(settings, ARRAY_LEN(settings));
    assert_int_equal(ksse_config_set_route(config, "/old/{topics}", "redact", "user", NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/both/{topics}", "redact", "user", NULL), 0);
    return demo_server_of(config);
}

static bool shows_user(const char *events)
{
    return strstr(events, "\"user\":") != NULL;
}

/* Reads until two events have come since the call: what was on its way, and a newer one. */
static void read_events(int fd)
{
    assert_true(read_until(fd, "data: {", text));
    assert_true(read_until(fd, "data: {", text));
}

static int open_stream(const struct ksse_server *server, const char *path)
{
    int fd = demo_ask(server, path);
    assert_true(read_until(fd, "HTTP/1.1 200", text));
    return fd;
}

/* Each connection may come to any worker, and workers take the snapshot over at their next wake. */
static void wait_for_status(const struct ksse_server *server, const char *path, const char *status)
{
    int64_t give_up_ms = now_ms() + GIVE_UP_MS;
    for (int in_a_row = 0; in_a_row < 20;) {
        int fd = demo_ask(server, path);
        bool is_it = read_until(fd, "\r\n", text) && strstr(text, status) != NULL;
        in_a_row = is_it ? in_a_row + 1 : 0;
        close(fd);
        assert_true(now_ms() < give_up_ms);
    }
}

static void wait_for_refs(struct config_snapshot *snapshot, size_t count)
{
    int64_t give_up_ms = now_ms() + GIVE_UP_MS;
    while (atomic_load(&snapshot->refs) != count) {
        assert_true(now_ms() < give_up_ms);
        poll(NULL, 0, 10);
    }
}

static void close_streams(const int *fds)
{
    for (int i = 0; i < STREAMS; i++) {
        close(fds[i]);
    }
}

static void streams_on_both(const char *workers)
{
    struct ksse_server *server = old_server(workers);
    struct config_snapshot *old = server_snapshot(server);
    struct config_snapshot *new = snapshot_of(true, workers, old);
    int old_streams[STREAMS];
    int new_streams[STREAMS];
    pthread_t thread = demo_run(server);
    for (int i = 0; i < STREAMS; i++) {
        const char *path = i % 2 == 0 ? "/old/demo.recentchange" : "/both/demo.recentchange";
        old_streams[i] = open_stream(server, path);
    }
    wait_for_status(server, "/new/demo.recentchange", " 404 ");
    assert_int_equal(server_offer(server, new), 0);
    wait_for_status(server, "/old/demo.recentchange", " 404 ");
    for (int i = 0; i < STREAMS; i++) {
        const char *path = i % 2 == 0 ? "/new/demo.recentchange" : "/both/demo.recentchange";
        new_streams[i] = open_stream(server, path);
    }
    for (int i = 0; i < STREAMS; i++) {
        read_events(new_streams[i]);
        assert_true(shows_user(text));
        read_events(old_streams[i]);
        assert_false(shows_user(text));
    }
    assert_true(atomic_load(&old->refs) > 1);
    close_streams(old_streams);
    wait_for_refs(old, 1); /* only this test has it now */
    config_snapshot_unref(old);
    read_events(new_streams[0]);
    close_streams(new_streams);
    ksse_server_stop(server);
    demo_join(thread);
    ksse_server_free(server);
    assert_int_equal(atomic_load(&new->refs), 1);
    config_snapshot_unref(new);
}

static void test_one_worker(void **state)
{
    (void)state;
    streams_on_both("1");
}

static void test_two_workers(void **state)
{
    (void)state;
    streams_on_both("2");
}

/* The last of several that came between two turns counts, and none is lost. */
static void test_offers_before_it_runs(void **state)
{
    struct ksse_server *server = old_server("2");
    struct config_snapshot *old = server_snapshot(server);
    struct config_snapshot *other = snapshot_of(false, "2", old);
    struct config_snapshot *new = snapshot_of(true, "2", old);
    (void)state;
    assert_int_equal(server_offer(server, other), 0);
    assert_int_equal(server_offer(server, new), 0);
    assert_int_equal(atomic_load(&other->refs), 1);
    config_snapshot_unref(other);
    pthread_t thread = demo_run(server);
    wait_for_status(server, "/new/demo.recentchange", " 200 ");
    assert_int_equal(atomic_load(&old->refs), 1);
    config_snapshot_unref(old);
    ksse_server_stop(server);
    demo_join(thread);
    config_snapshot_unref(new);
    ksse_server_free(server);
}

static void test_deserializers_that_it_lacks(void **state)
{
    struct ksse_server *server = old_server("2");
    struct config_snapshot *old = server_snapshot(server);
    struct ksse_config *config = demo_config(NULL, 0);
    struct config_snapshot *new;
    (void)state;
    assert_int_equal(ksse_config_set(config, "deserializer", "base64", NULL), 0);
    assert_int_equal(config_snapshot_new(config, old, true, &new, NULL), 0);
    ksse_config_free(config);
    assert_int_equal(server_offer(server, new), KSSE_EVALUE);
    assert_int_equal(atomic_load(&new->refs), 1);
    assert_ptr_equal(server->snapshot, old);
    config_snapshot_unref(new);
    config_snapshot_unref(old);
    ksse_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_worker),
        cmocka_unit_test(test_two_workers),
        cmocka_unit_test(test_offers_before_it_runs),
        cmocka_unit_test(test_deserializers_that_it_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
