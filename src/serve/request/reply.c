/* Whole answers: everything but streams. See exchange.h. */
#include "serve/request/exchange.h"
#include "core/json/json.h"
#include "http/response.h"

#include <time.h>

void reply_send(struct exchange *x, const struct reply *reply)
{
    struct http_response head = {
        .status = reply->status,
        .content_type = reply->content_type,
        .content_length = (int64_t)reply->body.len,
        .cors = exchange_cors(x),
        .cache_control = reply->cache_control,
        .date_s = time(NULL),
        .extra = reply->extra,
        .is_head = reply->is_head,
    };
    struct slice nothing = slice_of("", 0);
    x->is_lent = reply->is_lent && reply->lender != NULL;
    bool is_lent = reply->is_lent && !reply->is_head;
    bool is_with_head = !reply->is_lent && !reply->is_head;
    if (x->sink->begin(x, &head, is_with_head ? reply->body : nothing) &&
        (!is_lent || x->sink->lend(x, reply->body, reply->lender))) {
        exchange_finish(x);
    } else {
        x->sink->abort(x);
    }
}

static void send_json(struct exchange *x, int status, struct buf *json, bool is_head)
{
    buf_append_char(json, '\n');
    struct reply reply = {
        .status = status,
        .content_type = "application/json; charset=utf-8",
        .body = buf_slice(json),
        .is_head = is_head,
    };
    if (buf_ok(json)) {
        reply_send(x, &reply);
    } else {
        x->sink->abort(x);
    }
    buf_fini(json);
}

void reply_refusal(struct exchange *x, const struct refusal *refusal, bool is_head)
{
    struct buf json = BUF_INIT;
    x->exchanges->counters.refusals++;
    refusal_append_json(refusal, &json);
    send_json(x, refusal_http_status(refusal), &json, is_head);
}

void reply_preflight(struct exchange *x, const struct http_request *request)
{
    struct http_response head = {
        .status = 204, .content_length = -1, .cors = exchange_cors(x), .preflight = request};
    if (x->sink->begin(x, &head, slice_of("", 0))) {
        exchange_finish(x);
    } else {
        x->sink->abort(x);
    }
}

void reply_malformed(struct exchange *x, enum http_parse outcome)
{
    struct buf json = BUF_INIT;
    int status = http_parse_status(outcome);
    buf_append_str(&json, "{\"message\":");
    json_append_string(&json, slice_str(http_parse_message(outcome)));
    buf_printf(&json, ",\"origin\":\"KafkaSSE\",\"name\":\"BadRequestError\",\"statusCode\":%d}",
               status);
    send_json(x, status, &json, false);
}
