/*
 * A plug-in that does what records tell it to, for the system tests: the deserializer by the value,
 * the filter by what is in the data.
 */
#include <kafkasse_plugin.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(struct ksse_output *output, const char *text)
{
    output->append(output, text, strlen(text));
}

static bool is(const struct ksse_record *record, const char *text)
{
    return record->value_len == strlen(text) && memcmp(record->value, text, strlen(text)) == 0;
}

/* Everything that a record comes with, but the value. */
static void put_about(const struct ksse_record *record, struct ksse_output *output)
{
    char text[300];
    snprintf(text, sizeof(text),
             "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld,\"key\":\"%.*s\"", record->topic,
             (int)record->partition, (long long)record->offset, (int)record->key_len,
             record->key == NULL ? "" : (const char *)record->key);
    put(output, text);
    for (size_t i = 0; i < record->header_count; i++) {
        const struct ksse_header *header = &record->headers[i];
        snprintf(text, sizeof(text), ",\"header %s\":\"%.*s\"", header->name,
                 (int)header->value_len, header->value == NULL ? "" : (const char *)header->value);
        put(output, text);
    }
    put(output, "}");
}

/* Whatever signals come. */
static void sleep_for_a_minute(void)
{
    unsigned left = 60;
    while (left > 0) {
        left = sleep(left);
    }
}

static enum ksse_deserialized deserialize(void *state, const struct ksse_record *record,
                                          struct ksse_output *output)
{
    (void)state;
    if (is(record, "about")) {
        put_about(record, output);
        return KSSE_DESERIALIZED_JSON;
    }
    if (is(record, "skip")) {
        return KSSE_DESERIALIZED_SKIP;
    }
    if (is(record, "sleep")) {
        sleep_for_a_minute();
    }
    if (is(record, "fail")) {
        put(output, "it is\na bad one");
        return KSSE_DESERIALIZED_FAILED;
    }
    if (is(record, "fail silently")) {
        return KSSE_DESERIALIZED_FAILED;
    }
    if (is(record, "nothing")) {
        return KSSE_DESERIALIZED_JSON;
    }
    if (is(record, "unknown")) {
        put(output, "{}");
        return (enum ksse_deserialized)77;
    }
    if (is(record, "bytes")) {
        output->append(output, "\xff\0\xfe", 3);
        return KSSE_DESERIALIZED_BYTES;
    }
    if (record->value_len > 0 && memchr("{[\"", *(const char *)record->value, 3) != NULL) {
        output->append(output, record->value, record->value_len);
        return KSSE_DESERIALIZED_JSON;
    }
    output->append(output, record->value, record->value_len);
    return KSSE_DESERIALIZED_TEXT;
}

static bool shows(const struct ksse_event *event, const char *text)
{
    return memmem(event->data, event->data_len, text, strlen(text)) != NULL;
}

static enum ksse_filtered filter(void *state, const struct ksse_event *event,
                                 struct ksse_output *output)
{
    (void)state;
    if (shows(event, "drop this")) {
        return KSSE_FILTER_DROP;
    }
    if (shows(event, "fail here")) {
        put(output, "This record is too much for me.");
        return KSSE_FILTER_FAIL;
    }
    if (shows(event, "fail silently here")) {
        return KSSE_FILTER_FAIL;
    }
    return shows(event, "odd") ? (enum ksse_filtered)77 : KSSE_FILTER_KEEP;
}

const struct ksse_plugin ksse_plugin = {
    .abi = KSSE_PLUGIN_ABI,
    .size = sizeof(struct ksse_plugin),
    .name = "behaves",
    .deserialize = deserialize,
    .filter = filter,
};
