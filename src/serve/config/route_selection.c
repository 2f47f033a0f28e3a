/* What a client sees of its route's records: see the header. */
#include "serve/config/route_selection.h"
#include "core/filter/fault.h"

/* Whose selection is being made, and what for. */
struct selecting {
    const struct compiled_route *route;
    const struct route_options *options; /* of the route */
    const struct selection_request *request;
    struct selection *selection;
    struct refusal *refusal;
};

static int refuse(struct refusal *refusal, enum refusal_code code, const char *sentence)
{
    refusal->code = code;
    if (sentence != NULL) {
        buf_append_str(&refusal->message, sentence);
    }
    return KSSE_EREFUSED;
}

static int no_memory(struct refusal *refusal)
{
    return refuse(refusal, REFUSED_NO_MEMORY, NULL);
}

static bool hides(void *opaque, const struct path *path)
{
    const struct projection *redact = opaque;
    return redact != NULL && projection_hides(redact, path);
}

static int parse_filter(const struct selecting *s, struct filter **out)
{
    struct filter_fault fault;
    int rc = filter_parse(s->request->filter, hides, s->route->redact, out, &fault);
    if (rc == KSSE_ENOMEM) {
        return no_memory(s->refusal);
    }
    if (rc < 0) {
        fault_append(fault.message, fault.at, s->request->filter, &s->refusal->message);
        return refuse(s->refusal, REFUSED_BAD_FILTER, NULL);
    }
    if (!s->options->shows_headers && filter_uses_headers(*out)) {
        filter_free(*out);
        return refuse(s->refusal, REFUSED_BAD_FILTER,
                      "Streams of this URL have no _kafka.headers.");
    }
    return 0;
}

static int add_client_filter(const struct selecting *s)
{
    struct filter *filter;
    if (slice_trim(s->request->filter).len == 0) {
        return 0;
    }
    if (!s->options->takes_filter) {
        return refuse(s->refusal, REFUSED_BAD_FILTER, "Streams of this URL take no filter.");
    }
    int rc = parse_filter(s, &filter);
    if (rc < 0) {
        return rc;
    }
    return selection_take_filter(s->selection, filter) < 0 ? no_memory(s->refusal) : 0;
}

static int add_route_filter(const struct selecting *s)
{
    int rc = 0;
    if (s->route->filter != NULL) {
        rc = selection_add_filter(s->selection, s->route->filter);
    } else if (s->route->extension != NULL) {
        const struct extension *e = s->route->extension;
        ASSERT(e->filter != NULL);
        rc = selection_add_call(s->selection, e->spec, e->filter, e->filter_opaque);
    }
    return rc < 0 ? no_memory(s->refusal) : 0;
}

static int add_projection(const struct selecting *s)
{
    struct projection *projection;
    struct projection_fault fault;
    if (slice_trim(s->request->fields).len == 0) {
        if (s->route->redact != NULL) {
            selection_set_projection(s->selection, s->route->redact);
        }
        return 0;
    }
    if (!s->options->takes_fields) {
        return refuse(s->refusal, REFUSED_BAD_FIELDS, "Streams of this URL take no fields.");
    }
    int rc = projection_new(s->request->fields, slice_str(s->options->redact), &projection, &fault);
    if (rc == KSSE_ENOMEM) {
        return no_memory(s->refusal);
    }
    if (rc < 0) {
        fault_append(fault.message, fault.at, s->request->fields, &s->refusal->message);
        return refuse(s->refusal, REFUSED_BAD_FIELDS, NULL);
    }
    selection_take_projection(s->selection, projection);
    return 0;
}

static void give_up_snapshot(void *snapshot)
{
    config_snapshot_unref(snapshot);
}

int route_select(struct config_snapshot *snapshot, size_t route_index,
                 const struct selection_request *request, struct selection **out,
                 struct refusal *refusal)
{
    struct selecting s = {.route = config_snapshot_route(snapshot, route_index),
                          .options = &snapshot->config->routes[route_index].options,
                          .request = request,
                          .selection = selection_new(),
                          .refusal = refusal};
    if (s.selection == NULL) {
        return no_memory(refusal);
    }
    selection_on_free(s.selection, give_up_snapshot, config_snapshot_ref(snapshot));
    int rc = add_route_filter(&s);
    if (rc == 0) {
        rc = add_client_filter(&s);
    }
    if (rc == 0) {
        rc = add_projection(&s);
    }
    if (rc < 0) {
        selection_unref(s.selection);
        return rc;
    }
    *out = s.selection;
    return 0;
}
