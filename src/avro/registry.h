/*
 * Finds schemas by id, in a directory or in a registry that speaks Confluent's HTTP API, and makes
 * plans of them. It blocks, so it has a thread of its own; only registry_abort() is for any thread.
 */
#ifndef AVRO_REGISTRY_H
#define AVRO_REGISTRY_H

#include "api/error.h"
#include "avro/plan.h"

enum {
    REGISTRY_REASON_LEN = 256,
    REGISTRY_MAX_ANSWER = 1 << 20, /* bytes */
    REGISTRY_MAX_REFERENCES = 64   /* other schemas that one schema needs, in all */
};

enum registry_outcome {
    REGISTRY_FOUND,
    REGISTRY_UNUSABLE, /* there is no such schema, or data cannot be read with it: final */
    REGISTRY_AWAY      /* nothing is known: ask again later */
};

struct registry_options {
    const char *directory; /* of files {id}.avsc, which comes first; NULL or empty: none */
    /* The rest as in struct http_client_options. */
    const char *url; /* NULL or empty: none */
    const char *token;
    const char *ca_file;
    int timeout_ms;
};

struct registry;

/* Returns a new one in *out; copies what it keeps. KSSE_EVALUE when there is no such directory, the
 * URL or file is none, or there is neither a directory nor a URL; KSSE_ENOMEM; KSSE_ESYSTEM. */
CHECKED int registry_new(const struct registry_options *options, struct registry **out,
                         struct ksse_error *error);

/*
 * Looks for the schema. On REGISTRY_FOUND, *plan is new and the caller's; else a sentence is in
 * `reason` (REGISTRY_REASON_LEN bytes).
 */
CHECKED enum registry_outcome registry_get(struct registry *registry, uint32_t id,
                                           struct plan **plan, char *reason);

/* Makes registry_get() end soon, and each later one, with REGISTRY_AWAY. Any thread. */
void registry_abort(struct registry *registry);

/* NULL is fine. */
void registry_free(struct registry *registry);

#endif
