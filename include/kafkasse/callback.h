/*
 * Deserializers and filters: functions of a program (ksse_config_add_deserializer(),
 * ksse_config_add_filter()) or of a plug-in (kafkasse_plugin.h).
 *
 * They run on the threads that drive the server: the one that calls ksse_server_run() or
 * ksse_server_turn() and, with several workers, the workers' threads, so that two calls may run at
 * once. All clients of a worker wait while a callback runs there: callbacks must not block. Of the
 * server's functions they may call ksse_server_stop() and ksse_serve_fd() only. Their arguments
 * live until they return.
 */
#ifndef KAFKASSE_CALLBACK_H
#define KAFKASSE_CALLBACK_H

#include <kafkasse/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a callback puts what it makes. append() copies the bytes. When there is no memory for them,
 * the callback need not know: the server tries the record again later. */
struct ksse_output {
    void (*append)(struct ksse_output *output, const void *data, size_t len);
};

enum ksse_deserialized {
    KSSE_DESERIALIZED_JSON,  /* the output is a JSON object. It is checked and minified, and gets a
                              * member `_kafka` unless it has its own */
    KSSE_DESERIALIZED_TEXT,  /* the output is text, shown as {"value":"..."} */
    KSSE_DESERIALIZED_BYTES, /* the output is bytes, shown as {"value":"..."} in base64 */
    KSSE_DESERIALIZED_SKIP,  /* do not show the record; this is not an error */
    KSSE_DESERIALIZED_LATER, /* not possible now: the partition waits, and the record is tried again
                              * in a second */
    KSSE_DESERIALIZED_FAILED /* do not show the record, count and log it; the output may say why */
};

/*
 * Makes JSON of a record's value. Called once per record and worker, also for records that no
 * client gets in the end. An output that is not a JSON object, and an unknown result, count as
 * FAILED.
 */
typedef enum ksse_deserialized (*ksse_deserialize_fn)(void *opaque,
                                                      const struct ksse_record *record,
                                                      struct ksse_output *output);

enum ksse_filtered {
    KSSE_FILTER_KEEP,
    KSSE_FILTER_DROP,
    KSSE_FILTER_FAIL /* ends the filtered streams with an error event; the output may be a sentence
                      * for their clients. An unknown result does the same */
};

/*
 * Decides whether streams show a record. Called once per record and channel (all clients that asked
 * for the same stream). It must decide the same way when it gets a record again: a client that
 * reconnects may need that record.
 */
typedef enum ksse_filtered (*ksse_filter_fn)(void *opaque, const struct ksse_event *event,
                                             struct ksse_output *output);

#ifdef __cplusplus
}
#endif

#endif
