/*
 * HTTP/1.1 on a connection: one exchange at a time, and more in sequence. On the worker's thread.
 *
 * A further request is taken when the answer had a length or chunks and ended cleanly, its request
 * did not want to close and had CRLF at its line ends (or a proxy in front might see one request
 * where two are answered), and nothing that the peer sent was thrown away. Of what comes with a
 * request, one packet is kept at most; the rest waits in the kernel until the answer is given. A
 * stream's peer has no more to say: what it sends is thrown away, and the connection ends with the
 * stream.
 */
#ifndef SERVE_REQUEST_H1_H
#define SERVE_REQUEST_H1_H

#include "serve/request/connection.h"
#include "serve/request/exchanges.h"

/* A new connection, which is to bring a request. Takes the descriptor over. */
void h1_accept(struct connections *all, struct exchanges *xs, int fd, const struct peer *peer);

/* A connection whose request was read elsewhere: answers it, and no further one. Takes the
 * descriptor over, not the request. */
void h1_serve(struct connections *all, struct exchanges *xs, int fd, const struct peer *peer,
              const struct given_request *request);

#endif
