/* Reading a request for a stream: see the header. */
#include "serve/stream_request.h"
#include "base/mem.h"
#include "core/since.h"
#include "http/accept.h"
#include "http/url.h"

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

/* Appends the topics of a URL with aliases put in their topics' place. */
static void expand_aliases(const struct ksse_config *config, struct slice topics, struct buf *out)
{
    for (bool is_first = true; topics.data != NULL; is_first = false) {
        struct slice name = slice_cut(&topics, ',');
        const struct alias_config *alias = config_alias(config, name);
        if (alias != NULL) {
            name = slice_str(alias->topics.text);
        }
        if (!is_first) {
            buf_append_char(out, ',');
        }
        /* The text of an alias is as the operator wrote it: spaces may stand around its commas. */
        for (size_t i = 0; i < name.len; i++) {
            if (alias == NULL || (name.data[i] != ' ' && name.data[i] != '\t')) {
                buf_append_char(out, name.data[i]);
            }
        }
    }
}

static bool read_topics(const struct reading *in, struct slice topics)
{
    struct buf list = BUF_INIT;
    size_t limit = (size_t)in->config->settings.max_topics;
    const struct route_config *route = in->r->route;
    expand_aliases(in->config, route->takes_topics ? topics : slice_str(route->options.topics.text),
                   &list);
    struct slice names =
        list.len > 0 ? buf_slice(&list) : slice_str(""); /* one name, an empty one */
    bool is_done =
        buf_ok(&list) ? assignments_from_topics(&in->r->assignments, names, limit, in->refusal) == 0
                      : refuse(in, REFUSED_NO_MEMORY);
    buf_fini(&list);
    return is_done;
}

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
    if (found < 0) {
        is_done = refuse(in, REFUSED_BAD_URL);
    } else if (found > 0 && id.len > 0) {
        is_done = read_id(in, buf_slice(&id));
    } else {
        is_done = read_topics(in, topics);
    }
    buf_fini(&id);
    return is_done;
}

static bool read_otherwise(const struct reading *in)
{
    struct start *otherwise = &in->r->otherwise;
    bool is_earliest = in->r->route->options.default_start == SETTING_START_EARLIEST;
    *otherwise = (struct start){is_earliest ? START_EARLIEST : START_LATEST, 0};
    struct buf since = BUF_INIT;
    bool is_done = true;
    int found = url_query_get(in->request->query, "since", &since);
    if (found < 0) {
        is_done = refuse(in, REFUSED_BAD_URL);
    } else if (found > 0 && since.len > 0) {
        int64_t ms;
        if (since_parse(buf_slice(&since), &ms)) {
            *otherwise = (struct start){START_TIMESTAMP, ms < 0 ? 0 : ms};
        } else {
            is_done = refuse(in, REFUSED_BAD_SINCE);
        }
    }
    buf_fini(&since);
    return is_done;
}

struct stream_request *stream_request_new(const struct ksse_config *config,
                                          const struct http_request *request,
                                          const struct route_config *route, struct slice topics,
                                          struct view *view, struct refusal *refusal)
{
    struct stream_request *r = mem_zalloc(sizeof(*r));
    if (r == NULL) {
        refusal->code = REFUSED_NO_MEMORY;
        return NULL;
    }
    r->route = route;
    r->route_index = (size_t)(route - config->routes);
    r->is_head = request->method == HTTP_HEAD;
    struct reading in = {config, request, r, refusal};
    read_view(&in, view);
    if (!read_assignments(&in, topics) || !read_otherwise(&in)) {
        stream_request_free(r);
        return NULL;
    }
    return r;
}

void stream_request_free(struct stream_request *r)
{
    if (r != NULL) {
        assignments_fini(&r->assignments);
        mem_free(r);
    }
}

bool stream_request_may_exist(const struct stream_request *r, const struct feed *feed)
{
    bool has_unknown = false;
    for (size_t i = 0; i < r->assignments.count; i++) {
        const char *name = assignment_topic(&r->assignments, i);
        if (!topic_name_is_valid(slice_str(name)) ||
            !topic_patterns_match(&r->route->options.topics, name)) {
            return false;
        }
        const struct topic *topic = topic_find(feed, name);
        has_unknown = has_unknown || topic == NULL || !topic->is_listed ||
                      r->assignments.items[i].partition >= topic->partition_count;
    }
    return has_unknown;
}
