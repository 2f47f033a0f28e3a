/* Where a request goes: preflights, the server's own pages, routes. See exchange.h. */
#include "serve/exchange.h"
#include "http/response.h"
#include "http/url.h"

static void answer_preflight(struct exchange *x, const struct http_request *request)
{
    struct buf out = BUF_INIT;
    http_preflight_append(request, x->worker->config->settings.cors_origin, &out);
    bool is_done = buf_ok(&out) && x->outlet->write(x, buf_slice(&out));
    buf_fini(&out);
    if (is_done) {
        exchange_finish(x);
    } else {
        x->outlet->close(x);
    }
}

static void refuse(struct exchange *x, enum refusal_code code, bool is_head)
{
    struct refusal refusal = REFUSAL_INIT;
    refusal.code = code;
    reply_refusal(x, &refusal, is_head);
}

static void route(struct exchange *x, const struct http_request *request, struct slice path)
{
    const struct ksse_config *config = x->worker->config;
    for (size_t i = 0; i < config->route_count; i++) {
        struct slice topics = slice_of("", 0);
        if (route_config_match(&config->routes[i], path, &topics)) {
            stream_open(x, request, &config->routes[i], topics);
            return;
        }
    }
    refuse(x, REFUSED_NOT_FOUND, request->method == HTTP_HEAD);
}

void exchange_on_request(struct exchange *x, const struct http_request *request)
{
    bool is_head = request->method == HTTP_HEAD;
    if (request->method == HTTP_OPTIONS) {
        answer_preflight(x, request);
        return;
    }
    struct buf path = BUF_INIT;
    if (!url_decode(request->path, false, &path)) {
        refuse(x, REFUSED_BAD_URL, is_head);
    } else if (!endpoint_serve(x, buf_slice(&path), is_head)) {
        route(x, request, buf_slice(&path));
    }
    buf_fini(&path);
}
