/*
 * Snapshots of the configuration: who keeps one, and what a second one has in common with the
 * first. tests/plugins/variant.c counts how often plug-ins are opened and closed.
 */
#include "serve/config/config_snapshot.h"
#include "serve/config/deserializers.h"
#include "serve/config/route_selection.h"
#include "support/watched_plugin.h"

#include <pthread.h>

#define GOOD "plugin:" PLUGINS "/good.so"

static struct ksse_config *new_config(void)
{
    struct ksse_config *config = ksse_config_new();
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    return config;
}

static void set_route(struct ksse_config *config, const char *path, const char *name,
                      const char *value)
{
    assert_int_equal(ksse_config_set_route(config, path, name, value, NULL), 0);
}

static struct config_snapshot *snapshot_of(const struct ksse_config *config,
                                           const struct config_snapshot *before)
{
    struct config_snapshot *snapshot;
    struct ksse_error error = {""};
    int rc = config_snapshot_new(config, before, true, &snapshot, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(rc, 0);
    return snapshot;
}

static struct selection *select_on(struct config_snapshot *snapshot, size_t route,
                                   const char *filter)
{
    struct selection_request request = {.filter = slice_str(filter)};
    struct refusal refusal = REFUSAL_INIT;
    struct selection *selection;
    assert_int_equal(route_select(snapshot, route, &request, &selection, &refusal), 0);
    return selection;
}

static bool have_same_key(const struct selection *a, const struct selection *b)
{
    struct buf one = BUF_INIT;
    struct buf other = BUF_INIT;
    selection_append_key(a, &one);
    selection_append_key(b, &other);
    bool is_same = slice_eq(buf_slice(&one), buf_slice(&other));
    buf_fini(&one);
    buf_fini(&other);
    return is_same;
}

static bool keeps(struct selection *selection, const char *data)
{
    struct selection_scratch scratch;
    struct ksse_event event = {
        .topic = "t", .data = data, .data_len = strlen(data), .timestamp_ms = 1};
    struct slice shown;
    assert_int_equal(selection_scratch_init(&scratch), 0);
    assert_int_equal(selection_attach(selection, &scratch), 0);
    selection_scratch_set(&scratch, slice_str(data));
    enum selection_outcome outcome = selection_apply(selection, &scratch, &event, &shown);
    selection_detach(selection, &scratch);
    selection_scratch_fini(&scratch);
    return outcome == SELECTION_KEPT;
}

/* What a stream uses stays when everybody else has given the snapshot up. */
static void test_a_selection_keeps_its_snapshot(void **state)
{
    struct watched_plugin good = watch_plugin(PLUGINS "/good.so");
    struct ksse_config *config = new_config();
    (void)state;
    set_route(config, "/a/{topics}", "filter", "x == 1");
    set_route(config, "/a/{topics}", "redact", "y");
    set_route(config, "/b/{topics}", "filter", GOOD);
    struct config_snapshot *snapshot = snapshot_of(config, NULL);
    ksse_config_free(config);
    struct selection *first = select_on(snapshot, 0, "");
    struct selection *second = select_on(snapshot, 1, "z == 2");
    config_snapshot_unref(snapshot);
    assert_plugin_counts(&good, 1, 0);
    selection_unref(second);
    assert_plugin_counts(&good, 1, 0);
    assert_true(keeps(first, "{\"x\":1,\"y\":2}"));
    assert_false(keeps(first, "{\"x\":2}"));
    selection_unref(first);
    assert_plugin_counts(&good, 1, 1);
    unwatch_plugin(&good);
}

static void test_plug_ins_are_shared_with_the_snapshot_before(void **state)
{
    struct watched_plugin good = watch_plugin(PLUGINS "/good.so");
    struct ksse_config *config = new_config();
    (void)state;
    set_route(config, "/a/{topics}", "filter", GOOD);
    set_route(config, "/b/{topics}", "filter", GOOD "?old");
    struct config_snapshot *old = snapshot_of(config, NULL);
    assert_plugin_counts(&good, 2, 0);
    set_route(config, "/b/{topics}", "filter", GOOD "?new");
    struct config_snapshot *new = snapshot_of(config, old);
    assert_plugin_counts(&good, 3, 0);
    ksse_config_free(config);

    struct selection *a = select_on(old, 0, "");
    struct selection *b = select_on(new, 0, "");
    assert_true(have_same_key(a, b)); /* streams of both may share a channel */
    selection_unref(a);
    selection_unref(b);

    config_snapshot_unref(old);
    assert_plugin_counts(&good, 3, 1);
    config_snapshot_unref(new);
    assert_plugin_counts(&good, 3, 3);
    unwatch_plugin(&good);
}

static void expect_rendering(const struct config_snapshot *snapshot, size_t index,
                             const char *deserializer, bool shows_headers)
{
    assert_true(index < snapshot->routes.rendering_count);
    const struct compiled_rendering *rendering = &snapshot->routes.renderings[index];
    assert_string_equal(rendering->deserializer, deserializer);
    assert_int_equal(rendering->shows_headers, shows_headers);
}

/* A feed that was made for the first snapshot knows them by these. */
static void test_renderings_keep_their_numbers(void **state)
{
    struct ksse_config *config = new_config();
    (void)state;
    set_route(config, "/a/{topics}", "deserializer", "text");
    set_route(config, "/b/{topics}", "headers", "yes");
    struct config_snapshot *old = snapshot_of(config, NULL);
    ksse_config_free(config);
    config = new_config();
    set_route(config, "/c/{topics}", "deserializer", "base64");
    set_route(config, "/b/{topics}", "headers", "yes");
    struct config_snapshot *new = snapshot_of(config, old);
    ksse_config_free(config);

    struct deserializers deserializers = {0};
    assert_int_equal(deserializers_open(&deserializers, old, NULL, NULL, NULL), 0);
    assert_true(deserializers_serve(&deserializers, old));
    assert_false(deserializers_serve(&deserializers, new)); /* it lacks base64 */
    deserializers_close(&deserializers);

    config_snapshot_unref(old);
    assert_int_equal(new->routes.rendering_count, 3);
    expect_rendering(new, 0, "text", false);
    expect_rendering(new, 1, "json", true);
    expect_rendering(new, 2, "base64", false);
    assert_int_equal(config_snapshot_route(new, 0)->rendering, 2);
    assert_int_equal(config_snapshot_route(new, 1)->rendering, 1);
    config_snapshot_unref(new);
}

static enum ksse_filtered keep(void *opaque, const struct ksse_event *event,
                               struct ksse_output *output)
{
    (void)opaque, (void)event, (void)output;
    return KSSE_FILTER_KEEP;
}

/* Their streams must not share a channel. */
static void test_a_callback_that_has_become_another_one(void **state)
{
    struct ksse_config *config = new_config();
    int tags[2];
    (void)state;
    assert_int_equal(ksse_config_add_filter(config, "mine", keep, &tags[0], NULL), 0);
    set_route(config, "/{topics}", "filter", "callback:mine");
    struct config_snapshot *old = snapshot_of(config, NULL);
    struct config_snapshot *same = snapshot_of(config, old);
    assert_int_equal(ksse_config_add_filter(config, "mine", keep, &tags[1], NULL), 0);
    struct config_snapshot *new = snapshot_of(config, old);
    ksse_config_free(config);
    assert_ptr_equal(config_snapshot_route(old, 0)->extension->filter_opaque, &tags[0]);
    assert_ptr_equal(config_snapshot_route(new, 0)->extension->filter_opaque, &tags[1]);

    struct selection *a = select_on(old, 0, "");
    struct selection *b = select_on(same, 0, "");
    struct selection *c = select_on(new, 0, "");
    assert_true(have_same_key(a, b));
    assert_false(have_same_key(a, c));
    selection_unref(a);
    selection_unref(b);
    selection_unref(c);
    config_snapshot_unref(old);
    config_snapshot_unref(same);
    config_snapshot_unref(new);
}

static void test_a_bad_one_leaves_the_one_before_alone(void **state)
{
    struct ksse_config *config = new_config();
    struct config_snapshot *old = snapshot_of(config, NULL);
    struct config_snapshot *new = NULL;
    struct ksse_error error;
    (void)state;
    set_route(config, "/{topics}", "filter", "a &&");
    assert_int_equal(config_snapshot_new(config, old, true, &new, &error), KSSE_EVALUE);
    assert_null(new);
    assert_non_null(strstr(error.message, "route /{topics}: filter"));
    ksse_config_free(config);
    assert_int_equal(old->config->route_count, 2);
    config_snapshot_unref(old);
    config_snapshot_unref(NULL);
}

/* ---- without memory ---- */

static struct ksse_config *shared_config;
static struct config_snapshot *shared_before;

static bool attempt(void)
{
    struct config_snapshot *made = NULL;
    int rc = config_snapshot_new(shared_config, shared_before, true, &made, NULL);
    assert_true(rc == 0 || rc == KSSE_ENOMEM);
    assert_int_equal(rc == 0, made != NULL);
    config_snapshot_unref(made);
    return rc == 0;
}

static void test_without_memory(void **state)
{
    struct watched_plugin good = watch_plugin(PLUGINS "/good.so");
    (void)state;
    shared_config = new_config();
    set_route(shared_config, "/a/{topics}", "filter", GOOD);
    set_route(shared_config, "/a/{topics}", "deserializer", GOOD "?d");
    shared_before = snapshot_of(shared_config, NULL);
    set_route(shared_config, "/b/{topics}", "filter", GOOD "?new");
    set_route(shared_config, "/b/{topics}", "redact", "a,b.c");
    fail_each_allocation(attempt, true);
    ksse_config_free(shared_config);
    config_snapshot_unref(shared_before);
    assert_int_equal(*good.closed, *good.opened);
    unwatch_plugin(&good);
}

/* ---- several threads ---- */

enum {
    THREADS = 4,
    STREAMS = 1000 /* of each thread */
};

static void *begin_streams(void *opaque)
{
    struct config_snapshot *snapshot = opaque;
    for (int i = 0; i < STREAMS; i++) {
        struct selection *selection = select_on(snapshot, 0, "");
        assert_true(keeps(selection, "{\"x\":1}"));
        selection_unref(selection);
    }
    config_snapshot_unref(snapshot);
    return NULL;
}

static void test_the_last_thread_frees_it(void **state)
{
    struct watched_plugin good = watch_plugin(PLUGINS "/good.so");
    struct ksse_config *config = new_config();
    pthread_t threads[THREADS];
    (void)state;
    set_route(config, "/a/{topics}", "filter", "x == 1");
    set_route(config, "/b/{topics}", "filter", GOOD);
    struct config_snapshot *snapshot = snapshot_of(config, NULL);
    ksse_config_free(config);
    for (int i = 0; i < THREADS; i++) {
        config_snapshot_ref(snapshot);
        assert_int_equal(pthread_create(&threads[i], NULL, begin_streams, snapshot), 0);
    }
    config_snapshot_unref(snapshot);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_plugin_counts(&good, 1, 1);
    unwatch_plugin(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_selection_keeps_its_snapshot),
        cmocka_unit_test(test_plug_ins_are_shared_with_the_snapshot_before),
        cmocka_unit_test(test_renderings_keep_their_numbers),
        cmocka_unit_test(test_a_callback_that_has_become_another_one),
        cmocka_unit_test(test_a_bad_one_leaves_the_one_before_alone),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_the_last_thread_frees_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
