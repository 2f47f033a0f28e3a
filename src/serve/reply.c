/* Whole answers: everything but streams. See exchange.h. */
#include "serve/exchange.h"
#include "core/json.h"
#include "http/response.h"

#include <time.h>

void reply_send(struct exchange *x, const struct reply *reply)
{
    struct http_response head = {
        .status = reply->status,
        .content_type = reply->content_type,
        .content_length = (int64_t)reply->body.len,
        .cors_origin = x->worker->config->settings.cors_origin,
        .cache_control = reply->cache_control,
        .date_s = time(NULL),
        .extra = reply->extra,
    };
    struct buf out = BUF_INIT;
    http_response_append(&head, &out);
    if (!reply->is_head) {
        buf_append_slice(&out, reply->body);
    }
    bool is_done = buf_ok(&out) && conn_write(x->conn, buf_slice(&out));
    buf_fini(&out);
    if (is_done) {
        exchange_finish(x);
    } else {
        conn_close(x->conn);
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
        conn_close(x->conn);
    }
    buf_fini(json);
}

void reply_refusal(struct exchange *x, const struct refusal *refusal, bool is_head)
{
    struct buf json = BUF_INIT;
    x->worker->counters.refusals++;
    refusal_append_json(refusal, &json);
    send_json(x, refusal_http_status(refusal), &json, is_head);
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
