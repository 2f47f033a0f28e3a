/* What a program says about the server that it wants: settings, routes, aliases, Kafka properties.
 * Every setter leaves the configuration as it was when it fails. */
#include "serve/config/config.h"

#include "base/mem.h"
#include "api/error.h"

static const char *const default_routes[] = {"/{topics}", "/v2/stream/{topics}"};
_Static_assert(ARRAY_LEN(default_routes) > 0, "a resolved configuration has a route");

struct ksse_config *ksse_config_new(void)
{
    struct ksse_config *config = mem_zalloc(sizeof *config);
    if (config == NULL) {
        return NULL;
    }
    if (settings_init(&config->settings) < 0) {
        mem_free(config);
        return NULL;
    }
    return config;
}

static void property_fini(struct kafka_property *property)
{
    mem_free(property->name);
    mem_free(property->value);
}

static void alias_fini(struct alias_config *alias)
{
    mem_free(alias->name);
    topic_patterns_fini(&alias->topics);
}

void ksse_config_free(struct ksse_config *config)
{
    if (config == NULL) {
        return;
    }
    settings_fini(&config->settings);
    for (size_t i = 0; i < config->route_count; i++) {
        route_config_fini(&config->routes[i]);
    }
    for (size_t i = 0; i < config->alias_count; i++) {
        alias_fini(&config->aliases[i]);
    }
    for (size_t i = 0; i < config->property_count; i++) {
        property_fini(&config->properties[i]);
    }
    callbacks_fini(config);
    mem_free(config->routes);
    mem_free(config->aliases);
    mem_free(config->properties);
    mem_free(config);
}

int ksse_config_set(struct ksse_config *config, const char *name, const char *value,
                    struct ksse_error *error)
{
    return settings_set(&config->settings, name, value, error);
}

char *ksse_config_get(const struct ksse_config *config, const char *name)
{
    int id = setting_find(name);
    if (id < 0) {
        return NULL;
    }
    struct buf text = BUF_INIT;
    settings_print(&config->settings, (enum setting)id, &text);
    buf_append_char(&text, '\0');
    if (!buf_ok(&text)) {
        buf_fini(&text);
    }
    return text.data;
}

void ksse_text_free(char *text)
{
    mem_free(text);
}

void ksse_config_set_log(struct ksse_config *config, enum ksse_log_level level, ksse_log_fn log,
                         void *opaque)
{
    config->log_level = level;
    config->log = log;
    config->log_opaque = opaque;
}

void ksse_config_set_log_dropped(struct ksse_config *config, ksse_log_dropped_fn dropped,
                                 void *opaque)
{
    config->log_dropped = dropped;
    config->log_dropped_opaque = opaque;
}

void ksse_config_set_authorize(struct ksse_config *config, ksse_authorize_fn authorize,
                               void *opaque)
{
    config->authorize = authorize;
    config->authorize_opaque = opaque;
}

void ksse_config_set_kafka_events(struct ksse_config *config, ksse_kafka_event_fn on_event,
                                  void *opaque)
{
    config->on_kafka_event = on_event;
    config->kafka_event_opaque = opaque;
}

static int property_init(struct kafka_property *property, const char *name, const char *value)
{
    struct kafka_property made = {mem_strndup(name, strlen(name)),
                                  mem_strndup(value, strlen(value))};
    if (made.name == NULL || made.value == NULL) {
        property_fini(&made);
        return KSSE_ENOMEM;
    }
    *property = made;
    return 0;
}

/* Adds what was given last at the end: where two names mean the same, librdkafka lets it win. */
static int add_property(struct ksse_config *config, const char *name, const char *value)
{
    size_t size = (config->property_count + 1) * sizeof *config->properties;
    struct kafka_property *properties = mem_realloc(config->properties, size);
    if (properties == NULL) {
        return KSSE_ENOMEM;
    }
    config->properties = properties;
    struct kafka_property made;
    if (property_init(&made, name, value) < 0) {
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < config->property_count; i++) {
        if (strcmp(properties[i].name, name) == 0) {
            property_fini(&properties[i]);
            config->property_count--;
            memmove(&properties[i], &properties[i + 1],
                    (config->property_count - i) * sizeof *properties);
            break;
        }
    }
    properties[config->property_count++] = made;
    return 0;
}

int ksse_config_set_kafka(struct ksse_config *config, const char *property, const char *value,
                          struct ksse_error *error)
{
    int rc = kafka_property_check(property, value, error);
    if (rc < 0) {
        return rc;
    }
    return add_property(config, property, value) == 0 ? 0 : error_no_memory(error);
}

/* Takes over what `route` holds; on failure it stays the caller's. */
static int add_route(struct ksse_config *config, const struct route_config *route)
{
    size_t size = (config->route_count + 1) * sizeof *config->routes;
    struct route_config *routes = mem_realloc(config->routes, size);
    if (routes == NULL) {
        return KSSE_ENOMEM;
    }
    config->routes = routes;
    routes[config->route_count++] = *route;
    return 0;
}

int ksse_config_set_route(struct ksse_config *config, const char *path, const char *name,
                          const char *value, struct ksse_error *error)
{
    for (size_t i = 0; i < config->route_count; i++) {
        struct route_config *route = &config->routes[i];
        if (strcmp(route->path, path) == 0) {
            return name == NULL ? 0 : route_options_set(&route->options, name, value, error);
        }
    }
    struct route_config made;
    int rc = route_config_init(&made, path, error);
    if (rc < 0) {
        return rc;
    }
    if (name != NULL) {
        rc = route_options_set(&made.options, name, value, error);
    }
    if (rc == 0 && add_route(config, &made) < 0) {
        rc = error_no_memory(error);
    }
    if (rc < 0) {
        route_config_fini(&made);
    }
    return rc;
}

static int check_alias(const char *name, const struct topic_patterns *topics,
                       struct ksse_error *error)
{
    if (!topic_name_is_valid(slice_str(name)) || topic_is_internal(slice_str(name))) {
        error_set(error,
                  "alias: \"%.100s\" is not a valid name: use a-z A-Z 0-9 . _ -, as in names of "
                  "topics",
                  name);
        return KSSE_EVALUE;
    }
    if (topics->count == 0 || topic_patterns_have_regex(topics)) {
        error_set(error, "alias %s: the topics are not valid: name one or more, without ^", name);
        return KSSE_EVALUE;
    }
    return 0;
}

/* Takes over what `alias` holds; on failure it stays the caller's. */
static int put_alias(struct ksse_config *config, const struct alias_config *alias)
{
    for (size_t i = 0; i < config->alias_count; i++) {
        if (strcmp(config->aliases[i].name, alias->name) == 0) {
            alias_fini(&config->aliases[i]);
            config->aliases[i] = *alias;
            return 0;
        }
    }
    size_t size = (config->alias_count + 1) * sizeof *config->aliases;
    struct alias_config *aliases = mem_realloc(config->aliases, size);
    if (aliases == NULL) {
        return KSSE_ENOMEM;
    }
    config->aliases = aliases;
    aliases[config->alias_count++] = *alias;
    return 0;
}

int ksse_config_set_alias(struct ksse_config *config, const char *name, const char *topics,
                          struct ksse_error *error)
{
    struct alias_config made = {0};
    int rc = topic_patterns_parse(slice_str(topics), &made.topics, error);
    if (rc == 0) {
        rc = check_alias(name, &made.topics, error);
    }
    if (rc == 0) {
        made.name = mem_strndup(name, strlen(name));
        rc = made.name == NULL ? KSSE_ENOMEM : put_alias(config, &made);
        if (rc < 0) {
            error_no_memory(error);
        }
    }
    if (rc < 0) {
        alias_fini(&made);
    }
    return rc;
}

const struct alias_config *config_alias(const struct ksse_config *config, struct slice name)
{
    for (size_t i = 0; i < config->alias_count; i++) {
        if (slice_eq_str(name, config->aliases[i].name)) {
            return &config->aliases[i];
        }
    }
    return NULL;
}

static int copy_route(struct ksse_config *to, const struct route_config *from)
{
    struct route_config made;
    int rc = route_config_copy(&made, from);
    if (rc < 0) {
        return rc;
    }
    rc = add_route(to, &made);
    if (rc < 0) {
        route_config_fini(&made);
    }
    return rc;
}

static int add_default_routes(struct ksse_config *config)
{
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(default_routes) && rc == 0; i++) {
        rc = ksse_config_set_route(config, default_routes[i], NULL, NULL, NULL);
    }
    return rc;
}

static int copy_routes(struct ksse_config *to, const struct ksse_config *from)
{
    int rc = 0;
    for (size_t i = 0; i < from->route_count && rc == 0; i++) {
        rc = copy_route(to, &from->routes[i]);
    }
    if (rc == 0 && from->route_count == 0) {
        rc = add_default_routes(to);
    }
    for (size_t i = 0; i < to->route_count && rc == 0; i++) {
        rc = route_options_inherit(&to->routes[i].options, &to->settings);
    }
    return rc;
}

static int copy_names(struct ksse_config *to, const struct ksse_config *from)
{
    int rc = 0;
    for (size_t i = 0; i < from->alias_count && rc == 0; i++) {
        const struct alias_config *alias = &from->aliases[i];
        rc = ksse_config_set_alias(to, alias->name, alias->topics.text, NULL);
    }
    for (size_t i = 0; i < from->property_count && rc == 0; i++) {
        rc = add_property(to, from->properties[i].name, from->properties[i].value);
    }
    return rc;
}

/* Whoever listens on a loopback address often is a developer, whose topics are nobody's business.
 */
static int decide_origins(struct settings *s)
{
    if (!s->cors_origin.follows_listen) {
        return 0;
    }
    bool is_loopback = listen_address_is_loopback(&s->listen);
    return settings_set(s, "cors-origin", is_loopback ? "loopback" : "*", NULL);
}

int config_resolve(const struct ksse_config *from, struct ksse_config **out)
{
    struct ksse_config *made = mem_zalloc(sizeof *made);
    if (made == NULL) {
        return KSSE_ENOMEM;
    }
    if (settings_copy(&made->settings, &from->settings) < 0) {
        mem_free(made);
        return KSSE_ENOMEM;
    }
    ksse_config_set_log(made, from->log_level, from->log, from->log_opaque);
    ksse_config_set_log_dropped(made, from->log_dropped, from->log_dropped_opaque);
    ksse_config_set_authorize(made, from->authorize, from->authorize_opaque);
    ksse_config_set_kafka_events(made, from->on_kafka_event, from->kafka_event_opaque);
    int rc = decide_origins(&made->settings);
    if (rc == 0) {
        rc = copy_routes(made, from);
    }
    if (rc == 0) {
        rc = copy_names(made, from);
    }
    if (rc == 0) {
        rc = callbacks_copy(made, from);
    }
    if (rc < 0) {
        ksse_config_free(made);
        return rc;
    }
    ASSERT(made->route_count > 0 && !made->settings.cors_origin.follows_listen);
    ASSERT(made->alias_count == from->alias_count);
    ASSERT(made->property_count == from->property_count);
    *out = made;
    return 0;
}
