/* URL templates: what is a good one, and which paths it has. Templates are compared with
 * paths as they were sent, so they hold no characters that would need an escape. */
#include "serve/config/config.h"

#include "base/mem.h"
#include "api/error.h"

static const char placeholder[] = "{topics}";

static bool is_segment_char(char c)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool is_digit = c >= '0' && c <= '9';
    return is_letter || is_digit || c == '.' || c == '_' || c == '-' || c == '~';
}

/* What is wrong with one segment of a template, or NULL. */
static const char *segment_fault(struct slice segment)
{
    if (segment.len == 0) {
        return "it has an empty segment (a // or a / at its end)";
    }
    if (slice_eq_str(segment, ".") || slice_eq_str(segment, "..")) {
        return "clients take the segments . and .. out of a path before they ask";
    }
    if (slice_eq_str(segment, placeholder)) {
        return NULL;
    }
    for (size_t i = 0; i < segment.len; i++) {
        if (segment.data[i] == '{' || segment.data[i] == '}') {
            return "{topics} is the only placeholder, and it must be a whole segment";
        }
        if (!is_segment_char(segment.data[i])) {
            return "segments are made of a-z A-Z 0-9 . _ - ~";
        }
    }
    return NULL;
}

/* What is wrong with a template, or NULL. */
static const char *template_fault(struct slice path)
{
    if (!slice_starts_with(path, "/")) {
        return "it must begin with /";
    }
    if (path.len == 1) {
        return "/ is the page for people";
    }
    if (slice_starts_with(path, "/-/") || slice_eq_str(path, "/-")) {
        return "/-/ is for the server's own pages";
    }
    struct slice rest = slice_of(path.data + 1, path.len - 1);
    size_t placeholders = 0;
    while (rest.data != NULL) {
        struct slice segment = slice_cut(&rest, '/');
        const char *fault = segment_fault(segment);
        if (fault != NULL) {
            return fault;
        }
        placeholders += slice_eq_str(segment, placeholder) ? 1 : 0;
    }
    return placeholders > 1 ? "it has {topics} more than once" : NULL;
}

/* Cuts route->path at its placeholder. */
static void find_placeholder(struct route_config *route)
{
    const char *at = strstr(route->path, placeholder);
    ASSERT(route->path[0] == '/');
    route->takes_topics = at != NULL;
    route->before = slice_str(route->path);
    route->after = slice_of(NULL, 0);
    if (at != NULL) {
        route->before.len = (size_t)(at - route->path);
        route->after = slice_str(at + strlen(placeholder));
    }
}

int route_config_init(struct route_config *route, const char *path, struct ksse_error *error)
{
    const char *fault = template_fault(slice_str(path));
    if (fault != NULL) {
        error_set(error, "route: \"%.200s\" is not a valid path: %s", path, fault);
        return KSSE_EVALUE;
    }
    struct route_config made;
    memset(&made, 0, sizeof made);
    made.path = mem_strndup(path, strlen(path));
    if (made.path == NULL) {
        return error_no_memory(error);
    }
    find_placeholder(&made);
    *route = made;
    return 0;
}

void route_config_fini(struct route_config *route)
{
    route_options_fini(&route->options);
    mem_free(route->path);
    route->path = NULL;
}

int route_config_copy(struct route_config *to, const struct route_config *from)
{
    struct route_config made;
    int rc = route_config_init(&made, from->path, NULL);
    if (rc < 0) {
        return rc;
    }
    rc = route_options_copy(&made.options, &from->options);
    if (rc < 0) {
        route_config_fini(&made);
        return rc;
    }
    *to = made;
    return 0;
}

bool route_config_match(const struct route_config *route, struct slice path, struct slice *topics)
{
    ASSERT(route->before.len > 0 && (route->takes_topics || route->after.len == 0));
    if (path.len > 2 && path.data[path.len - 1] == '/') {
        path.len--;
    }
    if (!route->takes_topics) {
        if (!slice_eq(path, route->before)) {
            return false;
        }
        *topics = slice_of("", 0);
        return true;
    }
    size_t fixed = route->before.len + route->after.len;
    if (path.len <= fixed) {
        return false;
    }
    struct slice head = slice_of(path.data, route->before.len);
    struct slice middle = slice_of(path.data + head.len, path.len - fixed);
    struct slice tail = slice_of(middle.data + middle.len, route->after.len);
    if (!slice_eq(head, route->before) || !slice_eq(tail, route->after) ||
        memchr(middle.data, '/', middle.len) != NULL) {
        return false;
    }
    *topics = middle;
    return true;
}
