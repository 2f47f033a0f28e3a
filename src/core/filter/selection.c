/* Conditions and a projection: see the header. */
#include "core/filter/selection.h"
#include "base/mem.h"

enum {
    WHY_BYTES = 250,        /* of a callback's sentence */
    PROJECTION_COST_NS = 2, /* a byte, about */
    CALL_COST_NS = 10000    /* a callback: a guess */
};

/* A filter expression, or a callback. */
struct condition {
    const struct filter *filter; /* NULL: `call` */
    struct filter *owned;        /* the same filter, to be freed with the selection; or NULL */
    struct path_entry **entries; /* of the filter, while the selection is attached */
    char *name;                  /* of the callback */
    ksse_filter_fn call;
    void *opaque;
};

struct selection {
    size_t refs;
    struct condition *conditions;
    size_t condition_count;
    size_t attached;                     /* to how many channels and replays */
    const struct projection *projection; /* NULL: everything is shown */
    struct projection *owned_projection;
    void (*release)(void *opaque); /* or NULL */
    void *release_opaque;
};

struct selection *selection_new(void)
{
    struct selection *selection = mem_zalloc(sizeof(*selection));
    if (selection != NULL) {
        selection->refs = 1;
    }
    return selection;
}

struct selection *selection_ref(struct selection *selection)
{
    if (selection != NULL) {
        selection->refs++;
    }
    return selection;
}

void selection_unref(struct selection *selection)
{
    if (selection == NULL) {
        return;
    }
    ASSERT(selection->refs > 0);
    if (--selection->refs > 0) {
        return;
    }
    ASSERT(selection->attached == 0);
    for (size_t i = 0; i < selection->condition_count; i++) {
        filter_free(selection->conditions[i].owned);
        mem_free(selection->conditions[i].name);
    }
    mem_free(selection->conditions);
    projection_free(selection->owned_projection);
    if (selection->release != NULL) {
        selection->release(selection->release_opaque);
    }
    mem_free(selection);
}

void selection_on_free(struct selection *selection, void (*release)(void *opaque), void *opaque)
{
    ASSERT(selection->release == NULL);
    selection->release = release;
    selection->release_opaque = opaque;
}

static struct condition *add_condition(struct selection *selection)
{
    ASSERT(selection->attached == 0);
    struct condition *conditions =
        mem_realloc(selection->conditions, (selection->condition_count + 1) * sizeof(*conditions));
    if (conditions == NULL) {
        return NULL;
    }
    selection->conditions = conditions;
    conditions[selection->condition_count] = (struct condition){.filter = NULL};
    return &conditions[selection->condition_count++];
}

int selection_add_filter(struct selection *selection, const struct filter *filter)
{
    struct condition *condition = add_condition(selection);
    if (condition == NULL) {
        return KSSE_ENOMEM;
    }
    condition->filter = filter;
    return 0;
}

int selection_take_filter(struct selection *selection, struct filter *filter)
{
    if (selection_add_filter(selection, filter) < 0) {
        filter_free(filter);
        return KSSE_ENOMEM;
    }
    selection->conditions[selection->condition_count - 1].owned = filter;
    return 0;
}

int selection_add_call(struct selection *selection, const char *name, ksse_filter_fn call,
                       void *opaque)
{
    char *copy = mem_strndup(name, strlen(name));
    struct condition *condition = copy == NULL ? NULL : add_condition(selection);
    if (condition == NULL) {
        mem_free(copy);
        return KSSE_ENOMEM;
    }
    condition->name = copy;
    condition->call = call;
    condition->opaque = opaque;
    return 0;
}

void selection_set_projection(struct selection *selection, const struct projection *projection)
{
    ASSERT(selection->projection == NULL);
    selection->projection = projection;
}

void selection_take_projection(struct selection *selection, struct projection *projection)
{
    selection_set_projection(selection, projection);
    selection->owned_projection = projection;
}

bool selection_is_clear(const struct selection *selection)
{
    return selection->condition_count == 0 && selection->projection == NULL;
}

/* Its length comes first, so that one text cannot be taken for two. */
static void append_part(char kind, struct slice text, struct buf *out)
{
    buf_append_char(out, kind);
    buf_append_int(out, (int64_t)text.len);
    buf_append_char(out, ':');
    buf_append_slice(out, text);
}

/* A name may have been given to another function in the meantime. */
static void append_call(const struct condition *c, struct buf *out)
{
    append_part('c', slice_str(c->name), out);
    append_part('@', slice_of((const char *)&c->call, sizeof(c->call)), out);
    append_part('@', slice_of((const char *)&c->opaque, sizeof(c->opaque)), out);
}

void selection_append_key(const struct selection *selection, struct buf *out)
{
    for (size_t i = 0; i < selection->condition_count; i++) {
        const struct condition *condition = &selection->conditions[i];
        if (condition->filter == NULL) {
            append_call(condition, out);
        } else {
            append_part('f', filter_text(condition->filter), out);
        }
    }
    if (selection->projection != NULL) {
        append_part('p', projection_text(selection->projection), out);
    }
}

int selection_scratch_init(struct selection_scratch *scratch)
{
    *scratch = (struct selection_scratch){.shown = BUF_INIT, .why = BUF_INIT};
    scratch->index = path_index_new();
    return scratch->index == NULL ? KSSE_ENOMEM : 0;
}

void selection_scratch_fini(struct selection_scratch *scratch)
{
    path_index_free(scratch->index);
    scratch->index = NULL;
    buf_fini(&scratch->shown);
    buf_fini(&scratch->why);
}

void selection_scratch_set(struct selection_scratch *scratch, struct slice data)
{
    path_index_set_record(scratch->index, data);
}

uint64_t selection_scratch_cost_ns(const struct selection_scratch *scratch)
{
    return scratch->cost_ns + path_index_cost_ns(scratch->index);
}

/* ---- attaching ---- */

static void remove_paths(struct selection *selection, struct selection_scratch *scratch)
{
    for (size_t i = 0; i < selection->condition_count; i++) {
        struct condition *condition = &selection->conditions[i];
        if (condition->entries != NULL) {
            filter_remove_paths(condition->filter, scratch->index, condition->entries);
            condition->entries = NULL;
        }
    }
}

int selection_attach(struct selection *selection, struct selection_scratch *scratch)
{
    for (size_t i = 0; i < selection->condition_count && selection->attached == 0; i++) {
        struct condition *condition = &selection->conditions[i];
        if (condition->filter != NULL &&
            (condition->entries = filter_add_paths(condition->filter, scratch->index)) == NULL) {
            remove_paths(selection, scratch);
            return KSSE_ENOMEM;
        }
    }
    selection->attached++;
    return 0;
}

void selection_detach(struct selection *selection, struct selection_scratch *scratch)
{
    ASSERT(selection->attached > 0);
    if (--selection->attached == 0) {
        remove_paths(selection, scratch);
    }
}

/* ---- callbacks ---- */

struct why_output {
    struct ksse_output base;
    struct buf *why;
};

static void append_why(struct ksse_output *output, const void *data, size_t len)
{
    struct why_output *out = CONTAINER_OF(output, struct why_output, base);
    size_t left = WHY_BYTES - out->why->len;
    buf_append(out->why, data, len < left ? len : left);
}

static enum selection_outcome call_filter(const struct condition *condition,
                                          struct selection_scratch *scratch,
                                          const struct ksse_event *event)
{
    scratch->cost_ns += CALL_COST_NS;
    buf_clear(&scratch->why);
    struct why_output output = {{append_why}, &scratch->why};
    switch (condition->call(condition->opaque, event, &output.base)) {
    case KSSE_FILTER_KEEP:
        return SELECTION_KEPT;
    case KSSE_FILTER_DROP:
        return SELECTION_DROPPED;
    case KSSE_FILTER_FAIL:
        break;
    }
    return SELECTION_FAILED;
}

/* Too costly is a failure and not "drop": neither a client's filter nor an operator's may hide or
 * show a record silently. */
static enum selection_outcome fail_costly(struct selection_scratch *scratch,
                                          const struct ksse_event *event)
{
    buf_clear(&scratch->why);
    buf_printf(&scratch->why,
               "Record %lld of partition %d, of %zu bytes, is too much work for this filter: use "
               "fewer conditions on long texts and arrays.",
               (long long)event->offset, (int)event->partition, event->data_len);
    return SELECTION_FAILED;
}

static enum selection_outcome apply_condition(const struct condition *condition,
                                              struct selection_scratch *scratch,
                                              const struct ksse_event *event)
{
    if (condition->filter == NULL) {
        return call_filter(condition, scratch, event);
    }
    switch (
        filter_evaluate(condition->filter, condition->entries, scratch->index, &scratch->cost_ns)) {
    case FILTER_KEEPS:
        return SELECTION_KEPT;
    case FILTER_DROPS:
        return SELECTION_DROPPED;
    case FILTER_TOO_COSTLY:
        break;
    }
    return fail_costly(scratch, event);
}

/* *text is untouched unless the outcome is KEPT. */
static enum selection_outcome project(const struct projection *projection,
                                      struct selection_scratch *scratch, struct slice *text)
{
    scratch->cost_ns += PROJECTION_COST_NS * text->len;
    buf_clear(&scratch->shown);
    projection_apply(projection, *text, &scratch->shown);
    if (!buf_ok(&scratch->shown)) {
        return SELECTION_NO_MEMORY;
    }
    *text = buf_slice(&scratch->shown);
    return SELECTION_KEPT;
}

static enum selection_outcome apply(const struct selection *selection,
                                    struct selection_scratch *scratch,
                                    const struct ksse_event *event, struct slice *text)
{
    for (size_t i = 0; i < selection->condition_count; i++) {
        enum selection_outcome outcome = apply_condition(&selection->conditions[i], scratch, event);
        if (outcome == SELECTION_FAILED) {
            *text = buf_slice(&scratch->why);
        }
        if (outcome != SELECTION_KEPT) {
            return outcome;
        }
    }
    *text = slice_of(event->data, event->data_len);
    return selection->projection == NULL ? SELECTION_KEPT
                                         : project(selection->projection, scratch, text);
}

enum selection_outcome selection_apply(const struct selection *selection,
                                       struct selection_scratch *scratch,
                                       const struct ksse_event *event, struct slice *text)
{
    ASSERT(selection->attached > 0);
    uint64_t before = scratch->cost_ns;
    enum selection_outcome outcome = apply(selection, scratch, event, text);
    scratch->last_cost_ns = scratch->cost_ns - before;
    return outcome;
}
