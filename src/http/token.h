/* Tokens: the words that methods and field names are made of. RFC 9110, 5.6.2. Any thread. */
#ifndef HTTP_TOKEN_H
#define HTTP_TOKEN_H

#include "base/slice.h"

/* Whether all of `s` is one token. An empty slice is none. */
bool http_is_token(struct slice s);

#endif
