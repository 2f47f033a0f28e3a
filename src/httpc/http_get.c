/*
 * See http_get.h. A "multi" handle with one transfer at most, since that is what another thread can
 * wake; libcurl resolves names on threads of its own.
 */
#include "httpc/http_get.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

struct http_getter {
    char *base; /* without user and password, and without a slash at its end */
    CURLM *multi;
    CURL *easy;
    struct curl_slist *fields;
    struct buf *body; /* of the answer that is being read */
    bool is_too_large;
    char error[CURL_ERROR_SIZE];
    atomic_bool is_aborted;
};

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* ---- the base URL ---- */

/* Takes a part out of the URL; *text, which may become NULL, is to be freed with curl_free(). */
static bool take_part(CURLU *url, CURLUPart part, unsigned flags, char **text)
{
    *text = NULL;
    return curl_url_get(url, part, text, flags) == CURLUE_OK &&
           curl_url_set(url, part, NULL, 0) == CURLUE_OK;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool is_there = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return is_there;
}

static bool is_spoken(CURLU *url)
{
    char *scheme = NULL;
    bool is_http = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    return is_http;
}

/* The URL's user and password. */
static bool set_credentials(struct http_getter *getter, CURLU *url)
{
    char *user;
    char *password;
    bool is_fine = true;
    if (take_part(url, CURLUPART_USER, CURLU_URLDECODE, &user)) {
        is_fine = curl_easy_setopt(getter->easy, CURLOPT_USERNAME, user) == CURLE_OK;
    }
    if (take_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE, &password)) {
        is_fine = is_fine && curl_easy_setopt(getter->easy, CURLOPT_PASSWORD, password) == CURLE_OK;
    }
    curl_free(user);
    curl_free(password);
    return is_fine;
}

static bool set_base(struct http_getter *getter, CURLU *url)
{
    char *text = NULL;
    if (curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK) {
        return false;
    }
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/') {
        len--;
    }
    getter->base = mem_strndup(text, len);
    curl_free(text);
    return getter->base != NULL;
}

static int read_base(struct http_getter *getter, const struct http_options *options, char *error,
                     size_t error_len)
{
    CURLU *url = curl_url();
    int status = -1;
    if (url == NULL) {
        snprintf(error, error_len, "out of memory");
    } else if (curl_url_set(url, CURLUPART_URL, options->base, 0) != CURLUE_OK || !is_spoken(url)) {
        snprintf(error, error_len,
                 "the URL of the schema registry must be http://host... or https://host...");
    } else if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        snprintf(error, error_len, "a URL with a query or a fragment is no base of others");
    } else if (is_given(options->token) && has_part(url, CURLUPART_USER)) {
        snprintf(error, error_len,
                 "the URL of the schema registry has a user, and there is a token, too");
    } else if (!set_credentials(getter, url) || !set_base(getter, url)) {
        snprintf(error, error_len, "out of memory");
    } else {
        status = 0;
    }
    curl_url_cleanup(url);
    return status;
}

/* ---- making it ---- */

static size_t on_body(char *data, size_t size, size_t count, void *opaque)
{
    struct http_getter *getter = opaque;
    size_t len = size * count;
    if (len > HTTP_MAX_ANSWER - getter->body->len) {
        getter->is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_append(getter->body, data, len);
    return buf_ok(getter->body) ? len : CURL_WRITEFUNC_ERROR;
}

/* Certificates are checked against the system's authorities by default. Of these there may be a
 * directory besides the file: both have to go. */
static bool set_trust(struct http_getter *getter, const char *ca_file)
{
    return !is_given(ca_file) ||
           (curl_easy_setopt(getter->easy, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
            curl_easy_setopt(getter->easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool set_token(struct http_getter *getter, const char *token)
{
    return !is_given(token) ||
           (curl_easy_setopt(getter->easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) == CURLE_OK &&
            curl_easy_setopt(getter->easy, CURLOPT_XOAUTH2_BEARER, token) == CURLE_OK);
}

static bool set_options(struct http_getter *getter, const struct http_options *options)
{
    CURL *easy = getter->easy;
    getter->fields = curl_slist_append(
        NULL, "Accept: application/vnd.schemaregistry.v1+json, application/json;q=0.9");
    return getter->fields != NULL && set_trust(getter, options->ca_file) &&
           set_token(getter, options->token) &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, getter->fields) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "kafkasse") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
#if LIBCURL_VERSION_NUM >= 0x075700
           /* or freeing waits for a name that is being resolved */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
#endif
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, getter->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, getter) == CURLE_OK;
}

/* libcurl reads the file with each connection; a name that is wrong from the start is told now. */
static bool can_read(const char *ca_file, char *error, size_t error_len)
{
    if (!is_given(ca_file) || access(ca_file, R_OK) == 0) {
        return true;
    }
    snprintf(error, error_len, "the certificates in %s cannot be read: %s", ca_file,
             strerror(errno));
    return false;
}

int http_getter_new(const struct http_options *options, struct http_getter **out, char *error,
                    size_t error_len)
{
    if (!can_read(options->ca_file, error, error_len)) {
        return -1;
    }
    struct http_getter *getter = mem_zalloc(sizeof(*getter));
    if (getter == NULL) {
        snprintf(error, error_len, "out of memory");
        return -1;
    }
    /* Counted by libcurl, which does it once per process. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(error, error_len, "libcurl does not start");
        mem_free(getter);
        return -1;
    }
    atomic_init(&getter->is_aborted, false);
    getter->easy = curl_easy_init();
    getter->multi = curl_multi_init();
    if (getter->easy == NULL || getter->multi == NULL || !set_options(getter, options)) {
        snprintf(error, error_len, "libcurl cannot be set up");
        http_getter_free(getter);
        return -1;
    }
    if (read_base(getter, options, error, error_len) != 0) {
        http_getter_free(getter);
        return -1;
    }
    *out = getter;
    return 0;
}

const char *http_getter_base(const struct http_getter *getter)
{
    return getter->base;
}

void http_getter_free(struct http_getter *getter)
{
    if (getter == NULL) {
        return;
    }
    curl_easy_cleanup(getter->easy);
    curl_multi_cleanup(getter->multi);
    curl_slist_free_all(getter->fields);
    curl_global_cleanup();
    mem_free(getter->base);
    mem_free(getter);
}

/* ---- a transfer ---- */

/* Until it has ended, or was broken off; returns libcurl's result. */
static CURLcode transfer(struct http_getter *getter)
{
    int running = 1;
    while (!atomic_load(&getter->is_aborted)) {
        if (curl_multi_perform(getter->multi, &running) != CURLM_OK) {
            return CURLE_FAILED_INIT;
        }
        if (running == 0) {
            int left;
            const CURLMsg *message = curl_multi_info_read(getter->multi, &left);
            return message == NULL ? CURLE_FAILED_INIT : message->data.result;
        }
        curl_multi_poll(getter->multi, NULL, 0, 1000, NULL);
    }
    return CURLE_ABORTED_BY_CALLBACK;
}

/* What libcurl says, and what an operator may have to set. A certificate can also be of a trusted
 * authority, but for another name: that is told by the words alone. */
static void explain(struct http_getter *getter, CURLcode code, char *reason)
{
    const char *text = getter->error[0] != '\0' ? getter->error : curl_easy_strerror(code);
    long verify_result = 0;
    curl_easy_getinfo(getter->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    if (code == CURLE_PEER_FAILED_VERIFICATION && verify_result != 0) {
        snprintf(reason, HTTP_REASON_LEN,
                 "%.120s: to trust it, let schema-ca name a file with the certificate of the "
                 "authority that signed it",
                 text);
    } else {
        snprintf(reason, HTTP_REASON_LEN, "%s", text);
    }
}

static enum http_outcome judge(struct http_getter *getter, CURLcode code, long *status,
                               char *reason)
{
    curl_easy_getinfo(getter->easy, CURLINFO_RESPONSE_CODE, status);
    if (getter->is_too_large) {
        return HTTP_TOO_LARGE;
    }
    if (code == CURLE_OUT_OF_MEMORY || !buf_ok(getter->body)) {
        return HTTP_NO_MEMORY;
    }
    if (code != CURLE_OK) {
        explain(getter, code, reason);
        return HTTP_FAILED;
    }
    return HTTP_ANSWERED;
}

enum http_outcome http_get(struct http_getter *getter, const char *path, struct buf *body,
                           long *status, char *reason)
{
    struct buf url = BUF_INIT;
    buf_append_str(&url, getter->base);
    buf_append(&url, path, strlen(path) + 1);
    if (!buf_ok(&url) || curl_easy_setopt(getter->easy, CURLOPT_URL, url.data) != CURLE_OK) {
        buf_fini(&url);
        return HTTP_NO_MEMORY;
    }
    buf_fini(&url);
    buf_clear(body);
    getter->body = body;
    getter->is_too_large = false;
    getter->error[0] = '\0';
    if (curl_multi_add_handle(getter->multi, getter->easy) != CURLM_OK) {
        return HTTP_NO_MEMORY;
    }
    enum http_outcome outcome = judge(getter, transfer(getter), status, reason);
    curl_multi_remove_handle(getter->multi, getter->easy);
    return outcome;
}

void http_append_segment(struct buf *path, struct slice text)
{
    static const char unreserved[] = "-._~";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c != '\0' && strchr(unreserved, c) != NULL);
        if (is_plain) {
            buf_append_char(path, c);
        } else {
            buf_printf(path, "%%%02X", (unsigned)(uint8_t)c);
        }
    }
}

void http_abort(struct http_getter *getter)
{
    atomic_store(&getter->is_aborted, true);
    curl_multi_wakeup(getter->multi);
}
