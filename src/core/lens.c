/* Filters and a projection in one: see the header. */
#include "core/lens.h"
#include "base/mem.h"

enum {
    WHY_BYTES = 250,     /* of a callback's sentence */
    PROJECTION_COST = 2, /* nanoseconds a byte, about */
    CALL_COST = 10000    /* of a callback, for want of a better guess */
};

/* An expression, or a callback. */
struct sieve {
    const struct filter *filter; /* NULL: `call` */
    struct filter *owned;        /* the same filter, to be freed with the lens; or NULL */
    struct json_spot **spots;    /* of the filter, while the lens is mounted */
    char *name;                  /* of the callback */
    ksse_filter_fn call;
    void *opaque;
};

struct lens {
    size_t holders;
    struct sieve *sieves;
    size_t sieve_count;
    size_t mounts;
    const struct projection *projection; /* NULL: everything is shown */
    struct projection *owned_projection;
};

struct lens *lens_new(void)
{
    struct lens *lens = mem_zalloc(sizeof(*lens));
    if (lens != NULL) {
        lens->holders = 1;
    }
    return lens;
}

struct lens *lens_ref(struct lens *lens)
{
    if (lens != NULL) {
        lens->holders++;
    }
    return lens;
}

void lens_unref(struct lens *lens)
{
    if (lens == NULL || --lens->holders > 0) {
        return;
    }
    ASSERT(lens->mounts == 0);
    for (size_t i = 0; i < lens->sieve_count; i++) {
        filter_free(lens->sieves[i].owned);
        mem_free(lens->sieves[i].name);
    }
    mem_free(lens->sieves);
    projection_free(lens->owned_projection);
    mem_free(lens);
}

static struct sieve *add_sieve(struct lens *lens)
{
    ASSERT(lens->mounts == 0);
    struct sieve *sieves = mem_realloc(lens->sieves, (lens->sieve_count + 1) * sizeof(*sieves));
    if (sieves == NULL) {
        return NULL;
    }
    lens->sieves = sieves;
    sieves[lens->sieve_count] = (struct sieve){.filter = NULL};
    return &sieves[lens->sieve_count++];
}

int lens_add_filter(struct lens *lens, const struct filter *filter)
{
    struct sieve *sieve = add_sieve(lens);
    if (sieve == NULL) {
        return -1;
    }
    sieve->filter = filter;
    return 0;
}

int lens_take_filter(struct lens *lens, struct filter *filter)
{
    if (lens_add_filter(lens, filter) < 0) {
        filter_free(filter);
        return -1;
    }
    lens->sieves[lens->sieve_count - 1].owned = filter;
    return 0;
}

int lens_add_call(struct lens *lens, const char *name, ksse_filter_fn call, void *opaque)
{
    char *copy = mem_strndup(name, strlen(name));
    struct sieve *sieve = copy == NULL ? NULL : add_sieve(lens);
    if (sieve == NULL) {
        mem_free(copy);
        return -1;
    }
    sieve->name = copy;
    sieve->call = call;
    sieve->opaque = opaque;
    return 0;
}

void lens_set_projection(struct lens *lens, const struct projection *projection)
{
    ASSERT(lens->projection == NULL);
    lens->projection = projection;
}

void lens_take_projection(struct lens *lens, struct projection *projection)
{
    lens_set_projection(lens, projection);
    lens->owned_projection = projection;
}

bool lens_is_clear(const struct lens *lens)
{
    return lens->sieve_count == 0 && lens->projection == NULL;
}

/* With its length in front, so that no text can pass for two. */
static void append_part(char kind, struct slice text, struct buf *out)
{
    buf_append_char(out, kind);
    buf_append_int(out, (int64_t)text.len);
    buf_append_char(out, ':');
    buf_append_slice(out, text);
}

void lens_append_key(const struct lens *lens, struct buf *out)
{
    for (size_t i = 0; i < lens->sieve_count; i++) {
        const struct sieve *sieve = &lens->sieves[i];
        bool is_call = sieve->filter == NULL;
        append_part(is_call ? 'c' : 'f',
                    is_call ? slice_str(sieve->name) : filter_text(sieve->filter), out);
    }
    if (lens->projection != NULL) {
        append_part('p', projection_text(lens->projection), out);
    }
}

int glass_init(struct glass *glass)
{
    *glass = (struct glass){.shown = BUF_INIT, .why = BUF_INIT};
    glass->index = json_index_new();
    return glass->index == NULL ? -1 : 0;
}

void glass_fini(struct glass *glass)
{
    json_index_free(glass->index);
    glass->index = NULL;
    buf_fini(&glass->shown);
    buf_fini(&glass->why);
}

void glass_set(struct glass *glass, struct slice data)
{
    json_index_reset(glass->index, data);
}

uint64_t glass_effort(const struct glass *glass)
{
    return glass->effort + json_index_effort(glass->index);
}

/* ---- mounting ---- */

static void forget_all(struct lens *lens, struct glass *glass)
{
    for (size_t i = 0; i < lens->sieve_count; i++) {
        struct sieve *sieve = &lens->sieves[i];
        if (sieve->spots != NULL) {
            filter_forget(sieve->filter, glass->index, sieve->spots);
            sieve->spots = NULL;
        }
    }
}

int lens_mount(struct lens *lens, struct glass *glass)
{
    for (size_t i = 0; i < lens->sieve_count && lens->mounts == 0; i++) {
        struct sieve *sieve = &lens->sieves[i];
        if (sieve->filter != NULL &&
            (sieve->spots = filter_want(sieve->filter, glass->index)) == NULL) {
            forget_all(lens, glass);
            return -1;
        }
    }
    lens->mounts++;
    return 0;
}

void lens_dismount(struct lens *lens, struct glass *glass)
{
    if (--lens->mounts == 0) {
        forget_all(lens, glass);
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

static enum lens_outcome call_filter(const struct sieve *sieve, struct glass *glass,
                                     const struct ksse_event *event)
{
    glass->effort += CALL_COST;
    buf_clear(&glass->why);
    struct why_output output = {{append_why}, &glass->why};
    switch (sieve->call(sieve->opaque, event, &output.base)) {
    case KSSE_FILTER_KEEP:
        return LENS_KEPT;
    case KSSE_FILTER_DROP:
        return LENS_DROPPED;
    case KSSE_FILTER_FAIL:
        break;
    }
    return LENS_FAILED;
}

/* A client that cannot be served is told, and an operator's filter must not show or hide anything
 * silently. */
static enum lens_outcome fail_costly(struct glass *glass, const struct ksse_event *event)
{
    buf_clear(&glass->why);
    buf_printf(&glass->why,
               "Record %lld of partition %d, of %zu bytes, is too much work for this filter: use "
               "fewer conditions on long texts and arrays.",
               (long long)event->offset, (int)event->partition, event->data_len);
    return LENS_FAILED;
}

static enum lens_outcome pass(const struct sieve *sieve, struct glass *glass,
                              const struct ksse_event *event)
{
    if (sieve->filter == NULL) {
        return call_filter(sieve, glass, event);
    }
    switch (filter_judge(sieve->filter, sieve->spots, glass->index, &glass->effort)) {
    case FILTER_KEEPS:
        return LENS_KEPT;
    case FILTER_DROPS:
        return LENS_DROPPED;
    case FILTER_TOO_COSTLY:
        break;
    }
    return fail_costly(glass, event);
}

static enum lens_outcome look(const struct lens *lens, struct glass *glass,
                              const struct ksse_event *event, struct slice *data)
{
    for (size_t i = 0; i < lens->sieve_count; i++) {
        enum lens_outcome outcome = pass(&lens->sieves[i], glass, event);
        if (outcome != LENS_KEPT) {
            return outcome;
        }
    }
    *data = slice_of(event->data, event->data_len);
    if (lens->projection == NULL) {
        return LENS_KEPT;
    }
    glass->effort += PROJECTION_COST * event->data_len;
    buf_clear(&glass->shown);
    projection_apply(lens->projection, *data, &glass->shown);
    *data = buf_slice(&glass->shown);
    return buf_ok(&glass->shown) ? LENS_KEPT : LENS_NO_MEMORY;
}

enum lens_outcome lens_look(const struct lens *lens, struct glass *glass,
                            const struct ksse_event *event, struct slice *data)
{
    ASSERT(lens->mounts > 0);
    uint64_t before = glass->effort;
    enum lens_outcome outcome = look(lens, glass, event, data);
    glass->cost = glass->effort - before;
    return outcome;
}
