/* Options of routes become compiled routes: see the header. */
#include "serve/config/compiled_route.h"
#include "avro/avro.h"
#include "base/mem.h"
#include "core/stream/deserializer.h"
#include "api/error.h"
#include "core/filter/fault.h"
#include "serve/config/extension.h"

/* What is being made, and for whom. */
struct making {
    struct ksse_config *config;
    struct compiled_routes *compiled_routes;
    const struct route_config *route;
    bool opens;
    struct ksse_error *error;
};

const struct compiled_route *compiled_route_of(const struct ksse_config *config, size_t route_index)
{
    ASSERT(config->compiled_routes != NULL && route_index < config->compiled_routes->count);
    return &config->compiled_routes->items[route_index];
}

void compiled_routes_free(struct compiled_routes *compiled_routes)
{
    if (compiled_routes == NULL) {
        return;
    }
    for (size_t i = 0; i < compiled_routes->count; i++) {
        filter_free(compiled_routes->items[i].filter);
        projection_free(compiled_routes->items[i].redact);
    }
    for (size_t i = 0; i < compiled_routes->extension_count; i++) {
        extension_free(compiled_routes->extensions[i]);
    }
    mem_free(compiled_routes->items);
    mem_free(compiled_routes->renderings);
    mem_free(compiled_routes->extensions);
    mem_free(compiled_routes);
}

/* ---- extensions ---- */

/* The extension of that spec, which may be there already. */
static int get_extension(const struct making *m, const char *spec, const struct extension **out)
{
    struct compiled_routes *compiled_routes = m->compiled_routes;
    for (size_t i = 0; i < compiled_routes->extension_count; i++) {
        if (strcmp(compiled_routes->extensions[i]->spec, spec) == 0) {
            *out = compiled_routes->extensions[i];
            return 0;
        }
    }
    size_t size = (compiled_routes->extension_count + 1) * sizeof(struct extension *);
    struct extension **extensions = mem_realloc(compiled_routes->extensions, size);
    if (extensions == NULL) {
        return error_no_memory(m->error);
    }
    compiled_routes->extensions = extensions;
    struct extension *made;
    int rc = extension_new(m->config, spec, m->opens, &made, m->error);
    if (rc == 0) {
        extensions[compiled_routes->extension_count++] = made;
        *out = made;
    }
    return rc;
}

static int refuse(const struct making *m, const char *setting, const char *value, const char *why)
{
    error_set(m->error, "route %s: %s = %.100s: %s", m->route->path, setting, value, why);
    return KSSE_EVALUE;
}

/* The same for a text that is read by its characters: says where. */
static int refuse_at(const struct making *m, const char *setting, const char *text, const char *why,
                     size_t at)
{
    struct buf message = BUF_INIT;
    fault_append(why, at, slice_str(text), &message);
    error_set(m->error, "route %s: %s: %.*s", m->route->path, setting,
              SLICE_ARG(buf_slice(&message)));
    buf_fini(&message);
    return KSSE_EVALUE;
}

/* ---- renderings ---- */

static int add_rendering(const struct making *m, const struct compiled_rendering *rendering,
                         size_t *index)
{
    struct compiled_routes *compiled_routes = m->compiled_routes;
    for (size_t i = 0; i < compiled_routes->rendering_count; i++) {
        const struct compiled_rendering *other = &compiled_routes->renderings[i];
        if (other->shows_headers == rendering->shows_headers &&
            strcmp(other->deserializer, rendering->deserializer) == 0) {
            *index = i;
            return 0;
        }
    }
    size_t size = (compiled_routes->rendering_count + 1) * sizeof(*compiled_routes->renderings);
    struct compiled_rendering *renderings = mem_realloc(compiled_routes->renderings, size);
    if (renderings == NULL) {
        return error_no_memory(m->error);
    }
    compiled_routes->renderings = renderings;
    renderings[compiled_routes->rendering_count] = *rendering;
    *index = compiled_routes->rendering_count++;
    return 0;
}

/* Whether it can be told here: what the registry and the directory are, avro_new() finds out. */
static int check_avro(const struct making *m)
{
    const struct settings *s = &m->config->settings;
    const char *name = m->route->options.deserializer;
    if (!avro_is_available()) {
        return refuse(m, "deserializer", name, "this program was built without Avro");
    }
    if (s->schema_registry[0] == '\0' && s->schema_files[0] == '\0') {
        return refuse(m, "deserializer", name, "it needs schema-registry or schema-files");
    }
    return 0;
}

static int make_rendering(const struct making *m, struct compiled_route *compiled_route)
{
    const struct route_options *o = &m->route->options;
    struct compiled_rendering rendering = {.deserializer = o->deserializer,
                                           .shows_headers = o->shows_headers};
    if (extension_is_spec(o->deserializer)) {
        int rc = get_extension(m, o->deserializer, &rendering.extension);
        if (rc != 0) {
            return rc;
        }
        if (extension_is_known(rendering.extension) && rendering.extension->deserialize == NULL) {
            return refuse(m, "deserializer", o->deserializer, "it is a filter only");
        }
    } else if (strcmp(o->deserializer, "avro") == 0) {
        int rc = check_avro(m);
        if (rc != 0) {
            return rc;
        }
    } else if (deserializer_builtin(o->deserializer) == NULL) {
        return refuse(m, "deserializer", o->deserializer,
                      "there are json, text, base64, avro, plugin:/path/to/x.so and callback:NAME");
    }
    return add_rendering(m, &rendering, &compiled_route->rendering);
}

/* ---- filters ---- */

static int check_headers(const struct making *m, const struct compiled_route *compiled_route)
{
    const struct route_options *o = &m->route->options;
    if (!o->shows_headers && filter_uses_headers(compiled_route->filter)) {
        return refuse(m, "filter", o->filter,
                      "it looks at _kafka.headers, which needs headers = yes as well");
    }
    return 0;
}

static int parse_filter(const struct making *m, struct compiled_route *compiled_route)
{
    const char *text = m->route->options.filter;
    struct filter_fault fault;
    switch (filter_parse(slice_str(text), NULL, NULL, &compiled_route->filter, &fault)) {
    case FILTER_OK:
        return check_headers(m, compiled_route);
    case FILTER_BAD:
        break;
    case FILTER_NO_MEMORY:
        return error_no_memory(m->error);
    }
    return refuse_at(m, "filter", text, fault.message, fault.at);
}

static int make_filter(const struct making *m, struct compiled_route *compiled_route)
{
    const char *text = m->route->options.filter;
    if (text[0] == '\0') {
        return 0;
    }
    if (!extension_is_spec(text)) {
        return parse_filter(m, compiled_route);
    }
    int rc = get_extension(m, text, &compiled_route->extension);
    if (rc == 0 && extension_is_known(compiled_route->extension) &&
        compiled_route->extension->filter == NULL) {
        rc = refuse(m, "filter", text, "it is a deserializer only");
    }
    return rc;
}

/* What is a member in JSON is somewhere within "value" of a text: it would be shown. */
static int check_redact(const struct making *m, const struct projection *redact)
{
    const char *deserializer = m->route->options.deserializer;
    bool is_one_value = strcmp(deserializer, "text") == 0 || strcmp(deserializer, "base64") == 0;
    if (is_one_value && !projection_hides_only_in(redact, "value", "_kafka")) {
        return refuse(m, "redact", m->route->options.redact,
                      "with deserializer = text or base64, records have only value and _kafka, and "
                      "value would show what is to be hidden");
    }
    return 0;
}

static int make_redact(const struct making *m, struct compiled_route *compiled_route)
{
    const char *text = m->route->options.redact;
    struct projection_fault fault;
    bool is_fields;
    if (slice_trim(slice_str(text)).len == 0) {
        return 0;
    }
    switch (projection_new(slice_of("", 0), slice_str(text), &compiled_route->redact, &is_fields,
                           &fault)) {
    case PROJECTION_OK:
        return check_redact(m, compiled_route->redact);
    case PROJECTION_BAD:
        return refuse_at(m, "redact", text, fault.message, fault.at);
    case PROJECTION_NO_MEMORY:
        break;
    }
    return error_no_memory(m->error);
}

/* ---- all ---- */

static int make_all(struct making *m)
{
    int rc = 0;
    for (size_t i = 0; i < m->config->route_count && rc == 0; i++) {
        struct compiled_route *compiled_route = &m->compiled_routes->items[i];
        m->route = &m->config->routes[i];
        rc = make_rendering(m, compiled_route);
        if (rc == 0) {
            rc = make_filter(m, compiled_route);
        }
        if (rc == 0) {
            rc = make_redact(m, compiled_route);
        }
    }
    return rc;
}

int compiled_routes_make(struct ksse_config *config, bool opens, struct ksse_error *error)
{
    struct compiled_routes *compiled_routes = mem_zalloc(sizeof(*compiled_routes));
    if (compiled_routes == NULL) {
        return error_no_memory(error);
    }
    compiled_routes->items = mem_zalloc(config->route_count * sizeof(*compiled_routes->items));
    if (compiled_routes->items == NULL) {
        compiled_routes_free(compiled_routes);
        return error_no_memory(error);
    }
    compiled_routes->count = config->route_count;
    struct making m = {config, compiled_routes, NULL, opens, error};
    int rc = make_all(&m);
    if (rc != 0) {
        compiled_routes_free(compiled_routes);
        return rc;
    }
    config->compiled_routes = compiled_routes;
    return 0;
}
