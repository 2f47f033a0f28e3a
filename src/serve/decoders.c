/* What the deserializers of a server are for one worker: see the header. */
#include "serve/decoders.h"
#include "base/mem.h"
#include "serve/recipe.h"

static struct decoder *make(struct call_decoder *call, const struct recipe_decoding *decoding)
{
    const struct extension *e = decoding->extension;
    if (e == NULL) {
        return decoder_builtin(decoding->deserializer);
    }
    call_decoder_init(call, e->deserialize, e->deserialize_opaque);
    return &call->decoder;
}

int decoders_open(struct decoders *d, const struct ksse_config *config)
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
        d->items[i] = (struct decoding){make(&d->calls[i], decoding), decoding->shows_headers};
    }
    return 0;
}

void decoders_close(struct decoders *d)
{
    for (size_t i = 0; i < d->count; i++) {
        call_decoder_fini(&d->calls[i]);
    }
    mem_free(d->calls);
    mem_free(d->items);
    *d = (struct decoders){0};
}
