/*
 * The empty body in chunks (RFC 9112, 7.1) that some proxies send with every GET. Extensions,
 * trailers and bare LFs are not taken, though the standard knows them: parsers disagree about
 * these, and no proxy needs them to say that there is nothing. Keeps nothing; any thread.
 */
#include "http/request_body.h"
#include "http/ascii.h"

enum {
    MAX_ZEROS = 16 /* as many digits as a size of 64 bits has */
};

enum http_parse request_body_check(struct slice body, size_t *len)
{
    static const char end[] = "\r\n\r\n";
    size_t zeros = 0;
    while (zeros < body.len && body.data[zeros] == '0') {
        zeros++;
    }
    if (zeros > MAX_ZEROS) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    size_t left = body.len - zeros;
    if (left == 0) {
        return HTTP_PARSE_MORE;
    }
    if (ascii_hex_value(body.data[zeros]) >= 0) {
        return HTTP_PARSE_HAS_BODY;
    }
    size_t compared = left < strlen(end) ? left : strlen(end);
    if (zeros == 0 || memcmp(body.data + zeros, end, compared) != 0) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    *len = zeros + compared;
    return compared == strlen(end) ? HTTP_PARSE_OK : HTTP_PARSE_MORE;
}
