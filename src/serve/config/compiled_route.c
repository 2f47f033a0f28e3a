/* Options of routes become compiled routes: see the header. */
#include "serve/config/compiled_route.h"
#include "api/error.h"
#include "avro/avro.h"
#include "base/mem.h"
#include "core/filter/fault.h"
#include "core/stream/deserializer.h"

/* What is being made, and for whom. */
struct making {
    const struct compile_options *options;
    struct compiled_routes *routes;
    const struct route_config *route; /* that is being compiled */
    struct ksse_error *error;
};

void compiled_routes_fini(struct compiled_routes *routes)
{
    for (size_t i = 0; i < routes->count; i++) {
        filter_free(routes->items[i].filter);
        projection_free(routes->items[i].redact);
    }
    for (size_t i = 0; i < routes->rendering_count; i++) {
        mem_free(routes->renderings[i].deserializer);
    }
    for (size_t i = 0; i < routes->extension_count; i++) {
        extension_unref(routes->extensions[i]);
    }
    mem_free(routes->items);
    mem_free(routes->renderings);
    mem_free(routes->extensions);
    *routes = (struct compiled_routes){0};
}

static int refuse(const struct making *m, const char *setting, const char *value, const char *why)
{
    error_set(m->error, "route %s: %s: \"%.100s\" cannot be used: %s", m->route->path, setting,
              value, why);
    return KSSE_EVALUE;
}

/* ---- extensions ---- */

static struct extension *find_extension(const struct compiled_routes *routes,
                                        const struct ksse_config *config, const char *spec)
{
    for (size_t i = 0; i < routes->extension_count; i++) {
        if (extension_serves(routes->extensions[i], config, spec)) {
            return routes->extensions[i];
        }
    }
    return NULL;
}

/* Takes the reference over, also on failure. */
static int take_extension(const struct making *m, struct extension *extension)
{
    struct compiled_routes *routes = m->routes;
    size_t size = (routes->extension_count + 1) * sizeof(*routes->extensions);
    struct extension **extensions = mem_realloc(routes->extensions, size);
    if (extensions == NULL) {
        extension_unref(extension);
        return error_no_memory(m->error);
    }
    routes->extensions = extensions;
    extensions[routes->extension_count++] = extension;
    return 0;
}

/* The extension of that spec: one that is there already, or one of `before`, or a new one. */
static int get_extension(const struct making *m, const char *setting, const char *spec,
                         struct extension **out)
{
    const struct compile_options *o = m->options;
    struct ksse_error why;
    struct extension *extension = find_extension(m->routes, o->config, spec);
    if (extension != NULL) {
        *out = extension;
        return 0;
    }
    extension = o->before == NULL ? NULL : find_extension(o->before, o->config, spec);
    if (extension != NULL) {
        extension_ref(extension);
    } else {
        int rc = extension_new(o->config, spec, o->opens, &extension, &why);
        if (rc < 0) {
            return rc == KSSE_ENOMEM ? error_no_memory(m->error)
                                     : refuse(m, setting, spec, why.message);
        }
    }
    int rc = take_extension(m, extension);
    if (rc == 0) {
        *out = extension;
    }
    return rc;
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

static bool is_same_rendering(const struct compiled_rendering *a,
                              const struct compiled_rendering *b)
{
    return a->shows_headers == b->shows_headers && a->extension == b->extension &&
           strcmp(a->deserializer, b->deserializer) == 0;
}

/* Copies *rendering, whose extension is one of the routes', and tells its number. */
static int add_rendering(const struct making *m, const struct compiled_rendering *rendering,
                         size_t *index)
{
    ASSERT((rendering->extension != NULL) == extension_is_spec(rendering->deserializer));
    struct compiled_routes *routes = m->routes;
    for (size_t i = 0; i < routes->rendering_count; i++) {
        if (is_same_rendering(&routes->renderings[i], rendering)) {
            *index = i;
            return 0;
        }
    }
    size_t size = (routes->rendering_count + 1) * sizeof(*routes->renderings);
    struct compiled_rendering *renderings = mem_realloc(routes->renderings, size);
    if (renderings == NULL) {
        return error_no_memory(m->error);
    }
    routes->renderings = renderings;
    char *deserializer = mem_strndup(rendering->deserializer, strlen(rendering->deserializer));
    if (deserializer == NULL) {
        return error_no_memory(m->error);
    }
    renderings[routes->rendering_count] = *rendering;
    renderings[routes->rendering_count].deserializer = deserializer;
    *index = routes->rendering_count++;
    return 0;
}

static int keep_extension(const struct making *m, struct extension *extension)
{
    for (size_t i = 0; i < m->routes->extension_count; i++) {
        if (m->routes->extensions[i] == extension) {
            return 0;
        }
    }
    return take_extension(m, extension_ref(extension));
}

/* Feeds know renderings by their numbers, so those of `before` come first. */
static int keep_renderings(const struct making *m)
{
    const struct compiled_routes *before = m->options->before;
    size_t count = before == NULL ? 0 : before->rendering_count;
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        const struct compiled_rendering *rendering = &before->renderings[i];
        if (rendering->extension != NULL) {
            rc = keep_extension(m, rendering->extension);
        }
        if (rc == 0) {
            size_t index = i;
            rc = add_rendering(m, rendering, &index);
            ASSERT(index == i);
        }
    }
    return rc;
}

/* Whether it can be told here: what the registry and the directory are, avro_new() finds out. */
static int check_avro(const struct making *m)
{
    const struct settings *s = &m->options->config->settings;
    const char *name = m->route->options.deserializer;
    if (!avro_is_available()) {
        return refuse(m, "deserializer", name, "this program was built without Avro");
    }
    if (s->schema_registry[0] == '\0' && s->schema_files[0] == '\0') {
        return refuse(m, "deserializer", name, "set schema-registry or schema-files");
    }
    return 0;
}

static int make_rendering(const struct making *m, struct compiled_route *route)
{
    const struct route_options *o = &m->route->options;
    struct compiled_rendering rendering = {.deserializer = o->deserializer,
                                           .shows_headers = o->shows_headers};
    if (extension_is_spec(o->deserializer)) {
        int rc = get_extension(m, "deserializer", o->deserializer, &rendering.extension);
        if (rc < 0) {
            return rc;
        }
        if (extension_is_known(rendering.extension) && rendering.extension->deserialize == NULL) {
            return refuse(m, "deserializer", o->deserializer, "it is a filter only");
        }
    } else if (strcmp(o->deserializer, "avro") == 0) {
        int rc = check_avro(m);
        if (rc < 0) {
            return rc;
        }
    } else if (deserializer_builtin(o->deserializer) == NULL) {
        return refuse(m, "deserializer", o->deserializer,
                      "choose json, text, base64, avro, plugin:/path/to/x.so or callback:NAME");
    }
    return add_rendering(m, &rendering, &route->rendering);
}

/* ---- filters ---- */

static int check_headers(const struct making *m, const struct compiled_route *route)
{
    const struct route_options *o = &m->route->options;
    if (!o->shows_headers && filter_uses_headers(route->filter)) {
        return refuse(m, "filter", o->filter,
                      "it looks at _kafka.headers: set headers = yes as well");
    }
    return 0;
}

static int parse_filter(const struct making *m, struct compiled_route *route)
{
    const char *text = m->route->options.filter;
    struct filter_fault fault;
    int rc = filter_parse(slice_str(text), NULL, NULL, &route->filter, &fault);
    if (rc == KSSE_ENOMEM) {
        return error_no_memory(m->error);
    }
    return rc < 0 ? refuse_at(m, "filter", text, fault.message, fault.at) : check_headers(m, route);
}

static int make_filter(const struct making *m, struct compiled_route *route)
{
    const char *text = m->route->options.filter;
    if (text[0] == '\0') {
        return 0;
    }
    if (!extension_is_spec(text)) {
        return parse_filter(m, route);
    }
    int rc = get_extension(m, "filter", text, &route->extension);
    if (rc == 0 && extension_is_known(route->extension) && route->extension->filter == NULL) {
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

static int make_redact(const struct making *m, struct compiled_route *route)
{
    const char *text = m->route->options.redact;
    struct projection_fault fault;
    if (slice_trim(slice_str(text)).len == 0) {
        return 0;
    }
    int rc = projection_new(slice_of("", 0), slice_str(text), &route->redact, &fault);
    if (rc == KSSE_ENOMEM) {
        return error_no_memory(m->error);
    }
    return rc < 0 ? refuse_at(m, "redact", text, fault.message, fault.at)
                  : check_redact(m, route->redact);
}

/* ---- all ---- */

static int make_route(struct making *m, struct compiled_route *route)
{
    int rc = make_rendering(m, route);
    if (rc == 0) {
        rc = make_filter(m, route);
    }
    ASSERT(rc < 0 || route->rendering < m->routes->rendering_count);
    ASSERT(route->filter == NULL || route->extension == NULL);
    return rc < 0 ? rc : make_redact(m, route);
}

static int make_all(struct making *m)
{
    const struct ksse_config *config = m->options->config;
    m->routes->items = mem_zalloc(config->route_count * sizeof(*m->routes->items));
    if (m->routes->items == NULL) {
        return error_no_memory(m->error);
    }
    m->routes->count = config->route_count;
    int rc = keep_renderings(m);
    for (size_t i = 0; i < config->route_count && rc == 0; i++) {
        m->route = &config->routes[i];
        rc = make_route(m, &m->routes->items[i]);
    }
    return rc;
}

int compiled_routes_init(struct compiled_routes *routes, const struct compile_options *options,
                         struct ksse_error *error)
{
    ASSERT(options->config->route_count > 0); /* a resolved one has the default routes at least */
    *routes = (struct compiled_routes){0};
    struct making m = {options, routes, NULL, error};
    int rc = make_all(&m);
    if (rc < 0) {
        compiled_routes_fini(routes);
    }
    return rc;
}
