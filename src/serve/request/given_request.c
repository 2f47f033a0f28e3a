/* Requests that come from the program: see the header. What is wrong with their topics, id or time
 * is the client's business and found out later, as for any request. */
#include "serve/request/given_request.h"
#include "api/error.h"
#include "http/token.h"
#include "http/url.h"

static const struct route_config *find_route(const struct ksse_config *config, const char *path)
{
    for (size_t i = 0; i < config->route_count; i++) {
        if (path == NULL || strcmp(config->routes[i].path, path) == 0) {
            return &config->routes[i];
        }
    }
    return NULL;
}

/* ---- checks ---- */

/* As on a connection: visible ASCII without the beginning of a fragment. A '%' with nothing behind
 * it is refused when the parameter is read. */
static bool is_query(const char *query)
{
    for (const char *c = query; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7f || *c == '#') {
            return false;
        }
    }
    return true;
}

/* RFC 9110, 5.5: HTAB has its uses. */
static bool is_field_value(const char *value)
{
    for (const char *c = value; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static int check_fields(const struct ksse_stream_request *from, struct ksse_error *error)
{
    if (from->field_count > HTTP_MAX_FIELDS) {
        error_set(error, "the request has more than %d fields", HTTP_MAX_FIELDS);
        return KSSE_EVALUE;
    }
    for (size_t i = 0; i < from->field_count; i++) {
        const struct ksse_field *field = &from->fields[i];
        if (field->name == NULL || !http_is_token(slice_str(field->name))) {
            error_set(error, "the name of field %zu of the request is no HTTP token", i);
            return KSSE_EVALUE;
        }
        if (field->value == NULL || !is_field_value(field->value)) {
            error_set(error, "the field %.80s of the request holds control characters, or nothing",
                      field->name);
            return KSSE_EVALUE;
        }
    }
    return 0;
}

static size_t size_of(const struct ksse_stream_request *from)
{
    size_t size = from->topics == NULL ? 0 : strlen(from->topics);
    size += from->query == NULL ? 0 : strlen(from->query);
    for (size_t i = 0; i < from->field_count; i++) {
        size += strlen(from->fields[i].name) + strlen(from->fields[i].value);
    }
    return size;
}

static int check(const struct ksse_stream_request *from, const struct route_config *route,
                 int64_t max_head_bytes, struct ksse_error *error)
{
    if (route->takes_topics != (from->topics != NULL)) {
        error_set(error, "the route %.200s %s", route->path,
                  route->takes_topics ? "needs topics" : "has topics of its own: leave them out");
        return KSSE_EVALUE;
    }
    if (from->query != NULL && !is_query(from->query)) {
        error_set(error, "the query holds spaces, control characters, # or bytes above 0x7e: "
                         "percent-encode them");
        return KSSE_EVALUE;
    }
    int result = check_fields(from, error);
    if (result == 0 && size_of(from) > (size_t)max_head_bytes) {
        error_set(error, "the request is longer than max-head");
        result = KSSE_EVALUE;
    }
    return result;
}

/* ---- copies ---- */

/* The text was reserved at once: what was appended before stays where it is. */
static struct slice appended(const struct buf *text, size_t from)
{
    return slice_of(text->data + from, text->len - from);
}

static struct slice append(struct buf *text, struct slice s)
{
    size_t from = text->len;
    buf_append_slice(text, s);
    return appended(text, from);
}

/* Commas stand as they are, so that people can read it. */
static void append_encoded(struct buf *text, struct slice topics)
{
    while (topics.data != NULL) {
        url_encode(slice_cut(&topics, ','), text);
        if (topics.data != NULL) {
            buf_append_char(text, ',');
        }
    }
}

static void copy_target(struct given_request *given, const struct ksse_stream_request *from)
{
    struct http_request *http = &given->http;
    size_t begin = given->text.len;
    buf_append_slice(&given->text, given->target.route->before);
    append_encoded(&given->text, given->target.topics);
    buf_append_slice(&given->text, given->target.route->after);
    http->path = appended(&given->text, begin);
    if (from->query != NULL) {
        buf_append_char(&given->text, '?');
        http->query = append(&given->text, slice_str(from->query));
    }
    http->target = appended(&given->text, begin);
}

static void copy_fields(struct given_request *given, const struct ksse_stream_request *from)
{
    for (size_t i = 0; i < from->field_count; i++) {
        given->http.fields[i] = (struct http_field){
            append(&given->text, slice_str(from->fields[i].name)),
            slice_trim(append(&given->text, slice_str(from->fields[i].value))),
        };
    }
    given->http.field_count = (int)from->field_count;
}

int given_request_init(struct given_request *out, struct config_snapshot *snapshot,
                       const struct ksse_stream_request *from, struct ksse_error *error)
{
    const struct route_config *route = find_route(snapshot->config, from->route);
    if (route == NULL) {
        error_set(error, "no route has the path \"%.200s\"", from->route);
        return KSSE_EUNKNOWN;
    }
    int result = check(from, route, snapshot->config->settings.max_head_bytes, error);
    if (result < 0) {
        return result;
    }
    struct given_request made = {.target = {.route = route}};
    /* Topics come twice, once encoded: three bytes for each. */
    size_t most = 4 * size_of(from) + strlen(route->path) + 1;
    if (buf_reserve(&made.text, most) == NULL) {
        return error_no_memory(error);
    }
    made.http.method = from->is_head ? HTTP_HEAD : HTTP_GET;
    made.http.minor_version = from->is_http_10 ? 0 : 1;
    made.target.topics =
        from->topics == NULL ? slice_of("", 0) : append(&made.text, slice_str(from->topics));
    copy_target(&made, from);
    copy_fields(&made, from);
    ASSERT(buf_ok(&made.text) && made.text.len <= most);
    made.target.snapshot = config_snapshot_ref(snapshot);
    *out = made;
    return 0;
}

void given_request_fini(struct given_request *given)
{
    config_snapshot_unref(given->target.snapshot);
    buf_fini(&given->text);
}
