/*
 * The decoders of one worker: one for each decoding of its server's recipes. One thread.
 */
#ifndef SERVE_DECODERS_H
#define SERVE_DECODERS_H

#include "avro/avro.h"
#include "core/call_decoder.h"
#include "feed/tail.h"
#include "serve/config.h"

struct decoders {
    struct decoding *items; /* by the number that recipes give them */
    size_t count;
    struct call_decoder *calls; /* of plug-ins and callbacks: one per item, perhaps unused */
    struct avro *avro;          /* for all items that are Avro; NULL: none is */
};

/* Makes them; what Avro has to say goes to `on_news`. KSSE_ENOMEM, KSSE_EVALUE: decoders_close() is
 * still needed. */
CHECKED int decoders_open(struct decoders *d, const struct ksse_config *config,
                          avro_news_fn on_news, void *opaque, struct ksse_error *error);

/* No feed may use them any more. A zeroed struct is fine. */
void decoders_close(struct decoders *d);

#endif
