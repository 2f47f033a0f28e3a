/*
 * See authorize.h. What fails on the way, for want of memory or since a narrowing is malformed,
 * is remembered: such a request is not served, whatever the program then says. A text that could
 * not be shown must not look like one that is not there.
 */
#include "serve/request/authorize.h"
#include "base/mem.h"
#include "http/url.h"

#include <stdlib.h>

enum {
    SENTENCE_LEN = 250,
    LOWEST_STATUS = 400,
    HIGHEST_STATUS = 599
};

/* A text that lives until the callback returns. */
struct shown {
    struct shown *next;
    char text[];
};

struct ksse_request {
    const struct http_request *http;
    struct stream_request *r;
    struct shown *shown;
    const char **topics; /* each once, with a NULL at the end */
    size_t topic_count;
    char peer_text[PEER_TEXT_LEN];
    char sentence[SENTENCE_LEN + 1];
    enum refusal_code failed; /* REFUSED_NOT: nothing has */
};

/* ---- what the program sees ---- */

static const char *show(struct ksse_request *request, struct slice text)
{
    struct shown *shown = mem_alloc(sizeof(*shown) + text.len + 1);
    if (shown == NULL) {
        request->failed = REFUSED_NO_MEMORY;
        return NULL;
    }
    if (text.len > 0) {
        memcpy(shown->text, text.data, text.len);
    }
    shown->text[text.len] = '\0';
    shown->next = request->shown;
    request->shown = shown;
    return shown->text;
}

/* The functions that tell take it as const, since all that they change is what they remember. */
static struct ksse_request *own(const struct ksse_request *request)
{
    return (struct ksse_request *)(uintptr_t)request;
}

const char *ksse_request_route(const struct ksse_request *request)
{
    return request->r->route->path;
}

const char *ksse_request_target(const struct ksse_request *request)
{
    const char *target = show(own(request), request->http->target);
    return target == NULL ? "" : target;
}

const char *ksse_request_field(const struct ksse_request *request, const char *name)
{
    struct slice value = http_request_field(request->http, name);
    return value.data == NULL ? NULL : show(own(request), value);
}

const char *ksse_request_query(const struct ksse_request *request, const char *name)
{
    struct buf value = BUF_INIT;
    const char *shown = NULL;
    int found = url_query_get(request->http->query, name, &value);
    if (!buf_ok(&value)) {
        own(request)->failed = REFUSED_NO_MEMORY;
    } else if (found > 0) {
        shown = show(own(request), buf_slice(&value));
    }
    buf_fini(&value);
    return shown;
}

const char *ksse_request_peer(const struct ksse_request *request)
{
    return request->peer_text;
}

const char *ksse_request_topic(const struct ksse_request *request, size_t index)
{
    return index < request->topic_count ? request->topics[index] : NULL;
}

/* ---- what the program does to it ---- */

static int fail(struct ksse_request *request, int result)
{
    request->failed = result == KSSE_ENOMEM ? REFUSED_NO_MEMORY : REFUSED_UNDECIDED;
    return result;
}

int ksse_request_narrow(struct ksse_request *request, const char *topics)
{
    struct topic_patterns narrowing = {0};
    int result = topic_patterns_parse(slice_str(topics), &narrowing, NULL);
    if (result == 0) {
        result = grant_narrow(&request->r->grant, &narrowing);
    }
    if (result != 0) {
        topic_patterns_fini(&narrowing);
        return fail(request, result);
    }
    return KSSE_OK;
}

int ksse_request_add_filter(struct ksse_request *request, const char *expression)
{
    struct filter *filter = NULL;
    struct filter_fault fault;
    int rc = filter_parse(slice_str(expression), NULL, NULL, &filter, &fault);
    if (rc < 0) {
        return fail(request, rc);
    }
    /* Always missing, so that !has(_kafka.headers["x"]) would keep what it is to hide. */
    if (!request->r->route->options.shows_headers && filter_uses_headers(filter)) {
        filter_free(filter);
        return fail(request, KSSE_EVALUE);
    }
    if (selection_take_filter(request->r->selection, filter) < 0) {
        return fail(request, KSSE_ENOMEM);
    }
    return KSSE_OK;
}

void ksse_request_explain(struct ksse_request *request, const char *sentence)
{
    size_t len = strnlen(sentence, SENTENCE_LEN + 1);
    len = len > SENTENCE_LEN ? SENTENCE_LEN : len;
    while (len > 0 && ((unsigned char)sentence[len] & 0xC0) == 0x80) {
        len--; /* not within a character */
    }
    memcpy(request->sentence, sentence, len);
    request->sentence[len] = '\0';
}

/* ---- asking ---- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* An id has an entry for each partition: each topic is shown once. */
static int list_topics(struct ksse_request *request)
{
    const struct assignments *assignments = &request->r->assignments;
    request->topics = mem_alloc((assignments->count + 1) * sizeof(*request->topics));
    if (request->topics == NULL) {
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < assignments->count; i++) {
        request->topics[i] = assignment_topic(assignments, i);
    }
    qsort(request->topics, assignments->count, sizeof(*request->topics), compare_names);
    for (size_t i = 0; i < assignments->count; i++) {
        size_t count = request->topic_count;
        if (count == 0 || strcmp(request->topics[count - 1], request->topics[i]) != 0) {
            request->topics[request->topic_count++] = request->topics[i];
        }
    }
    return 0;
}

static void forget(struct ksse_request *request)
{
    while (request->shown != NULL) {
        struct shown *next = request->shown->next;
        mem_free(request->shown);
        request->shown = next;
    }
    mem_free(request->topics);
}

/* What the program's answer comes to: REFUSED_NOT, or what to refuse it as. */
static enum refusal_code judge(const struct ksse_request *request, int answer)
{
    if (answer >= LOWEST_STATUS && answer <= HIGHEST_STATUS) {
        return answer == 401 || answer == 403 ? REFUSED_NO_ACCESS : REFUSED_DENIED;
    }
    return answer == 0 ? request->failed : REFUSED_UNDECIDED;
}

static int deny(const struct ksse_request *request, enum refusal_code code, int answer,
                struct refusal *refusal)
{
    refusal->code = code;
    refusal->status = code == REFUSED_NO_ACCESS || code == REFUSED_DENIED ? answer : 0;
    if (answer != 0) {
        buf_append_str(&refusal->message, request->sentence);
    }
    return KSSE_EREFUSED;
}

int authorize(const struct ksse_config *config, const struct http_request *http,
              const struct peer *peer, struct stream_request *r, struct refusal *refusal)
{
    if (config->authorize == NULL) {
        return 0;
    }
    struct ksse_request request = {.http = http, .r = r};
    peer_format(peer, request.peer_text);
    if (list_topics(&request) < 0) {
        refusal->code = REFUSED_NO_MEMORY;
        return KSSE_EREFUSED;
    }
    int answer = config->authorize(config->authorize_opaque, &request);
    enum refusal_code code = judge(&request, answer);
    forget(&request);
    return code == REFUSED_NOT ? 0 : deny(&request, code, answer, refusal);
}
