/* Plug-ins and callbacks by the names that settings give them: see the header. */
#include "serve/config/extension.h"
#include "base/mem.h"
#include "api/error.h"
#include "plugin/plugin.h"

static const char plugin_prefix[] = "plugin:";
static const char callback_prefix[] = "callback:";

static bool is_plugin(const char *spec)
{
    return slice_starts_with(slice_str(spec), plugin_prefix);
}

bool extension_is_known(const struct extension *extension)
{
    return extension->plugin != NULL || !is_plugin(extension->spec);
}

bool extension_is_spec(const char *value)
{
    return is_plugin(value) || slice_starts_with(slice_str(value), callback_prefix);
}

static int use_callback(const struct ksse_config *config, struct extension *e,
                        struct ksse_error *error)
{
    const char *name = e->spec + strlen(callback_prefix);
    const struct callback_config *callback = config_callback(config, name);
    if (callback == NULL) {
        error_set(error,
                  "the program has no callback \"%.100s\": add it, or use a plug-in "
                  "(plugin:/path/to/x.so)",
                  name);
        return KSSE_EVALUE;
    }
    e->deserialize = callback->deserialize;
    e->deserialize_opaque = callback->deserialize_opaque;
    e->filter = callback->filter;
    e->filter_opaque = callback->filter_opaque;
    return 0;
}

static int use_plugin(struct extension *e, bool opens, struct ksse_error *error)
{
    const char *spec = e->spec + strlen(plugin_prefix);
    int rc = opens ? plugin_open(spec, &e->plugin, error) : plugin_spec_check(spec, error);
    if (rc == 0 && opens) {
        e->deserialize = plugin_deserialize(e->plugin);
        e->filter = plugin_filter(e->plugin);
        e->deserialize_opaque = plugin_state(e->plugin);
        e->filter_opaque = plugin_state(e->plugin);
    }
    return rc;
}

int extension_new(const struct ksse_config *config, const char *spec, bool opens,
                  struct extension **out, struct ksse_error *error)
{
    struct extension *made = mem_zalloc(sizeof(*made));
    if (made == NULL) {
        return error_no_memory(error);
    }
    ASSERT(extension_is_spec(spec));
    atomic_init(&made->refs, 1);
    made->spec = mem_strndup(spec, strlen(spec));
    int rc = made->spec == NULL ? error_no_memory(error)
             : is_plugin(spec)  ? use_plugin(made, opens, error)
                                : use_callback(config, made, error);
    if (rc < 0) {
        extension_unref(made);
        return rc;
    }
    *out = made;
    return 0;
}

bool extension_serves(const struct extension *extension, const struct ksse_config *config,
                      const char *spec)
{
    if (strcmp(extension->spec, spec) != 0) {
        return false;
    }
    if (is_plugin(spec)) {
        return true;
    }
    /* The program may have given the name to other functions in the meantime. */
    const struct callback_config *callback =
        config_callback(config, spec + strlen(callback_prefix));
    return callback != NULL && callback->deserialize == extension->deserialize &&
           callback->deserialize_opaque == extension->deserialize_opaque &&
           callback->filter == extension->filter &&
           callback->filter_opaque == extension->filter_opaque;
}

struct extension *extension_ref(struct extension *extension)
{
    size_t before = atomic_fetch_add(&extension->refs, 1);
    ASSERT(before > 0);
    return extension;
}

void extension_unref(struct extension *extension)
{
    if (extension == NULL) {
        return;
    }
    size_t before = atomic_fetch_sub(&extension->refs, 1);
    ASSERT(before > 0);
    if (before == 1) {
        plugin_close(extension->plugin);
        mem_free(extension->spec);
        mem_free(extension);
    }
}
