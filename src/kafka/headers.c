/* See headers.h. One array serves message after message: it grows to what is usual. */
#include "kafka/headers.h"
#include "base/mem.h"

enum {
    KEPT_CAP = 64 /* few records have more; a hostile one may have half a million */
};

static int grow(struct headers *headers, size_t count)
{
    if (count <= headers->cap) {
        return 0;
    }
    size_t cap = count < KEPT_CAP ? KEPT_CAP : count;
    struct record_header *grown = mem_realloc(headers->items, cap * sizeof(*grown));
    if (grown == NULL) {
        return KSSE_ENOMEM;
    }
    headers->items = grown;
    headers->cap = cap;
    return 0;
}

int headers_read(struct headers *headers, const rd_kafka_message_t *message,
                 const struct record_header **out, size_t *count)
{
    rd_kafka_headers_t *list = NULL;
    size_t found = 0;
    if (rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        found = rd_kafka_header_cnt(list);
    }
    if (grow(headers, found) < 0) {
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < found; i++) {
        const void *value = NULL;
        size_t len = 0;
        rd_kafka_header_get_all(list, i, &headers->items[i].name, &value, &len);
        headers->items[i].value = slice_of(value, value == NULL ? 0 : len);
    }
    *out = headers->items;
    *count = found;
    return 0;
}

void headers_trim(struct headers *headers)
{
    if (headers->cap > KEPT_CAP) {
        headers_fini(headers);
    }
}

void headers_fini(struct headers *headers)
{
    mem_free(headers->items);
    *headers = (struct headers){NULL, 0};
}
