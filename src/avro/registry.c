/*
 * See registry.h. A schema with references becomes a bundle: an array of the schemas that it needs,
 * each once and before those that need it, with the schema itself as the last one.
 *
 * Two answers are final: a schema, and that the registry has none of that id. Anything else, also
 * an answer that is not a registry's, counts as a failure that will pass or be repaired, so that no
 * record is skipped because of it.
 */
#include "avro/registry.h"
#include "avro/registry_answer.h"
#include "base/list.h"
#include "base/mem.h"
#include "httpc/http_client.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct registry {
    char *directory;            /* NULL: none */
    struct http_client *client; /* NULL: none */
};

/* A schema that was referred to. */
struct needed {
    struct list node;
    size_t len;
    char path[];
};

/* One look-up. */
struct search {
    struct registry *registry;
    struct list needed;
    size_t needed_count;
    struct buf bundle; /* the schemas, each with a comma before it, the first with a bracket */
    char *reason;
};

static enum registry_outcome away(struct search *s, const char *why)
{
    snprintf(s->reason, REGISTRY_REASON_LEN, "%.*s", REGISTRY_REASON_LEN - 1, why);
    return REGISTRY_AWAY;
}

static enum registry_outcome unusable(struct search *s, const char *why)
{
    snprintf(s->reason, REGISTRY_REASON_LEN, "%s", why);
    return REGISTRY_UNUSABLE;
}

/* ---- files ---- */

static enum registry_outcome read_file(struct search *s, int fd, struct buf *text)
{
    char *at;
    while ((at = buf_reserve(text, PLAN_MAX_TEXT + 1 - text->len)) != NULL) {
        ssize_t got = read(fd, at, PLAN_MAX_TEXT + 1 - text->len);
        if (got < 0) {
            return away(s, strerror(errno));
        }
        text->len += (size_t)got;
        if (got == 0) {
            return REGISTRY_FOUND;
        }
        if (text->len > PLAN_MAX_TEXT) {
            return unusable(s, "its file is too large");
        }
    }
    return away(s, "out of memory");
}

static enum registry_outcome open_file(struct search *s, uint32_t id, int *fd)
{
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s/%" PRIu32 ".avsc", s->registry->directory, id);
    buf_append_char(&path, '\0');
    if (!buf_ok(&path)) {
        buf_fini(&path);
        return away(s, "out of memory");
    }
    *fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* or a pipe would be waited for */
    int error = errno;
    buf_fini(&path);
    if (*fd >= 0) {
        return REGISTRY_FOUND;
    }
    /* No file is an answer, no directory is none. */
    if (error == ENOENT && access(s->registry->directory, R_OK | X_OK) == 0) {
        return unusable(s, "there is no file of that id");
    }
    return away(s, strerror(error));
}

static enum registry_outcome search_files(struct search *s, uint32_t id, struct buf *text)
{
    int fd;
    enum registry_outcome outcome = open_file(s, id, &fd);
    if (outcome == REGISTRY_FOUND) {
        outcome = read_file(s, fd, text);
        close(fd);
    }
    return outcome;
}

/* ---- HTTP ---- */

static enum registry_outcome judge_error(struct search *s, long status, struct slice body)
{
    enum {
        SUBJECT_NOT_FOUND = 40401,
        VERSION_NOT_FOUND = 40402,
        SCHEMA_NOT_FOUND = 40403
    };
    int64_t code = registry_answer_error_code(body);
    if (status == 404 && code >= SUBJECT_NOT_FOUND && code <= SCHEMA_NOT_FOUND) {
        return unusable(s, code == SCHEMA_NOT_FOUND ? "the registry has none of that id"
                                                    : "the registry lacks a schema it refers to");
    }
    snprintf(s->reason, REGISTRY_REASON_LEN, "it answers with HTTP status %ld", status);
    return REGISTRY_AWAY;
}

static enum registry_outcome fetch(struct search *s, const char *path, struct buf *body)
{
    struct ksse_error error;
    long status;
    switch (http_client_get(s->registry->client, path, body, &status, &error)) {
    case HTTP_CLIENT_ANSWERED:
        return status == 200 ? REGISTRY_FOUND : judge_error(s, status, buf_slice(body));
    case HTTP_CLIENT_TOO_LARGE:
        return status == 200 ? unusable(s, "the registry's answer is too large")
                             : judge_error(s, status, slice_of(NULL, 0));
    case HTTP_CLIENT_FAILED:
        return away(s, error.message);
    case HTTP_CLIENT_NO_MEMORY:
        break;
    }
    return away(s, "out of memory");
}

/* Notes the path if it is new; FOUND: *is_new says whether it was. */
static enum registry_outcome note_needed(struct search *s, struct slice path, bool *is_new)
{
    LIST_EACH(other, &s->needed, struct needed, node)
    {
        if (slice_eq(slice_of(other->path, other->len), path)) {
            *is_new = false;
            return REGISTRY_FOUND;
        }
    }
    if (++s->needed_count > REGISTRY_MAX_REFERENCES) {
        return unusable(s, "it refers to too many other schemas");
    }
    struct needed *needed = mem_alloc(sizeof(*needed) + path.len);
    if (needed == NULL) {
        return away(s, "out of memory");
    }
    list_init(&needed->node);
    needed->len = path.len;
    memcpy(needed->path, path.data, path.len);
    list_push_back(&s->needed, &needed->node);
    *is_new = true;
    return REGISTRY_FOUND;
}

static void append_version_path(struct buf *path, const struct registry_reference *reference)
{
    struct buf subject = BUF_INIT;
    json_unescape(reference->subject, &subject);
    buf_append_str(path, "/subjects/");
    http_client_append_segment(path, buf_slice(&subject));
    buf_append_str(path, "/versions/");
    buf_append_int(path, reference->version);
    buf_append_char(path, '\0');
    path->failed = path->failed || subject.failed;
    buf_fini(&subject);
}

static enum registry_outcome collect(struct search *s, const char *path);

static enum registry_outcome collect_reference(struct search *s,
                                               const struct registry_reference *reference)
{
    struct buf path = BUF_INIT;
    bool is_new = false;
    append_version_path(&path, reference);
    enum registry_outcome outcome =
        buf_ok(&path) ? note_needed(s, buf_slice(&path), &is_new) : away(s, "out of memory");
    if (outcome == REGISTRY_FOUND && is_new) {
        outcome = collect(s, path.data);
    }
    buf_fini(&path);
    return outcome;
}

static enum registry_outcome collect_references(struct search *s, struct json_reader *references)
{
    struct registry_reference reference;
    enum registry_references_step next;
    while ((next = registry_answer_next_reference(references, &reference)) == REFERENCES_NEXT) {
        enum registry_outcome outcome = collect_reference(s, &reference);
        if (outcome != REGISTRY_FOUND) {
            return outcome;
        }
    }
    return next == REFERENCES_END ? REGISTRY_FOUND
                                  : unusable(s, "its references are not as they should be");
}

static enum registry_outcome append_schema(struct search *s, struct slice escaped)
{
    buf_append_char(&s->bundle, s->bundle.len == 0 ? '[' : ',');
    json_unescape(escaped, &s->bundle);
    if (s->bundle.len > PLAN_MAX_TEXT) {
        return unusable(s, "it is too large, with those it refers to");
    }
    return buf_ok(&s->bundle) ? REGISTRY_FOUND : away(s, "out of memory");
}

/* Puts the schema at the path into the bundle, behind those that it refers to. Recursive, but no
 * deeper than REGISTRY_MAX_REFERENCES. */
static enum registry_outcome collect(struct search *s, const char *path)
{
    struct buf body = BUF_INIT;
    struct registry_answer answer;
    enum registry_outcome outcome = fetch(s, path, &body);
    if (outcome != REGISTRY_FOUND) {
        buf_fini(&body);
        return outcome;
    }
    if (registry_answer_read(buf_slice(&body), &answer) < 0 || answer.schema.data == NULL) {
        outcome = away(s, "it answers with what is no registry's JSON");
    } else if (!answer.is_avro) {
        outcome = unusable(s, "it is no Avro schema");
    } else if (answer.has_references) {
        outcome = collect_references(s, &answer.references);
    }
    if (outcome == REGISTRY_FOUND) {
        outcome = append_schema(s, answer.schema);
    }
    buf_fini(&body);
    return outcome;
}

static enum registry_outcome search_http(struct search *s, uint32_t id)
{
    char path[64];
    snprintf(path, sizeof(path), "/schemas/ids/%" PRIu32, id);
    enum registry_outcome outcome = collect(s, path);
    buf_append_char(&s->bundle, ']');
    return outcome == REGISTRY_FOUND && !buf_ok(&s->bundle) ? away(s, "out of memory") : outcome;
}

/* ---- the whole ---- */

static enum registry_outcome make_plan(struct search *s, struct slice text, bool is_bundle,
                                       struct plan **plan)
{
    switch (plan_new(text, is_bundle, plan, s->reason, REGISTRY_REASON_LEN)) {
    case PLAN_OK:
        return REGISTRY_FOUND;
    case PLAN_BAD:
        return REGISTRY_UNUSABLE;
    case PLAN_NO_MEMORY:
        break;
    }
    return away(s, "out of memory");
}

static enum registry_outcome search(struct search *s, uint32_t id, struct plan **plan)
{
    enum registry_outcome outcome = REGISTRY_UNUSABLE;
    if (s->registry->directory != NULL) {
        struct buf text = BUF_INIT;
        outcome = search_files(s, id, &text);
        if (outcome == REGISTRY_FOUND) {
            outcome = make_plan(s, buf_slice(&text), false, plan);
            buf_fini(&text);
            return outcome;
        }
        buf_fini(&text);
    }
    if (outcome == REGISTRY_UNUSABLE && s->registry->client != NULL) {
        outcome = search_http(s, id);
        if (outcome == REGISTRY_FOUND) {
            outcome = make_plan(s, buf_slice(&s->bundle), true, plan);
        }
    }
    return outcome;
}

enum registry_outcome registry_get(struct registry *registry, uint32_t id, struct plan **plan,
                                   char *reason)
{
    struct search s = {.registry = registry, .bundle = BUF_INIT, .reason = reason};
    list_init(&s.needed);
    enum registry_outcome outcome = search(&s, id, plan);
    LIST_EACH_SAFE(needed, after, &s.needed, struct needed, node)
    {
        mem_free(needed);
    }
    buf_fini(&s.bundle);
    return outcome;
}

static int set_directory(struct registry *registry, const char *directory, struct ksse_error *error)
{
    struct stat about;
    if (stat(directory, &about) != 0 || !S_ISDIR(about.st_mode)) {
        error_set(error, "there is no directory %s of schemas", directory);
        return KSSE_EVALUE;
    }
    registry->directory = mem_strndup(directory, strlen(directory));
    return registry->directory == NULL ? error_no_memory(error) : 0;
}

static int set_client(struct registry *registry, const struct registry_options *options,
                      struct ksse_error *error)
{
    struct http_client_options http = {
        .base = options->url,
        .token = options->token,
        .ca_file = options->ca_file,
        .accept = "application/vnd.schemaregistry.v1+json, application/json;q=0.9",
        .max_bytes = REGISTRY_MAX_ANSWER,
        .timeout_ms = options->timeout_ms,
        .server_name = "schema registry",
        .ca_setting = "schema-ca",
    };
    return http_client_new(&http, &registry->client, error);
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

int registry_new(const struct registry_options *options, struct registry **out,
                 struct ksse_error *error)
{
    int rc = 0;
    if (!is_given(options->url) && !is_given(options->directory)) {
        error_set(error, "neither a registry nor a directory of schemas is given");
        return KSSE_EVALUE;
    }
    struct registry *registry = mem_zalloc(sizeof(*registry));
    if (registry == NULL) {
        return error_no_memory(error);
    }
    if (is_given(options->directory)) {
        rc = set_directory(registry, options->directory, error);
    }
    if (rc == 0 && is_given(options->url)) {
        rc = set_client(registry, options, error);
    }
    if (rc < 0) {
        registry_free(registry);
        return rc;
    }
    *out = registry;
    return 0;
}

void registry_abort(struct registry *registry)
{
    if (registry->client != NULL) {
        http_client_abort(registry->client);
    }
}

void registry_free(struct registry *registry)
{
    if (registry == NULL) {
        return;
    }
    http_client_free(registry->client);
    mem_free(registry->directory);
    mem_free(registry);
}
