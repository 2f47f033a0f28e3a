/*
 * Base64 with the standard alphabet and padding: RFC 4648, section 4. Encoding only. No state; any
 * thread.
 */
#ifndef CORE_JSON_BASE64_H
#define CORE_JSON_BASE64_H

#include "base/buf.h"

/* Appends the encoded bytes; without memory `out` is marked as failed. */
void base64_append(struct buf *out, struct slice bytes);

#endif
