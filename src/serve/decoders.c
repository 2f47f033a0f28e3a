/* What the deserializers of a server are for one worker: see the header. */
#include "serve/decoders.h"
#include "base/mem.h"
#include "core/error.h"
#include "serve/recipe.h"

static bool is_avro(const struct recipe_decoding *decoding)
{
    return decoding->extension == NULL && strcmp(decoding->deserializer, "avro") == 0;
}

static int open_avro(struct decoders *d, const struct settings *s, avro_news_fn on_news,
                     void *opaque, struct ksse_error *error)
{
    struct avro_options options = {
        .registry = s->schema_registry,
        .directory = s->schema_files,
        .token = s->schema_token,
        .ca_file = s->schema_ca,
        .timeout_ms = (int)s->schema_timeout_ms,
        .on_news = on_news,
        .opaque = opaque,
    };
    char why[200];
    if (avro_new(&options, &d->avro, why, sizeof(why)) != 0) {
        error_set(error, "deserializer = avro: %s", why);
        return KSSE_EVALUE;
    }
    return 0;
}

static struct decoder *make(struct decoders *d, struct call_decoder *call,
                            const struct recipe_decoding *decoding)
{
    if (is_avro(decoding)) {
        return avro_decoder(d->avro);
    }
    const struct extension *e = decoding->extension;
    if (e == NULL) {
        return decoder_builtin(decoding->deserializer);
    }
    call_decoder_init(call, e->deserialize, e->deserialize_opaque);
    return &call->decoder;
}

int decoders_open(struct decoders *d, const struct ksse_config *config, avro_news_fn on_news,
                  void *opaque, struct ksse_error *error)
{
    const struct recipes *recipes = config->recipes;
    d->items = mem_zalloc(recipes->decoding_count * sizeof(*d->items));
    d->calls = mem_zalloc(recipes->decoding_count * sizeof(*d->calls));
    if (d->items == NULL || d->calls == NULL) {
        return KSSE_ENOMEM;
    }
    d->count = recipes->decoding_count;
    for (size_t i = 0; i < d->count; i++) {
        const struct recipe_decoding *decoding = &recipes->decodings[i];
        if (is_avro(decoding) && d->avro == NULL) {
            int rc = open_avro(d, &config->settings, on_news, opaque, error);
            if (rc != 0) {
                return rc;
            }
        }
        d->items[i] = (struct decoding){make(d, &d->calls[i], decoding), decoding->shows_headers};
    }
    return 0;
}

void decoders_close(struct decoders *d)
{
    for (size_t i = 0; i < d->count; i++) {
        call_decoder_fini(&d->calls[i]);
    }
    avro_free(d->avro);
    mem_free(d->calls);
    mem_free(d->items);
    *d = (struct decoders){0};
}
