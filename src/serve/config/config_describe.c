/* What a server with a configuration will serve, as text for people. */
#include "serve/config/config.h"

#include "core/stream/event_id.h"

static void describe_source(const struct ksse_config *config, struct buf *out)
{
    if (config->settings.listen.is_off) {
        buf_append_str(out, "listens nowhere");
    } else {
        buf_append_str(out, "listens on ");
        settings_print(&config->settings, SETTING_listen, out);
    }
    if (config->settings.is_demo) {
        buf_append_str(out, "\nreads from the demo's mock cluster\n");
    } else {
        buf_printf(out, "\nreads from the Kafka cluster at %s\n", config->settings.brokers);
    }
    for (size_t i = 0; i < config->property_count; i++) {
        const struct kafka_property *property = &config->properties[i];
        bool is_secret = kafka_property_is_secret(property->name);
        buf_printf(out, "  with Kafka property %s = %s\n", property->name,
                   is_secret ? "(not shown)" : property->value);
    }
}

static void describe_route(const struct route_config *route, struct buf *out)
{
    const struct topic_patterns *topics = &route->options.topics;
    buf_printf(out, "serves %s\n", route->path);
    buf_printf(out, "  topics = %s\n",
               topics->count == 0 ? "(all but Kafka's internal ones)" : topics->text);
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct ksse_setting *row = ksse_setting_at((size_t)id);
        if (id != SETTING_topics && row->is_route_option) {
            size_t start = out->len;
            buf_printf(out, "  %s = ", row->name);
            size_t value_start = out->len;
            route_options_print(&route->options, (enum setting)id, out);
            if (out->len == value_start) {
                buf_truncate(out, start); /* nothing is set */
            } else {
                buf_append_char(out, '\n');
            }
        }
    }
}

/* Hides what stands before an '@' in a URL's host: a password. */
static void hide_credentials(struct buf *out, size_t url_start)
{
    ASSERT(url_start <= out->len);
    char *url = out->data + url_start;
    size_t len = out->len - url_start;
    char *host = memmem(url, len, "://", 3);
    if (host == NULL) {
        return;
    }
    host += 3;
    char *slash = memchr(host, '/', len - (size_t)(host - url));
    size_t host_len = slash == NULL ? len - (size_t)(host - url) : (size_t)(slash - host);
    char *at = memrchr(host, '@', host_len);
    if (at != NULL) {
        memset(host, '*', (size_t)(at - host));
    }
}

/* The server's own settings that differ from their defaults. */
static void describe_settings(const struct settings *s, struct buf *out)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct ksse_setting *row = ksse_setting_at((size_t)id);
        if (row->is_route_option || id == SETTING_brokers || id == SETTING_is_demo ||
            id == SETTING_listen) {
            continue;
        }
        size_t start = out->len;
        buf_printf(out, "with %s = ", row->name);
        size_t value_start = out->len;
        settings_print(s, (enum setting)id, out);
        if (!buf_ok(out)) {
            return;
        }
        if (id == SETTING_schema_registry) {
            hide_credentials(out, value_start);
        } else if (id == SETTING_schema_token && out->len > value_start) {
            buf_truncate(out, value_start);
            buf_append_str(out, "(not shown)");
        }
        struct slice value = slice_of(out->data + value_start, out->len - value_start);
        if (slice_eq_str(value, row->default_value)) {
            buf_truncate(out, start);
        } else {
            buf_append_char(out, '\n');
        }
    }
}

/* Without memory `out` has failed. */
static bool is_default(const struct settings *s, enum setting id, struct buf *out)
{
    struct buf value = BUF_INIT;
    settings_print(s, id, &value);
    out->failed = out->failed || !buf_ok(&value);
    bool is_same = slice_eq_str(buf_slice(&value), ksse_setting_at((size_t)id)->default_value);
    buf_fini(&value);
    return is_same;
}

/* Streams whose ids could not come back are refused, whatever else allows them. What the defaults
 * come to stands in their texts. */
static void compare_id_limits(const struct settings *s, struct buf *out)
{
    enum {
        OTHER_BYTES = 1500 /* what browsers and proxies send besides */
    };
    size_t place = event_id_longest_partition("a-topic-of-20-letters", 10);
    int64_t room = s->max_head_bytes > OTHER_BYTES ? s->max_head_bytes - OTHER_BYTES : 0;
    int64_t count = room / (int64_t)place;
    bool is_said =
        is_default(s, SETTING_max_head_bytes, out) && is_default(s, SETTING_max_partitions, out);
    if (is_said || s->max_partitions <= count) {
        return;
    }
    buf_append_str(out, "  max-head = ");
    settings_print(s, SETTING_max_head_bytes, out);
    buf_printf(out,
               " holds an id of about %lld partitions (of topics with names of 20 letters), and "
               "max-partitions = %lld allows more: such streams are refused\n",
               (long long)count, (long long)s->max_partitions);
}

char *ksse_config_describe(const struct ksse_config *config)
{
    struct ksse_config *resolved;
    if (config_resolve(config, &resolved) < 0) {
        return NULL;
    }
    struct buf text = BUF_INIT;
    describe_source(resolved, &text);
    for (size_t i = 0; i < resolved->route_count; i++) {
        describe_route(&resolved->routes[i], &text);
    }
    for (size_t i = 0; i < resolved->alias_count; i++) {
        buf_printf(&text, "with {topics} \"%s\" standing for %s\n", resolved->aliases[i].name,
                   resolved->aliases[i].topics.text);
    }
    describe_settings(&resolved->settings, &text);
    compare_id_limits(&resolved->settings, &text);
    buf_append_char(&text, '\0');
    ksse_config_free(resolved);
    if (!buf_ok(&text)) {
        buf_fini(&text);
    }
    return text.data;
}
