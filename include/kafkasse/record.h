/*
 * A Kafka record, as deserializers get it, and the event that is made of it, as filters get it.
 * All memory in them belongs to the library and lives until the callback returns.
 */
#ifndef KAFKASSE_RECORD_H
#define KAFKASSE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header of a Kafka record. A record may have several of the same name. */
struct ksse_header {
    const char *name;
    const void *value; /* NULL: null */
    size_t value_len;
};

struct ksse_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* since 1970; -1: none */
    const void *key;      /* NULL: null */
    size_t key_len;
    const void *value; /* never NULL: tombstones are not deserialized */
    size_t value_len;
    const struct ksse_header *headers; /* in Kafka's order */
    size_t header_count;
};

/* A record after deserialization, with all its members: neither the setting `redact` nor a client's
 * ?fields= has been applied yet. */
struct ksse_event {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* since 1970; -1: none */
    const char *data;     /* JSON on one line, `_kafka` included; not zero-terminated */
    size_t data_len;
    bool is_tombstone; /* the record has no value: data holds `_kafka` only */
};

#ifdef __cplusplus
}
#endif

#endif
