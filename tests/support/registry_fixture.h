/* Registries of schemas for tests, beside fake_registry.h. */
#ifndef SUPPORT_REGISTRY_FIXTURE_H
#define SUPPORT_REGISTRY_FIXTURE_H

#include "avro/registry.h"
#include "support/fake_registry.h"
#include "support/unit.h"

#define SCHEMA(text) "{\"schema\":\"" text "\"}"

static inline struct registry *registry_open_with(const struct registry_options *options)
{
    struct registry *registry;
    struct ksse_error error;
    if (registry_new(options, &registry, &error) < 0) {
        fail_msg("%s", error.message);
    }
    return registry;
}

static inline struct registry *registry_open(const char *url, const char *directory, int timeout_ms)
{
    struct registry_options options = {
        .directory = directory, .url = url, .timeout_ms = timeout_ms};
    return registry_open_with(&options);
}

static inline enum registry_outcome registry_find(struct registry *registry, uint32_t id,
                                                  char *reason)
{
    struct plan *plan = NULL;
    reason[0] = '\0';
    enum registry_outcome outcome = registry_get(registry, id, &plan, reason);
    assert_true((outcome == REGISTRY_FOUND) == (plan != NULL));
    plan_free(plan);
    return outcome;
}

#endif
