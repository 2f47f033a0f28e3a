/* What the deserializers of a server are for one worker: see the header. */
#include "serve/worker/deserializers.h"
#include "base/mem.h"
#include "api/error.h"
#include "serve/config/compiled_route.h"

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
    char why[200];
    if (avro_new(&options, &d->avro, why, sizeof(why)) != 0) {
        error_set(error, "deserializer = avro: %s", why);
        return KSSE_EVALUE;
    }
    return 0;
}

static struct deserializer *make(struct deserializers *d, struct call_deserializer *call,
                                 const struct compiled_rendering *rendering)
{
    if (is_avro(rendering)) {
        return avro_deserializer(d->avro);
    }
    const struct extension *e = rendering->extension;
    if (e == NULL) {
        return deserializer_builtin(rendering->deserializer);
    }
    call_deserializer_init(call, e->deserialize, e->deserialize_opaque);
    return &call->deserializer;
}

int deserializers_open(struct deserializers *d, const struct ksse_config *config,
                       avro_event_fn on_event, void *opaque, struct ksse_error *error)
{
    const struct compiled_routes *compiled_routes = config->compiled_routes;
    d->items = mem_zalloc(compiled_routes->rendering_count * sizeof(*d->items));
    d->calls = mem_zalloc(compiled_routes->rendering_count * sizeof(*d->calls));
    if (d->items == NULL || d->calls == NULL) {
        return KSSE_ENOMEM;
    }
    d->count = compiled_routes->rendering_count;
    for (size_t i = 0; i < d->count; i++) {
        const struct compiled_rendering *rendering = &compiled_routes->renderings[i];
        if (is_avro(rendering) && d->avro == NULL) {
            int rc = open_avro(d, &config->settings, on_event, opaque, error);
            if (rc != 0) {
                return rc;
            }
        }
        d->items[i] =
            (struct rendering){make(d, &d->calls[i], rendering), rendering->shows_headers};
    }
    return 0;
}

void deserializers_close(struct deserializers *d)
{
    for (size_t i = 0; i < d->count; i++) {
        call_deserializer_fini(&d->calls[i]);
    }
    avro_free(d->avro);
    mem_free(d->calls);
    mem_free(d->items);
    *d = (struct deserializers){0};
}
