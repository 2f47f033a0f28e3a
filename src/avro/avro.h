/*
 * Records in Avro, as producers with a schema registry write them: a zero byte, the schema's id in
 * four bytes, most significant first, and the data in Avro's binary encoding. A deserializer that
 * finds the schemas by itself, and makes plain JSON of the data.
 *
 * One worker owns it: all functions are called on that worker's thread. It watches the descriptor
 * in its loop and calls avro_dispatch(). A thread of its own loads schemas, which are then kept.
 *
 * While a schema is loading, or the registry is away, records that need it are DECODE_LATER. They
 * are DECODE_FAILED when they are no such data, or the schema is unusable: there is none of that
 * id, or it is no Avro schema. That is remembered for a minute.
 */
#ifndef AVRO_AVRO_H
#define AVRO_AVRO_H

#include "api/error.h"
#include "core/stream/deserializer.h"

enum avro_event {
    AVRO_AWAY,    /* schemas cannot be loaded */
    AVRO_BACK,    /* they can be loaded again */
    AVRO_UNUSABLE /* a schema that cannot be used; at most once in ten seconds */
};

/* `message` is a sentence for the log. */
typedef void (*avro_event_fn)(void *opaque, enum avro_event event, const char *message);

struct avro_options {
    const char *registry;  /* http:// or https:// URL, with user and password if need be; or NULL */
    const char *directory; /* of files {id}.avsc, which come first; or NULL */
    const char *token;     /* bearer token for the registry; NULL or empty: none */
    const char *ca_file;   /* authorities that are trusted with an https:// registry; NULL or empty:
                              those of the system */
    int timeout_ms;        /* for an answer of the registry */
    avro_event_fn on_event; /* called from within avro_dispatch(); may be NULL */
    void *opaque;
};

struct avro_counters {
#define AVRO_COUNTER(field, help) uint64_t field;
#include "avro/counters.def"
#undef AVRO_COUNTER
};

/* What it has counted since it was made, and what it holds now. */
struct avro_report {
    struct avro_counters counters;
    uint64_t schemas;         /* usable ones that it keeps */
    uint64_t schema_bytes;    /* their memory */
    uint64_t schemas_awaited; /* that are loading */
};

struct avro;

/* Whether this program was built with it. If not, avro_new() says so. */
bool avro_is_available(void);

/*
 * Returns a new one in *out; `options` is copied where it is kept. KSSE_EVALUE when the URL, the
 * directory or the file is none, and when this program was built without Avro; KSSE_ENOMEM;
 * KSSE_ESYSTEM. A registry that is away is no error.
 */
CHECKED int avro_new(const struct avro_options *options, struct avro **out,
                     struct ksse_error *error);

/* Lives as long as `avro`. */
struct deserializer *avro_deserializer(struct avro *avro);

/* Readable when avro_dispatch() has something to do. */
int avro_fd(const struct avro *avro);

/* Drains the descriptor. Returns whether records that were DECODE_LATER are worth another attempt.
 */
bool avro_dispatch(struct avro *avro);

/* Of this moment. */
void avro_report(struct avro *avro, struct avro_report *out);

/* Aborts what is under way: it does not wait for the registry. NULL is fine. */
void avro_free(struct avro *avro);

#endif
