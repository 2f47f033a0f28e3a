/* Where a request goes: preflights, the server's own pages, routes. See exchange.h. */
#include "http/url.h"
#include "serve/request/stream.h"

static void refuse(struct exchange *x, enum refusal_code code, bool is_head)
{
    struct refusal refusal = REFUSAL_INIT;
    refusal.code = code;
    reply_refusal(x, &refusal, is_head);
}

static void open_route(struct exchange *x, const struct http_request *request,
                       struct route_target *target)
{
    struct buf topics = BUF_INIT;
    bool is_head = request->method == HTTP_HEAD;
    if (url_decode(target->topics, false, &topics) < 0) {
        refuse(x, REFUSED_BAD_URL, is_head);
    } else if (!buf_ok(&topics)) {
        refuse(x, REFUSED_NO_MEMORY, is_head);
    } else {
        target->topics = topics.len > 0 ? buf_slice(&topics) : slice_of("", 0);
        stream_open(x, request, target);
    }
    buf_fini(&topics);
}

static void route(struct exchange *x, const struct http_request *request)
{
    const struct ksse_config *config = x->exchanges->config;
    for (size_t i = 0; i < config->route_count; i++) {
        struct route_target target = {x->exchanges->snapshot, &config->routes[i], {NULL, 0}};
        if (route_config_match(target.route, request->path, &target.topics)) {
            open_route(x, request, &target);
            return;
        }
    }
    refuse(x, REFUSED_NOT_FOUND, request->method == HTTP_HEAD);
}

/* The path as it was sent decides: a proxy in front, which may keep people from some paths, has
 * seen no other. */
void exchange_on_request(struct exchange *x, const struct http_request *request)
{
    ASSERT(x->state == EXCHANGE_NEW);
    x->exchanges->counters.requests++;
    if (!exchange_note_origin(x, http_request_field(request, "Origin"))) {
        x->sink->abort(x);
    } else if (request->method == HTTP_OPTIONS) {
        reply_preflight(x, request);
    } else if (!endpoint_serve(x, request->path, request->method == HTTP_HEAD)) {
        route(x, request);
    }
}
