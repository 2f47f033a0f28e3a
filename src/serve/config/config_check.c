/* What only a whole configuration tells: does it make sense together? */
#include "serve/config/config.h"
#include "api/error.h"

static int check_brokers(const struct settings *s, struct ksse_error *error)
{
    struct slice brokers = slice_trim(slice_str(s->brokers));
    if (s->is_demo && brokers.len > 0) {
        error_set(error, "brokers: demo is set as well: choose one");
        return KSSE_EVALUE;
    }
    if (s->is_demo) {
        return 0;
    }
    if (brokers.len == 0) {
        error_set(error,
                  "brokers: no cluster is named: set brokers (-b HOST:PORT), or demo (--demo) for "
                  "a mock cluster");
        return KSSE_EVALUE;
    }
    while (brokers.data != NULL) {
        struct slice broker = slice_trim(slice_cut(&brokers, ','));
        if (broker.len == 0 || memchr(broker.data, ' ', broker.len) != NULL) {
            error_set(
                error,
                "brokers: \"%.200s\" is not valid: write HOST:PORT, with commas between several",
                s->brokers);
            return KSSE_EVALUE;
        }
    }
    return 0;
}

static int check_retry(const struct settings *s, struct ksse_error *error)
{
    if (s->retry_min_ms > s->retry_max_ms) {
        error_set(error, "retry-min: it is longer than retry-max: lower it, or raise retry-max");
        return KSSE_EVALUE;
    }
    return 0;
}

/* Browsers take no * with credentials, and every page can have a frame whose origin is null. */
static int check_origins(const struct settings *s, struct ksse_error *error)
{
    const struct origins *o = &s->cors_origin;
    if (s->has_cors_credentials && (o->text == NULL || o->takes_any || o->takes_null)) {
        error_set(
            error,
            "cors-credentials: it needs a list of origins: set cors-origin, without * and null");
        return KSSE_EVALUE;
    }
    return 0;
}

/* A route without {topics} must know its topics, and no route before it may have its path. */
static int check_fixed_route(const struct ksse_config *resolved, size_t index,
                             struct ksse_error *error)
{
    const struct route_config *route = &resolved->routes[index];
    const struct topic_patterns *topics = &route->options.topics;
    ASSERT(!route->takes_topics);
    if (topics->count == 0 || topic_patterns_have_regex(topics)) {
        error_set(error,
                  "route %s: topics: its path has no {topics}: list names of topics, without ^",
                  route->path);
        return KSSE_EVALUE;
    }
    for (size_t i = 0; i < index; i++) {
        struct slice unused;
        if (route_config_match(&resolved->routes[i], slice_str(route->path), &unused)) {
            error_set(error, "route %s: it is never reached: put it in front of %s", route->path,
                      resolved->routes[i].path);
            return KSSE_EVALUE;
        }
    }
    return 0;
}

int config_check_said(const struct ksse_config *said, struct ksse_error *error)
{
    int rc = check_brokers(&said->settings, error);
    if (rc == 0) {
        rc = check_retry(&said->settings, error);
    }
    if (rc == 0) {
        rc = kafka_properties_check_all(said->properties, said->property_count, error);
    }
    return rc;
}

int config_check_resolved(const struct ksse_config *resolved, struct ksse_error *error)
{
    ASSERT(resolved->route_count > 0);
    int rc = check_origins(&resolved->settings, error);
    for (size_t i = 0; i < resolved->route_count && rc == 0; i++) {
        if (!resolved->routes[i].takes_topics) {
            rc = check_fixed_route(resolved, i, error);
        }
    }
    return rc;
}
