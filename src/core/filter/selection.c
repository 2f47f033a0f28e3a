/* Filters and a projection in one: see the header. */
#include "core/filter/selection.h"
#include "base/mem.h"

enum {
    WHY_BYTES = 250,     /* of a callback's sentence */
    PROJECTION_COST = 2, /* nanoseconds a byte, about */
    CALL_COST = 10000    /* of a callback, for want of a better guess */
};

/* An expression, or a callback. */
struct sieve {
    const struct filter *filter; /* NULL: `call` */
    struct filter *owned;        /* the same filter, to be freed with the selection; or NULL */
    struct json_spot **spots;    /* of the filter, while the selection is mounted */
    char *name;                  /* of the callback */
    ksse_filter_fn call;
    void *opaque;
};

struct selection {
    size_t holders;
    struct sieve *sieves;
    size_t sieve_count;
    size_t mounts;
    const struct projection *projection; /* NULL: everything is shown */
    struct projection *owned_projection;
};

struct selection *selection_new(void)
{
    struct selection *selection = mem_zalloc(sizeof(*selection));
    if (selection != NULL) {
        selection->holders = 1;
    }
    return selection;
}

struct selection *selection_ref(struct selection *selection)
{
    if (selection != NULL) {
        selection->holders++;
    }
    return selection;
}

void selection_unref(struct selection *selection)
{
    if (selection == NULL || --selection->holders > 0) {
        return;
    }
    ASSERT(selection->mounts == 0);
    for (size_t i = 0; i < selection->sieve_count; i++) {
        filter_free(selection->sieves[i].owned);
        mem_free(selection->sieves[i].name);
    }
    mem_free(selection->sieves);
    projection_free(selection->owned_projection);
    mem_free(selection);
}

static struct sieve *add_sieve(struct selection *selection)
{
    ASSERT(selection->mounts == 0);
    struct sieve *sieves =
        mem_realloc(selection->sieves, (selection->sieve_count + 1) * sizeof(*sieves));
    if (sieves == NULL) {
        return NULL;
    }
    selection->sieves = sieves;
    sieves[selection->sieve_count] = (struct sieve){.filter = NULL};
    return &sieves[selection->sieve_count++];
}

int selection_add_filter(struct selection *selection, const struct filter *filter)
{
    struct sieve *sieve = add_sieve(selection);
    if (sieve == NULL) {
        return -1;
    }
    sieve->filter = filter;
    return 0;
}

int selection_take_filter(struct selection *selection, struct filter *filter)
{
    if (selection_add_filter(selection, filter) < 0) {
        filter_free(filter);
        return -1;
    }
    selection->sieves[selection->sieve_count - 1].owned = filter;
    return 0;
}

int selection_add_call(struct selection *selection, const char *name, ksse_filter_fn call,
                       void *opaque)
{
    char *copy = mem_strndup(name, strlen(name));
    struct sieve *sieve = copy == NULL ? NULL : add_sieve(selection);
    if (sieve == NULL) {
        mem_free(copy);
        return -1;
    }
    sieve->name = copy;
    sieve->call = call;
    sieve->opaque = opaque;
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
    return selection->sieve_count == 0 && selection->projection == NULL;
}

/* With its length in front, so that no text can pass for two. */
static void append_part(char kind, struct slice text, struct buf *out)
{
    buf_append_char(out, kind);
    buf_append_int(out, (int64_t)text.len);
    buf_append_char(out, ':');
    buf_append_slice(out, text);
}

void selection_append_key(const struct selection *selection, struct buf *out)
{
    for (size_t i = 0; i < selection->sieve_count; i++) {
        const struct sieve *sieve = &selection->sieves[i];
        bool is_call = sieve->filter == NULL;
        append_part(is_call ? 'c' : 'f',
                    is_call ? slice_str(sieve->name) : filter_text(sieve->filter), out);
    }
    if (selection->projection != NULL) {
        append_part('p', projection_text(selection->projection), out);
    }
}

int selection_scratch_init(struct selection_scratch *scratch)
{
    *scratch = (struct selection_scratch){.shown = BUF_INIT, .why = BUF_INIT};
    scratch->index = json_index_new();
    return scratch->index == NULL ? -1 : 0;
}

void selection_scratch_fini(struct selection_scratch *scratch)
{
    json_index_free(scratch->index);
    scratch->index = NULL;
    buf_fini(&scratch->shown);
    buf_fini(&scratch->why);
}

void selection_scratch_set(struct selection_scratch *scratch, struct slice data)
{
    json_index_reset(scratch->index, data);
}

uint64_t selection_scratch_effort(const struct selection_scratch *scratch)
{
    return scratch->effort + json_index_effort(scratch->index);
}

/* ---- mounting ---- */

static void forget_all(struct selection *selection, struct selection_scratch *scratch)
{
    for (size_t i = 0; i < selection->sieve_count; i++) {
        struct sieve *sieve = &selection->sieves[i];
        if (sieve->spots != NULL) {
            filter_forget(sieve->filter, scratch->index, sieve->spots);
            sieve->spots = NULL;
        }
    }
}

int selection_mount(struct selection *selection, struct selection_scratch *scratch)
{
    for (size_t i = 0; i < selection->sieve_count && selection->mounts == 0; i++) {
        struct sieve *sieve = &selection->sieves[i];
        if (sieve->filter != NULL &&
            (sieve->spots = filter_want(sieve->filter, scratch->index)) == NULL) {
            forget_all(selection, scratch);
            return -1;
        }
    }
    selection->mounts++;
    return 0;
}

void selection_dismount(struct selection *selection, struct selection_scratch *scratch)
{
    if (--selection->mounts == 0) {
        forget_all(selection, scratch);
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

static enum selection_outcome call_filter(const struct sieve *sieve,
                                          struct selection_scratch *scratch,
                                          const struct ksse_event *event)
{
    scratch->effort += CALL_COST;
    buf_clear(&scratch->why);
    struct why_output output = {{append_why}, &scratch->why};
    switch (sieve->call(sieve->opaque, event, &output.base)) {
    case KSSE_FILTER_KEEP:
        return SELECTION_KEPT;
    case KSSE_FILTER_DROP:
        return SELECTION_DROPPED;
    case KSSE_FILTER_FAIL:
        break;
    }
    return SELECTION_FAILED;
}

/* A client that cannot be served is told, and an operator's filter must not show or hide anything
 * silently. */
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

static enum selection_outcome pass(const struct sieve *sieve, struct selection_scratch *scratch,
                                   const struct ksse_event *event)
{
    if (sieve->filter == NULL) {
        return call_filter(sieve, scratch, event);
    }
    switch (filter_judge(sieve->filter, sieve->spots, scratch->index, &scratch->effort)) {
    case FILTER_KEEPS:
        return SELECTION_KEPT;
    case FILTER_DROPS:
        return SELECTION_DROPPED;
    case FILTER_TOO_COSTLY:
        break;
    }
    return fail_costly(scratch, event);
}

static enum selection_outcome look(const struct selection *selection,
                                   struct selection_scratch *scratch,
                                   const struct ksse_event *event, struct slice *data)
{
    for (size_t i = 0; i < selection->sieve_count; i++) {
        enum selection_outcome outcome = pass(&selection->sieves[i], scratch, event);
        if (outcome != SELECTION_KEPT) {
            return outcome;
        }
    }
    *data = slice_of(event->data, event->data_len);
    if (selection->projection == NULL) {
        return SELECTION_KEPT;
    }
    scratch->effort += PROJECTION_COST * event->data_len;
    buf_clear(&scratch->shown);
    projection_apply(selection->projection, *data, &scratch->shown);
    *data = buf_slice(&scratch->shown);
    return buf_ok(&scratch->shown) ? SELECTION_KEPT : SELECTION_NO_MEMORY;
}

enum selection_outcome selection_apply(const struct selection *selection,
                                       struct selection_scratch *scratch,
                                       const struct ksse_event *event, struct slice *data)
{
    ASSERT(selection->mounts > 0);
    uint64_t before = scratch->effort;
    enum selection_outcome outcome = look(selection, scratch, event, data);
    scratch->cost = scratch->effort - before;
    return outcome;
}
