/* From a position to its text: see the header. */
#include "core/stream/event_id.h"
#include "base/mem.h"
#include "core/json/json.h"

enum {
    LONGEST_NUMBER = 16 /* digits of 2^53, the limit of JavaScript; times are shorter */
};

struct id_number {
    uint32_t at;
    uint8_t len;
    bool is_timestamp;
};

void event_id_fini(struct event_id *id)
{
    buf_fini(&id->text);
    mem_free(id->numbers);
    id->numbers = NULL;
    id->count = 0;
}

/*
 * A partition of which nothing was sent yet has no timestamp, so the id has its offset. (KafkaSSE
 * wrote -1, and so lost the records that came before the reconnect.)
 */
static bool shows_timestamp(const struct event_id *id, const struct partition_position *partition)
{
    return id->format == ID_TIMESTAMP && partition->timestamp_ms >= 0;
}

static int64_t shown_number(const struct event_id *id, const struct partition_position *partition)
{
    if (!shows_timestamp(id, partition)) {
        return partition->offset;
    }
    /* Producers choose timestamps, even the largest number that exists. */
    return partition->timestamp_ms == INT64_MAX ? INT64_MAX : partition->timestamp_ms + 1;
}

static void write_partition(struct event_id *id, const struct partition_position *partition,
                            struct id_number *number)
{
    struct buf *text = &id->text;
    buf_append_str(text, "{\"topic\":");
    json_append_string_ascii(text, slice_str(partition->topic));
    buf_append_str(text, ",\"partition\":");
    buf_append_int(text, partition->partition);
    number->is_timestamp = shows_timestamp(id, partition);
    buf_append_str(text, number->is_timestamp ? ",\"timestamp\":" : ",\"offset\":");
    number->at = (uint32_t)text->len;
    buf_append_int(text, shown_number(id, partition));
    number->len = (uint8_t)(text->len - number->at);
    buf_append_char(text, '}');
}

static int make_numbers(struct event_id *id, size_t count)
{
    if (count == id->count) {
        return 0;
    }
    struct id_number *numbers = mem_realloc(id->numbers, count * sizeof(*numbers));
    if (numbers == NULL) {
        return KSSE_ENOMEM;
    }
    id->numbers = numbers;
    id->count = count;
    return 0;
}

int event_id_write(struct event_id *id, const struct position *position)
{
    if (make_numbers(id, position->count) < 0) {
        return KSSE_ENOMEM;
    }
    buf_clear(&id->text);
    buf_append_char(&id->text, '[');
    for (size_t i = 0; i < position->count; i++) {
        if (i > 0) {
            buf_append_char(&id->text, ',');
        }
        write_partition(id, &position->partitions[i], &id->numbers[i]);
    }
    buf_append_char(&id->text, ']');
    return buf_ok(&id->text) ? 0 : KSSE_ENOMEM;
}

int event_id_update(struct event_id *id, const struct position *position, size_t index)
{
    ASSERT(index < id->count && id->count == position->count);
    const struct partition_position *partition = &position->partitions[index];
    const struct id_number *number = &id->numbers[index];
    char digits[20];
    size_t len = int64_format(shown_number(id, partition), digits);
    if (len != number->len || shows_timestamp(id, partition) != number->is_timestamp) {
        return event_id_write(id, position);
    }
    ASSERT(number->at + len < id->text.len);
    memcpy(id->text.data + number->at, digits, len);
    return 0;
}

size_t event_id_longest_partition(const char *topic, int32_t partition)
{
    char digits[20];
    size_t names = strlen("{\"topic\":\"\",\"partition\":,\"timestamp\":},");
    return names + strlen(topic) + int64_format(partition, digits) + LONGEST_NUMBER;
}

size_t event_id_longest(const struct position *position)
{
    size_t size = strlen("[]");
    for (size_t i = 0; i < position->count; i++) {
        size += event_id_longest_partition(position->partitions[i].topic,
                                           position->partitions[i].partition);
    }
    return size;
}
