/*
 * A request for a stream before the program that embeds the server: may it be served, and what of
 * it? What the program sees of it are the ksse_request_* functions of kafkasse.h. On the worker's
 * thread.
 */
#ifndef SERVE_REQUEST_AUTHORIZE_H
#define SERVE_REQUEST_AUTHORIZE_H

#include "core/stream/refusal.h"
#include "net/peer.h"
#include "serve/request/stream_request.h"

/*
 * Asks the program, if it wants to be asked. `peer` is who asks. Narrowings
 * and filters go to *r. 0 when it is allowed; KSSE_EREFUSED with *refusal filled.
 */
CHECKED int authorize(const struct ksse_config *config, const struct http_request *http,
                      const struct peer *peer, struct stream_request *r, struct refusal *refusal);

#endif
