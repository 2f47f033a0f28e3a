/* What a client sees of its route's records: the compiled route, and what its request adds. See
 * compiled route.h.
 */
#include "core/filter/fault.h"
#include "serve/config/compiled_route.h"

static int refuse(struct refusal *refusal, enum refusal_code code, const char *sentence)
{
    refusal->code = code;
    if (sentence != NULL) {
        buf_append_str(&refusal->message, sentence);
    }
    return -1;
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

static int parse_filter(const struct compiled_route *compiled_route,
                        const struct selection_request *selection_request, struct filter **out,
                        struct refusal *refusal)
{
    struct filter_fault fault;
    switch (filter_parse(selection_request->filter, hides, compiled_route->redact, out, &fault)) {
    case FILTER_OK:
        break;
    case FILTER_BAD:
        fault_append(fault.message, fault.at, selection_request->filter, &refusal->message);
        return refuse(refusal, REFUSED_BAD_FILTER, NULL);
    case FILTER_NO_MEMORY:
        return no_memory(refusal);
    }
    if (!selection_request->options->shows_headers && filter_uses_headers(*out)) {
        filter_free(*out);
        return refuse(refusal, REFUSED_BAD_FILTER, "Streams of this URL have no _kafka.headers.");
    }
    return 0;
}

static int add_client_filter(const struct compiled_route *compiled_route,
                             const struct selection_request *selection_request,
                             struct selection *selection, struct refusal *refusal)
{
    struct filter *filter;
    if (slice_trim(selection_request->filter).len == 0) {
        return 0;
    }
    if (!selection_request->options->takes_filter) {
        return refuse(refusal, REFUSED_BAD_FILTER, "Streams of this URL take no filter.");
    }
    if (parse_filter(compiled_route, selection_request, &filter, refusal) < 0) {
        return -1;
    }
    return selection_take_filter(selection, filter) < 0 ? no_memory(refusal) : 0;
}

static int add_route_filter(const struct compiled_route *compiled_route,
                            struct selection *selection, struct refusal *refusal)
{
    int rc = 0;
    if (compiled_route->filter != NULL) {
        rc = selection_add_filter(selection, compiled_route->filter);
    } else if (compiled_route->extension != NULL) {
        const struct extension *e = compiled_route->extension;
        rc = selection_add_call(selection, e->spec, e->filter, e->filter_opaque);
    }
    return rc < 0 ? no_memory(refusal) : 0;
}

static int add_projection(const struct compiled_route *compiled_route,
                          const struct selection_request *selection_request,
                          struct selection *selection, struct refusal *refusal)
{
    struct projection *projection;
    struct projection_fault fault;
    bool is_fields;
    if (slice_trim(selection_request->fields).len == 0) {
        if (compiled_route->redact != NULL) {
            selection_set_projection(selection, compiled_route->redact);
        }
        return 0;
    }
    if (!selection_request->options->takes_fields) {
        return refuse(refusal, REFUSED_BAD_FIELDS, "Streams of this URL take no fields.");
    }
    switch (projection_new(selection_request->fields, slice_str(selection_request->options->redact),
                           &projection, &is_fields, &fault)) {
    case PROJECTION_OK:
        selection_take_projection(selection, projection);
        return 0;
    case PROJECTION_BAD:
        fault_append(fault.message, fault.at, selection_request->fields, &refusal->message);
        return refuse(refusal, REFUSED_BAD_FIELDS, NULL);
    case PROJECTION_NO_MEMORY:
        break;
    }
    return no_memory(refusal);
}

int compiled_route_select(const struct compiled_route *compiled_route,
                          const struct selection_request *selection_request, struct selection **out,
                          struct refusal *refusal)
{
    struct selection *selection = selection_new();
    if (selection == NULL) {
        return no_memory(refusal);
    }
    if (add_route_filter(compiled_route, selection, refusal) < 0 ||
        add_client_filter(compiled_route, selection_request, selection, refusal) < 0 ||
        add_projection(compiled_route, selection_request, selection, refusal) < 0) {
        selection_unref(selection);
        return -1;
    }
    *out = selection;
    return 0;
}
