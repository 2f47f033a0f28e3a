/* What the deserializers of a server are for one worker: see the header. */
#include "serve/config/deserializers.h"
#include "api/error.h"
#include "base/mem.h"

static bool is_avro(const struct compiled_rendering *rendering)
{
    return rendering->extension == NULL && strcmp(rendering->deserializer, "avro") == 0;
}

static int open_avro(struct deserializers *d, const struct settings *s, avro_event_fn on_event,
                     void *opaque, struct ksse_error *error)
{
    struct avro_options options = {
        .registry = s->schema_registry,
        .directory = s->schema_files,
        .token = s->schema_token,
        .ca_file = s->schema_ca,
        .timeout_ms = (int)s->schema_timeout_ms,
        .on_event = on_event,
        .opaque = opaque,
    };
    struct ksse_error why;
    int rc = avro_new(&options, &d->avro, &why);
    if (rc < 0) {
        error_set(error, "deserializer: \"avro\" cannot be used: %s", why.message);
    }
    return rc;
}

/* The one that decodes for the rendering; `called` is for it, if it is an extension. */
static struct deserializer *find(const struct deserializers *d, struct called *called,
                                 const struct compiled_rendering *rendering)
{
    if (is_avro(rendering)) {
        return avro_deserializer(d->avro);
    }
    return rendering->extension == NULL ? deserializer_builtin(rendering->deserializer)
                                        : &called->call.deserializer;
}

static void make(struct deserializers *d, size_t index, const struct compiled_rendering *rendering)
{
    struct called *called = &d->calls[index];
    if (rendering->extension != NULL) {
        struct extension *e = extension_ref(rendering->extension);
        ASSERT(e->deserialize != NULL);
        called->extension = e;
        call_deserializer_init(&called->call, e->deserialize, e->deserialize_opaque);
    }
    d->items[index] = (struct rendering){find(d, called, rendering), rendering->shows_headers};
    ASSERT(d->items[index].deserializer != NULL);
}

int deserializers_open(struct deserializers *d, const struct config_snapshot *snapshot,
                       avro_event_fn on_event, void *opaque, struct ksse_error *error)
{
    const struct compiled_routes *routes = &snapshot->routes;
    ASSERT(d->items == NULL);
    d->items = mem_zalloc(routes->rendering_count * sizeof(*d->items));
    d->calls = mem_zalloc(routes->rendering_count * sizeof(*d->calls));
    if (d->items == NULL || d->calls == NULL) {
        return error_no_memory(error);
    }
    d->count = routes->rendering_count;
    for (size_t i = 0; i < d->count; i++) {
        const struct compiled_rendering *rendering = &routes->renderings[i];
        if (is_avro(rendering) && d->avro == NULL) {
            int rc = open_avro(d, &snapshot->config->settings, on_event, opaque, error);
            if (rc < 0) {
                return rc;
            }
        }
        make(d, i, rendering);
    }
    return 0;
}

bool deserializers_serve(const struct deserializers *d, const struct config_snapshot *snapshot)
{
    const struct compiled_routes *routes = &snapshot->routes;
    if (routes->rendering_count > d->count) {
        return false;
    }
    for (size_t i = 0; i < routes->rendering_count; i++) {
        const struct compiled_rendering *rendering = &routes->renderings[i];
        if (d->items[i].shows_headers != rendering->shows_headers ||
            d->calls[i].extension != rendering->extension ||
            (is_avro(rendering) && d->avro == NULL) ||
            d->items[i].deserializer != find(d, &d->calls[i], rendering)) {
            return false;
        }
    }
    return true;
}

void deserializers_close(struct deserializers *d)
{
    for (size_t i = 0; i < d->count; i++) {
        call_deserializer_fini(&d->calls[i].call);
        extension_unref(d->calls[i].extension);
    }
    avro_free(d->avro);
    mem_free(d->calls);
    mem_free(d->items);
    *d = (struct deserializers){0};
}
