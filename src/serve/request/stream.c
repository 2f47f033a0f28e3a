/* Streams: from a request to the feed, and back when they end. See exchange.h. */
#include "serve/request/stream.h"
#include "base/mem.h"
#include "core/stream/frame.h"
#include "feed/channel/subscription.h"
#include "http/response.h"
#include "serve/request/authorize.h"
#include "serve/request/stream_request.h"

#include <time.h>

enum {
    PENDING_MS = 4000 /* how long a request for an unknown topic waits for fresh metadata */
};

/* ---- what is written ---- */

static bool send_head(struct exchange *x, bool is_head, bool closes)
{
    const char *ndjson = x->request->is_json ? "application/json; charset=utf-8"
                                             : "application/x-ndjson; charset=utf-8";
    struct http_response head = {
        .status = 200,
        .content_type = x->view.format == FORMAT_SSE ? "text/event-stream; charset=utf-8" : ndjson,
        .content_length = -1,
        .is_chunked = x->view.is_chunked,
        .cors = exchange_cors(x),
        .date_s = time(NULL),
        .is_head = is_head,
        .closes = closes,
    };
    struct buf preamble = BUF_INIT;
    if (!is_head) {
        frame_append_preamble(&x->view, &preamble);
    }
    bool is_done = buf_ok(&preamble) && x->sink->begin(x, &head, buf_slice(&preamble));
    buf_fini(&preamble);
    if (!is_done) {
        x->sink->abort(x);
    }
    return is_done;
}

/* The last bytes of a stream: `rest` of a frame, perhaps an error, and where to go from here. */
static void send_end(struct exchange *x, const struct buf *rest, const struct refusal *error)
{
    struct buf out = BUF_INIT;
    buf_append_slice(&out, buf_slice(rest));
    if (error != NULL) {
        struct buf json = BUF_INIT;
        refusal_append_json(error, &json);
        frame_append_error(&x->view, buf_slice(&json), &out);
        out.failed = out.failed || !buf_ok(&json);
        buf_fini(&json);
    }
    frame_append_end(&x->view, error == NULL ? exchanges_retry_ms(x->exchanges) : -1, &out);
    bool is_done = buf_ok(&out) && x->sink->write(x, buf_slice(&out));
    buf_fini(&out);
    if (is_done) {
        exchange_finish(x);
    } else {
        x->sink->abort(x);
    }
}

/* ---- what the feed calls ---- */

void stream_on_end(struct client *client, const struct stream_end *end, const struct buf *rest)
{
    struct exchange *x = exchange_of(client);
    struct refusal refusal = REFUSAL_INIT;
    switch (end->reason) {
    case END_NONE:
        ASSERT(false);
        break;
    case END_GONE:
        x->sink->abort(x);
        break;
    case END_GAP:
        refusal.code = REFUSED_GAP;
        send_end(x, rest, &refusal);
        break;
    case END_FILTER:
        refusal.code = REFUSED_FILTER_FAILED;
        buf_append_slice(&refusal.message, end->why);
        send_end(x, rest, &refusal);
        break;
    case END_ID:
        refusal.code = REFUSED_ID_TOO_LONG;
        send_end(x, rest, &refusal);
        break;
    case END_VANISHED:
    case END_NO_MEMORY:
        send_end(x, rest, NULL);
        break;
    }
    refusal_fini(&refusal);
}

/* ---- starting ---- */

/* Turned away in a way that browsers obey: they come back after a 200, and never after a 503. Until
 * then others need the connection. */
static void turn_away(struct exchange *x)
{
    struct buf nothing = BUF_INIT;
    x->exchanges->counters.overloads++;
    if (send_head(x, false, true)) {
        send_end(x, &nothing, NULL);
    }
}

/* Sends the head if that was not done before. False when there is no stream to go on with. */
static bool begin(struct exchange *x)
{
    struct stream_request *r = x->request;
    if (r->is_begun) {
        return true;
    }
    if (r->is_head) {
        if (send_head(x, true, false)) {
            exchange_finish(x);
        }
        return false;
    }
    struct peer_key key = peer_key_of(x->peer);
    if (!admission_enter(x->exchanges->admission, &key)) {
        turn_away(x);
        return false;
    }
    x->has_entered = true;
    if (!send_head(x, false, false)) {
        return false; /* and the request is gone with the connection */
    }
    r->is_begun = true;
    return true;
}

static void attach(struct exchange *x, const struct subscription *subscription)
{
    if (!begin(x)) {
        return;
    }
    x->client.max_id_len = x->request->max_id_len;
    if (feed_attach(x->exchanges->feed, &x->client, subscription) < 0) {
        struct buf nothing = BUF_INIT;
        send_end(x, &nothing, NULL);
        return;
    }
    exchange_move(x, EXCHANGE_STREAMING);
}

static void wait_for_kafka(struct exchange *x)
{
    if (begin(x)) {
        exchange_move(x, EXCHANGE_WAITING_KAFKA);
    }
}

static void refuse(struct exchange *x, const struct refusal *refusal)
{
    if (x->request->is_begun) {
        struct buf nothing = BUF_INIT;
        send_end(x, &nothing, refusal);
    } else {
        reply_refusal(x, refusal, x->request->is_head);
    }
}

enum outcome {
    OUTCOME_READY,
    OUTCOME_REFUSED,
    OUTCOME_STALE, /* some topic is missing, but the metadata may be out of date */
    OUTCOME_AWAY   /* nobody can tell while Kafka is away */
};

static bool is_allowed(void *opaque, const char *topic)
{
    return stream_request_allows(opaque, topic);
}

/* A page that was refused for the length of its id would never come back. */
static void say_too_long(const struct exchange *x, size_t longest, struct refusal *refusal)
{
    refusal->code = REFUSED_ID_TOO_LONG;
    buf_printf(
        &refusal->message,
        "The ids of this stream can become %zu bytes long, and could then not be sent back in "
        "a request, which may have %lld with all its other fields (max-head). Ask for fewer "
        "partitions, or for newline-delimited JSON.",
        longest, (long long)x->exchanges->config->settings.max_head_bytes);
}

static bool id_fits(const struct exchange *x, const struct subscription *s, struct refusal *refusal)
{
    size_t longest = subscription_longest_id(s);
    if (longest <= x->request->max_id_len) {
        return true;
    }
    say_too_long(x, longest, refusal);
    return false;
}

static enum outcome subscribe(const struct exchange *x, struct subscription *s,
                              struct refusal *refusal)
{
    struct exchanges *xs = x->exchanges;
    struct stream_request *r = x->request;
    if (!xs->cluster->has_metadata) {
        return OUTCOME_AWAY;
    }
    bool is_made = false;
    if (!route_topics_has(&xs->route_topics, xs->feed, r->snapshot, r->route_index)) {
        refusal->code = REFUSED_NO_TOPICS;
    } else {
        struct subscription_wish wish = {&r->assignments, r->otherwise,
                                         (size_t)xs->config->settings.max_partitions, is_allowed,
                                         r};
        is_made = feed_subscribe(xs->feed, &wish, s, refusal) == 0 && id_fits(x, s, refusal);
    }
    enum outcome known = is_made ? OUTCOME_READY : OUTCOME_REFUSED;
    if ((is_made && s->gone.count == 0) || !stream_request_may_exist(r, xs->feed)) {
        return known;
    }
    if (!xs->cluster->is_up) {
        return OUTCOME_AWAY;
    }
    if (!r->was_refreshed && !r->is_begun) {
        return OUTCOME_STALE;
    }
    /* What is told to be gone stays out of the client's ids: not without Kafka's word. */
    return is_made && r->is_overdue && !r->is_begun ? OUTCOME_AWAY : known;
}

static void proceed(struct exchange *x)
{
    struct refusal refusal = REFUSAL_INIT;
    struct selection *selection = x->request->selection;
    struct subscription subscription = {.view = x->view,
                                        .rendering = x->request->rendering,
                                        .selection =
                                            selection_is_clear(selection) ? NULL : selection};
    switch (subscribe(x, &subscription, &refusal)) {
    case OUTCOME_READY:
        attach(x, &subscription);
        break;
    case OUTCOME_REFUSED:
        refuse(x, &refusal);
        break;
    case OUTCOME_STALE:
        x->request->was_refreshed = true;
        exchange_move(x, EXCHANGE_PENDING);
        feed_refresh_topics(x->exchanges->feed);
        break;
    case OUTCOME_AWAY:
        wait_for_kafka(x);
        break;
    }
    subscription_fini(&subscription);
    refusal_fini(&refusal);
}

void stream_open(struct exchange *x, const struct http_request *request,
                 const struct route_target *target)
{
    struct refusal refusal = REFUSAL_INIT;
    struct stream_request *r = stream_request_new(request, target, &x->view, &refusal);
    if (r == NULL || authorize(x->exchanges->config, request, x->peer, r, &refusal) < 0) {
        reply_refusal(x, &refusal, request->method == HTTP_HEAD);
        stream_request_free(r);
    } else {
        x->request = r;
        proceed(x);
    }
    refusal_fini(&refusal);
}

void stream_resume(struct exchange *x)
{
    proceed(x);
}

/* ---- waiting and ending ---- */

static void beat(struct exchange *x)
{
    struct slice nothing = slice_of(NULL, 0);
    struct buf out = BUF_INIT;
    size_t size = frame_size(&x->view, FRAME_HEARTBEAT, 0, 0);
    char *at = buf_reserve(&out, size);
    bool is_done = at != NULL;
    if (is_done) {
        frame_write(&x->view, FRAME_HEARTBEAT, nothing, nothing, at);
        is_done = x->sink->write(x, slice_of(at, size));
    }
    buf_fini(&out);
    x->since_ms = loop_now_ms(x->exchanges->loop);
    if (!is_done) {
        x->sink->abort(x);
    }
}

void stream_tick(struct exchange *x)
{
    int64_t waited_ms = loop_now_ms(x->exchanges->loop) - x->since_ms;
    if (!x->request->is_begun) {
        if (waited_ms >= PENDING_MS) {
            x->request->is_overdue = true;
            proceed(x); /* with what is known */
        }
    } else if (waited_ms >= x->exchanges->config->settings.heartbeat_ms) {
        beat(x);
    }
}

/* What has not begun will be answered soon; a frame in flight goes on. */
void stream_probe(struct exchange *x)
{
    bool is_stream = x->state == EXCHANGE_STREAMING || x->state == EXCHANGE_WAITING_KAFKA;
    if (is_stream && feed_is_between_frames(&x->client)) {
        beat(x);
    }
}

void stream_end(struct exchange *x)
{
    struct buf rest = BUF_INIT;
    feed_detach(&x->client, &rest);
    if (buf_ok(&rest)) {
        send_end(x, &rest, NULL);
    } else {
        x->sink->abort(x);
    }
    buf_fini(&rest);
}
