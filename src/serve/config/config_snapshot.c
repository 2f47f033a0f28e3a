/* Snapshots of the configuration: see the header. */
#include "serve/config/config_snapshot.h"
#include "api/error.h"
#include "base/mem.h"
#include "serve/config/deserializers.h"

static int compile(struct config_snapshot *snapshot, const struct config_snapshot *before,
                   bool opens, struct ksse_error *error)
{
    struct compile_options options = {
        .config = snapshot->config,
        .before = before == NULL ? NULL : &before->routes,
        .opens = opens,
    };
    return compiled_routes_init(&snapshot->routes, &options, error);
}

/* Plug-ins are opened last, when everything else is known to be right. */
static int make(struct config_snapshot *snapshot, const struct ksse_config *said,
                struct ksse_error *error)
{
    int rc = config_check_said(said, error);
    if (rc == 0 && config_resolve(said, &snapshot->config) < 0) {
        rc = error_no_memory(error);
    }
    return rc < 0 ? rc : config_check_resolved(snapshot->config, error);
}

int config_snapshot_new(const struct ksse_config *said, const struct config_snapshot *before,
                        bool opens, struct config_snapshot **out, struct ksse_error *error)
{
    struct config_snapshot *snapshot = mem_zalloc(sizeof(*snapshot));
    if (snapshot == NULL) {
        return error_no_memory(error);
    }
    atomic_init(&snapshot->refs, 1);
    int rc = make(snapshot, said, error);
    if (rc == 0) {
        rc = compile(snapshot, before, opens, error);
    }
    if (rc < 0) {
        config_snapshot_unref(snapshot);
        return rc;
    }
    *out = snapshot;
    return 0;
}

struct config_snapshot *config_snapshot_ref(struct config_snapshot *snapshot)
{
    size_t before = atomic_fetch_add(&snapshot->refs, 1);
    ASSERT(before > 0);
    return snapshot;
}

void config_snapshot_unref(struct config_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    size_t before = atomic_fetch_sub(&snapshot->refs, 1);
    ASSERT(before > 0);
    if (before == 1) {
        compiled_routes_fini(&snapshot->routes);
        ksse_config_free(snapshot->config);
        mem_free(snapshot);
    }
}

const struct compiled_route *config_snapshot_route(const struct config_snapshot *snapshot,
                                                   size_t route_index)
{
    ASSERT(snapshot->routes.count == snapshot->config->route_count);
    ASSERT(route_index < snapshot->routes.count);
    return &snapshot->routes.items[route_index];
}

/* What deserializers need besides the settings, such as a directory of schemas. */
static int check_deserializers(const struct config_snapshot *snapshot, struct ksse_error *error)
{
    struct deserializers deserializers = {0};
    int rc = deserializers_open(&deserializers, snapshot, NULL, NULL, error);
    deserializers_close(&deserializers);
    return rc;
}

int ksse_config_check(const struct ksse_config *config, struct ksse_error *error)
{
    struct config_snapshot *snapshot;
    int rc = config_snapshot_new(config, NULL, true, &snapshot, error);
    if (rc < 0) {
        return rc;
    }
    rc = check_deserializers(snapshot, error);
    config_snapshot_unref(snapshot);
    return rc;
}
