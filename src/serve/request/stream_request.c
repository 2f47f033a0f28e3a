/* Reading a request for a stream: see the header. */
#include "serve/request/stream_request.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/stream/since.h"
#include "http/accept.h"
#include "http/url.h"
#include "serve/request/asked_topics.h"
#include "serve/config/route_selection.h"

/* What is read, and with what. */
struct reading {
    const struct ksse_config *config;
    const struct http_request *request;
    struct stream_request *r;
    struct refusal *refusal;
};

static bool refuse(const struct reading *in, enum refusal_code code)
{
    in->refusal->code = code;
    return false;
}

static void read_view(const struct reading *in, struct view *view)
{
    const struct route_options *options = &in->r->route->options;
    enum http_accept accept = http_accept_parse(http_request_field(in->request, "Accept"));
    bool is_ndjson = accept == HTTP_ACCEPT_JSON || accept == HTTP_ACCEPT_NDJSON;
    in->r->is_json = accept == HTTP_ACCEPT_JSON;
    *view = (struct view){
        .format = is_ndjson ? FORMAT_NDJSON : FORMAT_SSE,
        .id_format = options->id_format == SETTING_ID_TIMESTAMP ? ID_TIMESTAMP : ID_OFFSET,
        .gap = (enum gap_policy)options->gap,
        .is_chunked = in->config->settings.http1_framing == HTTP1_FRAMING_CHUNKED &&
                      in->request->minor_version > 0,
    };
}

_Static_assert((int)SETTING_GAP_EVENT == (int)GAP_EVENT &&
                   (int)SETTING_GAP_SILENT == (int)GAP_SILENT &&
                   (int)SETTING_GAP_ERROR == (int)GAP_ERROR,
               "the words of the setting stand in the order of the policies");

static bool read_id(const struct reading *in, struct slice id)
{
    const struct settings *s = &in->config->settings;
    struct assignments *a = &in->r->assignments;
    if (assignments_from_event_id(a, id, (size_t)s->max_partitions, in->refusal) < 0) {
        return false;
    }
    int64_t names = 0;
    for (size_t i = 0; i < a->count; i++) {
        names += a->items[i].partition == ALL_PARTITIONS ? 1 : 0;
    }
    return names <= s->max_topics || refuse(in, REFUSED_TOO_MANY_TOPICS);
}

/* An EventSource cannot set headers, so its first request has the id in the URL; the header is
 * newer. */
static bool read_assignments(const struct reading *in, struct slice topics)
{
    struct slice header = http_request_field(in->request, "Last-Event-ID");
    if (header.len > 0) {
        return read_id(in, header);
    }
    struct buf id = BUF_INIT;
    bool is_done;
    int found = url_query_get(in->request->query, "lastEventId", &id);
    if (!buf_ok(&id)) {
        is_done = refuse(in, REFUSED_NO_MEMORY);
    } else if (found < 0) {
        is_done = refuse(in, REFUSED_BAD_URL);
    } else if (found > 0 && id.len > 0) {
        is_done = read_id(in, buf_slice(&id));
    } else {
        is_done = asked_topics_read(in->config, in->r->route, topics, &in->r->assignments,
                                    in->refusal) == 0;
    }
    buf_fini(&id);
    return is_done;
}

enum {
    SPARE_BYTES = 256 /* of a head, for what a proxy may write longer the next time */
};

/* Fields that come again with the next request; an id among them makes room for the next one. */
static size_t fields_size(const struct http_request *request)
{
    size_t size = 0;
    for (int i = 0; i < request->field_count; i++) {
        const struct http_field *field = &request->fields[i];
        bool is_id = slice_eq_nocase(field->name, "Last-Event-ID");
        size += is_id ? 0 : field->name.len + field->value.len + strlen(": \r\n");
    }
    return size;
}

/*
 * What a client comes back with is as long as what it has sent now, with another id. One that has
 * come back already, with nothing but partitions, has no more to ask for, and its next ids will do.
 */
static void find_max_id_len(const struct reading *in, const struct view *view)
{
    struct stream_request *r = in->r;
    bool is_back = http_request_field(in->request, "Last-Event-ID").len > 0;
    for (size_t i = 0; i < r->assignments.count; i++) {
        is_back = is_back && r->assignments.items[i].partition != ALL_PARTITIONS;
    }
    if (is_back || view->format == FORMAT_NDJSON) {
        r->max_id_len = SIZE_MAX;
        return;
    }
    size_t limit = (size_t)in->config->settings.max_head_bytes;
    size_t size = strlen("GET  HTTP/1.1\r\nLast-Event-ID: \r\n\r\n") + in->request->target.len +
                  fields_size(in->request) + SPARE_BYTES;
    r->max_id_len = size < limit ? limit - size : 0;
}

static bool read_otherwise(const struct reading *in)
{
    struct start *otherwise = &in->r->otherwise;
    bool is_earliest = in->r->route->options.default_start == SETTING_START_EARLIEST;
    *otherwise = (struct start){is_earliest ? START_EARLIEST : START_LATEST, 0};
    struct buf since = BUF_INIT;
    bool is_done = true;
    int found = url_query_get(in->request->query, "since", &since);
    if (!buf_ok(&since)) {
        is_done = refuse(in, REFUSED_NO_MEMORY);
    } else if (found < 0) {
        is_done = refuse(in, REFUSED_BAD_URL);
    } else if (found > 0 && since.len > 0) {
        int64_t ms;
        if (since_parse(buf_slice(&since), clock_wall_ms(), &ms) == 0) {
            *otherwise = (struct start){START_TIMESTAMP, ms < 0 ? 0 : ms};
        } else {
            is_done = refuse(in, REFUSED_BAD_SINCE);
        }
    }
    buf_fini(&since);
    return is_done;
}

/* A parameter of the query, data NULL without it. `out` holds the text. */
static bool read_parameter(const struct reading *in, const char *name, struct buf *out,
                           struct slice *value)
{
    int found = url_query_get(in->request->query, name, out);
    *value = found > 0 ? buf_slice(out) : slice_of(NULL, 0);
    if (!buf_ok(out)) {
        return refuse(in, REFUSED_NO_MEMORY);
    }
    return found >= 0 || refuse(in, REFUSED_BAD_URL);
}

static bool read_selection(const struct reading *in)
{
    struct buf filter = BUF_INIT;
    struct buf fields = BUF_INIT;
    struct selection_request wanted;
    struct stream_request *r = in->r;
    r->rendering = config_snapshot_route(r->snapshot, r->route_index)->rendering;
    bool is_done =
        read_parameter(in, "filter", &filter, &wanted.filter) &&
        read_parameter(in, "fields", &fields, &wanted.fields) &&
        route_select(r->snapshot, r->route_index, &wanted, &r->selection, in->refusal) == 0;
    buf_fini(&filter);
    buf_fini(&fields);
    return is_done;
}

struct stream_request *stream_request_new(const struct http_request *http,
                                          const struct route_target *target, struct view *view,
                                          struct refusal *refusal)
{
    const struct ksse_config *config = target->snapshot->config;
    struct stream_request *r = mem_zalloc(sizeof(*r));
    if (r == NULL) {
        refusal->code = REFUSED_NO_MEMORY;
        return NULL;
    }
    r->snapshot = config_snapshot_ref(target->snapshot);
    r->route = target->route;
    r->route_index = (size_t)(target->route - config->routes);
    ASSERT(r->route_index < config->route_count);
    r->is_head = http->method == HTTP_HEAD;
    struct reading in = {config, http, r, refusal};
    read_view(&in, view);
    if (!read_assignments(&in, target->topics) || !read_otherwise(&in) || !read_selection(&in)) {
        stream_request_free(r);
        return NULL;
    }
    find_max_id_len(&in, view);
    return r;
}

void stream_request_free(struct stream_request *r)
{
    if (r != NULL) {
        assignments_fini(&r->assignments);
        grant_fini(&r->grant);
        selection_unref(r->selection);
        config_snapshot_unref(r->snapshot);
        mem_free(r);
    }
}

bool stream_request_allows(const struct stream_request *r, const char *topic)
{
    return topic_patterns_match(&r->route->options.topics, topic) && grant_shows(&r->grant, topic);
}

bool stream_request_may_exist(const struct stream_request *r, const struct feed *feed)
{
    bool has_unknown = false;
    for (size_t i = 0; i < r->assignments.count; i++) {
        const char *name = assignment_topic(&r->assignments, i);
        int32_t partition = r->assignments.items[i].partition;
        if (!topic_name_is_valid(slice_str(name)) || !stream_request_allows(r, name)) {
            if (partition == ALL_PARTITIONS) {
                return false;
            }
            continue; /* gone, whatever the cluster says */
        }
        const struct topic *topic = feed_find_topic(feed, r->rendering, name);
        has_unknown = has_unknown || topic == NULL || !topic_has(topic, partition);
    }
    return has_unknown;
}
