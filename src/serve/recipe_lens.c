/* What a client sees of its route's records: the recipe, and what its request adds. See recipe.h.
 */
#include "core/fault.h"
#include "serve/recipe.h"

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

static int parse_filter(const struct recipe *recipe, const struct sight *sight, struct filter **out,
                        struct refusal *refusal)
{
    struct filter_fault fault;
    switch (filter_parse(sight->filter, hides, recipe->redact, out, &fault)) {
    case FILTER_OK:
        break;
    case FILTER_BAD:
        fault_append(fault.message, fault.at, sight->filter, &refusal->message);
        return refuse(refusal, REFUSED_BAD_FILTER, NULL);
    case FILTER_NO_MEMORY:
        return no_memory(refusal);
    }
    if (!sight->options->shows_headers && filter_uses_headers(*out)) {
        filter_free(*out);
        return refuse(refusal, REFUSED_BAD_FILTER, "Streams of this URL have no _kafka.headers.");
    }
    return 0;
}

static int add_client_filter(const struct recipe *recipe, const struct sight *sight,
                             struct lens *lens, struct refusal *refusal)
{
    struct filter *filter;
    if (slice_trim(sight->filter).len == 0) {
        return 0;
    }
    if (!sight->options->takes_filter) {
        return refuse(refusal, REFUSED_BAD_FILTER, "Streams of this URL take no filter.");
    }
    if (parse_filter(recipe, sight, &filter, refusal) < 0) {
        return -1;
    }
    return lens_take_filter(lens, filter) < 0 ? no_memory(refusal) : 0;
}

static int add_route_filter(const struct recipe *recipe, struct lens *lens, struct refusal *refusal)
{
    int rc = 0;
    if (recipe->filter != NULL) {
        rc = lens_add_filter(lens, recipe->filter);
    } else if (recipe->extension != NULL) {
        const struct extension *e = recipe->extension;
        rc = lens_add_call(lens, e->spec, e->filter, e->filter_opaque);
    }
    return rc < 0 ? no_memory(refusal) : 0;
}

static int add_projection(const struct recipe *recipe, const struct sight *sight, struct lens *lens,
                          struct refusal *refusal)
{
    struct projection *projection;
    struct projection_fault fault;
    bool is_fields;
    if (slice_trim(sight->fields).len == 0) {
        if (recipe->redact != NULL) {
            lens_set_projection(lens, recipe->redact);
        }
        return 0;
    }
    if (!sight->options->takes_fields) {
        return refuse(refusal, REFUSED_BAD_FIELDS, "Streams of this URL take no fields.");
    }
    switch (projection_new(sight->fields, slice_str(sight->options->redact), &projection,
                           &is_fields, &fault)) {
    case PROJECTION_OK:
        lens_take_projection(lens, projection);
        return 0;
    case PROJECTION_BAD:
        fault_append(fault.message, fault.at, sight->fields, &refusal->message);
        return refuse(refusal, REFUSED_BAD_FIELDS, NULL);
    case PROJECTION_NO_MEMORY:
        break;
    }
    return no_memory(refusal);
}

int recipe_lens(const struct recipe *recipe, const struct sight *sight, struct lens **out,
                struct refusal *refusal)
{
    struct lens *lens = lens_new();
    if (lens == NULL) {
        return no_memory(refusal);
    }
    if (add_route_filter(recipe, lens, refusal) < 0 ||
        add_client_filter(recipe, sight, lens, refusal) < 0 ||
        add_projection(recipe, sight, lens, refusal) < 0) {
        lens_unref(lens);
        return -1;
    }
    *out = lens;
    return 0;
}
