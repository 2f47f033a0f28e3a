/* Who may read an answer: what the request's Origin comes to. See exchange.h. */
#include "serve/request/exchange.h"
#include "base/mem.h"

static const struct origins *origins_of(const struct exchange *x)
{
    return &x->exchanges->config->settings.cors_origin;
}

bool exchange_note_origin(struct exchange *x, struct slice origin)
{
    if (origins_of(x)->takes_any || !origins_admit(origins_of(x), origin)) {
        return true;
    }
    x->origin = mem_strndup(origin.data, origin.len);
    return x->origin != NULL;
}

void exchange_forget_origin(struct exchange *x)
{
    mem_free(x->origin);
    x->origin = NULL;
}

struct http_cors exchange_cors(const struct exchange *x)
{
    const struct origins *origins = origins_of(x);
    bool takes_any = origins->takes_any;
    return (struct http_cors){
        .origin = takes_any ? slice_str("*") : slice_str(x->origin),
        .varies = !takes_any && origins->text != NULL,
        .has_credentials = x->exchanges->config->settings.has_cors_credentials,
    };
}
