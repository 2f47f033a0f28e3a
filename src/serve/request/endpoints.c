/* The server's own URLs: the page at / and what is under /-/. See exchange.h. */
#include "serve/request/exchange.h"
#include "base/mem.h"
#include "core/json/json.h"
#include "http/url.h"

#include <stdlib.h>

extern const char page_html[];
extern const size_t page_html_len;
extern const char page_css[];
extern const size_t page_css_len;
extern const char page_js[];
extern const size_t page_js_len;
extern const char page_rows_js[];
extern const size_t page_rows_js_len;

#define JSON_TYPE "application/json; charset=utf-8"

static const char page_policy[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

static void send_file(struct exchange *x, const char *type, const char *data, size_t len,
                      bool is_head)
{
    struct reply reply = {
        .status = 200,
        .content_type = type,
        .cache_control = "no-cache",
        .extra = page_policy,
        .body = slice_of(data, len),
        .is_head = is_head,
        .is_lent = true,
    };
    reply_send(x, &reply);
}

/* The answer may be NULL, for want of memory. */
static void send_answer(struct exchange *x, int status, const char *type, struct answer *answer,
                        bool is_head)
{
    if (answer == NULL) {
        x->sink->abort(x);
        return;
    }
    struct reply reply = {
        .status = status,
        .content_type = type,
        .body = buf_slice(&answer->body),
        .is_head = is_head,
        .is_lent = true,
        .lender = &answer->shared,
    };
    reply_send(x, &reply);
}

static void send_buf(struct exchange *x, int status, const char *type, struct buf *body,
                     bool is_head)
{
    struct reply reply = {
        .status = status, .content_type = type, .body = buf_slice(body), .is_head = is_head};
    if (buf_ok(body)) {
        reply_send(x, &reply);
    } else {
        x->sink->abort(x);
    }
    buf_fini(body);
}

static void serve_page(struct exchange *x, bool is_head)
{
    send_file(x, "text/html; charset=utf-8", page_html, page_html_len, is_head);
}

static void serve_css(struct exchange *x, bool is_head)
{
    send_file(x, "text/css; charset=utf-8", page_css, page_css_len, is_head);
}

static void serve_js(struct exchange *x, bool is_head)
{
    send_file(x, "text/javascript; charset=utf-8", page_js, page_js_len, is_head);
}

static void serve_rows_js(struct exchange *x, bool is_head)
{
    send_file(x, "text/javascript; charset=utf-8", page_rows_js, page_rows_js_len, is_head);
}

static void send_to_page(struct exchange *x, const char *location, bool is_head)
{
    struct reply reply = {
        .status = 302,
        .content_type = "text/plain; charset=utf-8",
        .extra = location,
        .body = slice_str("The page is at /\n"),
        .is_head = is_head,
    };
    reply_send(x, &reply);
}

/* Where EventStreams had its page. */
static void serve_ui(struct exchange *x, bool is_head)
{
    send_to_page(x, "Location: ../\r\n", is_head);
}

static void serve_ui_below(struct exchange *x, bool is_head)
{
    send_to_page(x, "Location: ../../\r\n", is_head);
}

static void serve_healthy(struct exchange *x, bool is_head)
{
    struct buf body = BUF_INIT;
    buf_append_str(&body, "{\"healthy\":true}\n");
    send_buf(x, 200, JSON_TYPE, &body, is_head);
}

/* While only some partitions can be read it is ready, and says what is wrong. */
static void serve_ready(struct exchange *x, bool is_head)
{
    struct readiness now;
    x->exchanges->hooks->readiness(x->exchanges->opaque, &now);
    struct buf body = BUF_INIT;
    buf_append_str(&body, now.is_ready ? "{\"ready\":true" : "{\"ready\":false");
    if (now.reason[0] != '\0') {
        buf_append_str(&body, now.is_ready ? ",\"degraded\":true,\"reason\":" : ",\"reason\":");
        json_append_string(&body, slice_str(now.reason));
    }
    buf_append_str(&body, "}\n");
    send_buf(x, now.is_ready ? 200 : 503, JSON_TYPE, &body, is_head);
}

static void serve_metrics(struct exchange *x, bool is_head)
{
    struct buf body = BUF_INIT;
    x->exchanges->hooks->append_metrics(x->exchanges->opaque, &body);
    struct answer *answer = answer_new(x->exchanges, &body);
    send_answer(x, 200, "text/plain; version=0.0.4; charset=utf-8", answer, is_head);
    answer_unref(answer);
}

/* The first route that takes the topic in its URL, or NULL. */
static const struct route_config *route_for(const struct exchanges *xs, const struct topic *topic)
{
    for (size_t i = 0; i < xs->config->route_count; i++) {
        const struct route_config *route = &xs->config->routes[i];
        if (route->takes_topics && topic_patterns_match(&route->options.topics, topic->name)) {
            return route;
        }
    }
    return NULL;
}

static int compare_names(const void *left, const void *right)
{
    const struct topic *const *a = left;
    const struct topic *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static void append_topic(const struct topic *topic, const struct route_config *route, bool is_first,
                         struct buf *body)
{
    struct buf url = BUF_INIT;
    buf_append_slice(&url, route->before);
    url_encode(slice_str(topic->name), &url);
    buf_append_slice(&url, route->after);
    buf_append_str(body, is_first ? "{\"name\":" : ",{\"name\":");
    json_append_string(body, slice_str(topic->name));
    buf_printf(body, ",\"partitions\":%d,\"url\":", (int)topic->partition_count);
    json_append_string(body, buf_slice(&url));
    buf_append_str(body, ",\"route\":");
    json_append_string(body, slice_str(route->path));
    buf_append_char(body, '}');
    body->failed = body->failed || !buf_ok(&url);
    buf_fini(&url);
}

static void append_topics(const struct exchanges *xs, struct buf *body)
{
    const struct topic **sorted =
        mem_alloc((feed_topic_count(xs->feed) + 1) * sizeof(const struct topic *));
    if (sorted == NULL) {
        body->failed = true;
        return;
    }
    size_t count = 0;
    size_t at = 0;
    const struct topic *topic;
    while ((topic = feed_next_topic(xs->feed, &at)) != NULL) {
        if (topic->is_listed && route_for(xs, topic) != NULL) {
            sorted[count++] = topic;
        }
    }
    qsort(sorted, count, sizeof(sorted[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        append_topic(sorted[i], route_for(xs, sorted[i]), i == 0, body);
    }
    mem_free(sorted);
}

static void serve_no_topics(struct exchange *x, bool is_head)
{
    struct buf body = BUF_INIT;
    buf_append_str(&body, "{\"topics\":[],\"message\":");
    json_append_string(&body, slice_str(x->exchanges->hooks->not_ready(x->exchanges->opaque)));
    buf_append_str(&body, "}\n");
    send_buf(x, 503, JSON_TYPE, &body, is_head);
}

/* The list may be long, and mostly says what it said before: it is made when metadata has come, and
 * a new one kept only if it is another one, so that slow readers hold few of them. */
static struct answer *topics_answer(struct exchanges *xs)
{
    if (xs->topics_answer != NULL && !xs->is_topics_answer_old) {
        return xs->topics_answer;
    }
    struct buf body = BUF_INIT;
    buf_append_str(&body, "{\"topics\":[");
    append_topics(xs, &body);
    buf_append_str(&body, "]}\n");
    xs->is_topics_answer_old = !buf_ok(&body);
    bool is_same = xs->topics_answer != NULL && buf_ok(&body) &&
                   slice_eq(buf_slice(&body), buf_slice(&xs->topics_answer->body));
    if (is_same) {
        buf_fini(&body);
    } else {
        answer_unref(xs->topics_answer);
        xs->topics_answer = answer_new(xs, &body);
    }
    return xs->topics_answer;
}

static void serve_topics(struct exchange *x, bool is_head)
{
    if (x->exchanges->cluster->has_metadata) {
        send_answer(x, 200, JSON_TYPE, topics_answer(x->exchanges), is_head);
    } else {
        serve_no_topics(x, is_head);
    }
}

static const struct endpoint {
    const char *path;
    void (*serve)(struct exchange *x, bool is_head);
} endpoints[] = {
    {"/", serve_page},
    {"/-/page.css", serve_css},
    {"/-/page.js", serve_js},
    {"/-/rows.js", serve_rows_js},
    {"/v2/ui", serve_ui},
    {"/v2/ui/", serve_ui_below},
    {"/-/healthy", serve_healthy},
    {"/-/ready", serve_ready},
    {"/-/topics", serve_topics},
    {"/-/metrics", serve_metrics},
};

bool endpoint_serve(struct exchange *x, struct slice path, bool is_head)
{
    for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
        if (slice_eq_str(path, endpoints[i].path)) {
            endpoints[i].serve(x, is_head);
            return true;
        }
    }
    return false;
}
