/* The deserializer: from a record's bytes to its schema, and from there to JSON. See avro.h. */
#include "avro/avro.h"
#include "avro/schema_cache.h"
#include "avro/render.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "core/stream/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    HEAD_LEN = 5,
    LINE_PAUSE_MS = 10000, /* between lines about unusable schemas */
    LINE_LEN = REGISTRY_REASON_LEN + 80
};

static const char is_loading[] = "its schema is still being looked for";

struct avro {
    struct deserializer base;
    struct schema_cache cache;
    struct schema_loader *loader;
    int event_fd;
    avro_event_fn on_event;
    void *opaque;
    int64_t line_after_ms; /* when a line about an unusable schema may be logged again */
    uint64_t lines_left_out;
    struct avro_counters counters; /* except those that the loader counts */
    struct deserializer_fault
        fault; /* of the last record that was not decoded; may use the next member */
    char why_text[LINE_LEN];
};

/* ---- decoding ---- */

/*
 * Whether the value begins with a schema's id; then *id is it, and *value what is behind it. Ids
 * are positive 32-bit integers. A registry does not understand a request for others, and its answer
 * would look as if the registry were broken.
 */
static bool has_id(struct slice *value, uint32_t *id)
{
    const uint8_t *head = (const uint8_t *)value->data;
    if (value->len < HEAD_LEN || head[0] != 0 || head[1] >= 0x80) {
        return false;
    }
    *id = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
    *value = slice_of(value->data + HEAD_LEN, value->len - HEAD_LEN);
    return true;
}

static struct deserializer_fault no_schema_id(void)
{
    return (struct deserializer_fault){UNDECODABLE_NO_SCHEMA_ID,
                                       undecodable_clause(UNDECODABLE_NO_SCHEMA_ID)};
}

static enum deserializer_outcome load_schema(struct avro *avro, uint32_t id)
{
    struct cached_schema *entry = schema_cache_add(&avro->cache, id);
    avro->fault.why = is_loading;
    if (entry == NULL) {
        return avro->cache.counts[SCHEMA_CACHE_LOADING] > 0 ? DECODE_LATER : DECODE_NO_MEMORY;
    }
    if (schema_loader_add(avro->loader, &entry->load) < 0) {
        schema_cache_drop(&avro->cache, &entry->load);
        return DECODE_NO_MEMORY;
    }
    return DECODE_LATER;
}

static enum deserializer_outcome fail(struct avro *avro, const struct cached_schema *entry)
{
    bool is_usable = entry->state == SCHEMA_CACHE_USABLE;
    *(is_usable ? &avro->counters.records_unlike_schema : &avro->counters.records_without_schema) +=
        1;
    snprintf(avro->why_text, sizeof(avro->why_text), "%s schema %" PRIu32 "%s%s",
             is_usable ? "it is not what" : "its", entry->load.id,
             is_usable ? " says" : " is unusable: ", is_usable ? "" : entry->load.reason);
    avro->fault = (struct deserializer_fault){
        is_usable ? UNDECODABLE_UNLIKE_SCHEMA : UNDECODABLE_SCHEMA_UNUSABLE, avro->why_text};
    return DECODE_FAILED;
}

static enum deserializer_outcome decode(struct deserializer *deserializer,
                                        const struct record *record, struct buf *out,
                                        bool *has_members)
{
    struct avro *avro = CONTAINER_OF(deserializer, struct avro, base);
    struct slice value = record->value;
    uint32_t id;
    if (!has_id(&value, &id)) {
        avro->fault = no_schema_id();
        avro->counters.records_unlike_schema++;
        return DECODE_FAILED;
    }
    /* Only another schema than that of the record before needs the time. */
    const struct cached_schema *entry = avro->cache.latest;
    if (entry == NULL || entry->load.id != id || entry->state != SCHEMA_CACHE_USABLE) {
        entry = schema_cache_find(&avro->cache, id, clock_monotonic_ms());
    }
    if (entry == NULL) {
        return load_schema(avro, id);
    }
    if (entry->state == SCHEMA_CACHE_LOADING) {
        avro->fault.why = is_loading;
        return DECODE_LATER;
    }
    if (entry->state == SCHEMA_CACHE_UNUSABLE) {
        return fail(avro, entry);
    }
    enum deserializer_outcome outcome = plan_render(entry->load.plan, value, out, has_members);
    return outcome == DECODE_FAILED ? fail(avro, entry) : outcome;
}

static struct deserializer_fault fault(const struct deserializer *deserializer)
{
    return CONTAINER_OF(deserializer, struct avro, base)->fault;
}

static const struct deserializer_ops ops = {.decode = decode, .fault = fault};

struct deserializer *avro_deserializer(struct avro *avro)
{
    return &avro->base;
}

/* ---- what was loaded ---- */

static void tell(struct avro *avro, enum avro_event event, const char *message)
{
    if (avro->on_event != NULL) {
        avro->on_event(avro->opaque, event, message);
    }
}

static void tell_state(struct avro *avro, enum schema_loader_state state, const char *reason)
{
    char line[LINE_LEN];
    if (state == SCHEMA_LOADER_FINE) {
        tell(avro, AVRO_BACK, "Schemas can be loaded again");
        return;
    }
    snprintf(line, sizeof(line), "Schemas cannot be loaded; records that need new ones wait: %s",
             reason);
    tell(avro, AVRO_AWAY, line);
}

/* A producer may write any number of bad ids: not each gets a line. */
static void tell_unusable(struct avro *avro, const struct schema_load *load, int64_t now_ms)
{
    char line[LINE_LEN];
    if (now_ms < avro->line_after_ms) {
        avro->lines_left_out++;
        return;
    }
    int len =
        snprintf(line, sizeof(line), "Schema %" PRIu32 " is unusable: %s", load->id, load->reason);
    if (avro->lines_left_out > 0 && len > 0 && (size_t)len < sizeof(line)) {
        snprintf(line + len, sizeof(line) - (size_t)len, " (and %" PRIu64 " others before)",
                 avro->lines_left_out);
    }
    tell(avro, AVRO_UNUSABLE, line);
    avro->line_after_ms = now_ms + LINE_PAUSE_MS;
    avro->lines_left_out = 0;
}

int avro_fd(const struct avro *avro)
{
    return avro->event_fd;
}

bool avro_dispatch(struct avro *avro)
{
    struct list delivered;
    enum schema_loader_state state;
    char reason[REGISTRY_REASON_LEN];
    list_init(&delivered);
    eventfd_drain(avro->event_fd);
    if (schema_loader_deliver(avro->loader, &delivered, &state, reason)) {
        tell_state(avro, state, reason);
    }
    bool is_any = !list_is_empty(&delivered);
    int64_t now_ms = clock_monotonic_ms();
    while (!list_is_empty(&delivered)) {
        struct schema_load *load = LIST_FIRST(&delivered, struct schema_load, node);
        if (load->plan == NULL) {
            tell_unusable(avro, load, now_ms);
        }
        schema_cache_settle(&avro->cache, load, now_ms);
    }
    return is_any;
}

void avro_report(struct avro *avro, struct avro_report *out)
{
    struct schema_load_attempts attempts = schema_loader_attempts(avro->loader);
    *out = (struct avro_report){
        .counters = avro->counters,
        .schemas = avro->cache.counts[SCHEMA_CACHE_USABLE],
        .schema_bytes = avro->cache.bytes,
        .schemas_awaited = avro->cache.counts[SCHEMA_CACHE_LOADING],
    };
    out->counters.schema_lookups = attempts.done;
    out->counters.schema_lookups_failed = attempts.failed;
}

/* ---- life ---- */

bool avro_is_available(void)
{
    return true;
}

static int start_loader(struct avro *avro, const struct avro_options *options,
                        struct ksse_error *error)
{
    struct registry *registry;
    struct registry_options where = {
        .directory = options->directory,
        .url = options->registry,
        .token = options->token,
        .ca_file = options->ca_file,
        .timeout_ms = options->timeout_ms,
    };
    int rc = registry_new(&where, &registry, error);
    if (rc < 0) {
        return rc;
    }
    avro->loader = schema_loader_new(registry, avro->event_fd);
    if (avro->loader == NULL) {
        registry_free(registry);
        return error_no_memory(error);
    }
    return 0;
}

static int open_parts(struct avro *avro, const struct avro_options *options,
                      struct ksse_error *error)
{
    avro->event_fd = eventfd_open();
    if (avro->event_fd < 0) {
        error_set(error, "no eventfd: %s", strerror(errno));
        return KSSE_ESYSTEM;
    }
    return start_loader(avro, options, error);
}

int avro_new(const struct avro_options *options, struct avro **out, struct ksse_error *error)
{
    struct avro *avro = mem_zalloc(sizeof(*avro));
    if (avro == NULL) {
        return error_no_memory(error);
    }
    avro->base.ops = &ops;
    avro->fault = no_schema_id();
    avro->on_event = options->on_event;
    avro->opaque = options->opaque;
    schema_cache_init(&avro->cache);
    int rc = open_parts(avro, options, error);
    if (rc < 0) {
        avro_free(avro);
        return rc;
    }
    *out = avro;
    return 0;
}

void avro_free(struct avro *avro)
{
    struct list left;
    if (avro == NULL) {
        return;
    }
    list_init(&left);
    schema_loader_free(avro->loader, &left);
    while (!list_is_empty(&left)) {
        schema_cache_drop(&avro->cache, LIST_FIRST(&left, struct schema_load, node));
    }
    schema_cache_fini(&avro->cache);
    eventfd_close(avro->event_fd);
    mem_free(avro);
}
