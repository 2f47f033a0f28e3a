/* The value of Host and the authority of an absolute target. Any thread. */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include "base/slice.h"

/*
 * Whether `s` is uri-host [":" port] (RFC 9110, 7.2; RFC 3986, 3.2.2) with a host that is not
 * empty, or with an IPv6 address that has a zone (RFC 6874). User information is refused, as RFC
 * 9110, 4.2.4 advises, and so is IPvFuture.
 */
bool http_host_is_valid(struct slice s);

#endif
