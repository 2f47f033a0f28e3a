/*
 * See http_client.h. A "multi" handle with one transfer at most, since that is what another thread
 * can wake; libcurl resolves names on threads of its own.
 */
#include "httpc/http_client.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

struct http_client {
    char *base; /* without user and password, and without a slash at its end */
    CURLM *multi;
    CURL *easy;
    struct curl_slist *fields;
    struct buf *body; /* of the answer that is being read */
    size_t max_bytes;
    const char *ca_setting; /* static */
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
static bool set_credentials(struct http_client *client, CURLU *url)
{
    char *user;
    char *password;
    bool is_fine = true;
    if (take_part(url, CURLUPART_USER, CURLU_URLDECODE, &user)) {
        is_fine = curl_easy_setopt(client->easy, CURLOPT_USERNAME, user) == CURLE_OK;
    }
    if (take_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE, &password)) {
        is_fine = is_fine && curl_easy_setopt(client->easy, CURLOPT_PASSWORD, password) == CURLE_OK;
    }
    curl_free(user);
    curl_free(password);
    return is_fine;
}

static bool set_base(struct http_client *client, CURLU *url)
{
    char *text = NULL;
    if (curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK) {
        return false;
    }
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/') {
        len--;
    }
    client->base = mem_strndup(text, len);
    curl_free(text);
    return client->base != NULL;
}

static int read_base(struct http_client *client, CURLU *url,
                     const struct http_client_options *options, struct ksse_error *error)
{
    if (curl_url_set(url, CURLUPART_URL, options->base, 0) != CURLUE_OK || !is_spoken(url)) {
        error_set(error, "the URL of the %s must be http://host... or https://host...",
                  options->server_name);
        return KSSE_EVALUE;
    }
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        error_set(error, "the URL of the %s must have no query and no fragment",
                  options->server_name);
        return KSSE_EVALUE;
    }
    if (is_given(options->token) && has_part(url, CURLUPART_USER)) {
        error_set(error, "the URL of the %s has a user, and there is a token, too",
                  options->server_name);
        return KSSE_EVALUE;
    }
    if (!set_credentials(client, url) || !set_base(client, url)) {
        return error_no_memory(error);
    }
    return 0;
}

static int take_base(struct http_client *client, const struct http_client_options *options,
                     struct ksse_error *error)
{
    CURLU *url = curl_url();
    int rc = url == NULL ? error_no_memory(error) : read_base(client, url, options, error);
    curl_url_cleanup(url);
    return rc;
}

/* ---- making it ---- */

static size_t on_body(char *data, size_t size, size_t count, void *opaque)
{
    struct http_client *client = opaque;
    size_t len = size * count;
    if (len > client->max_bytes - client->body->len) {
        client->is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_append(client->body, data, len);
    return buf_ok(client->body) ? len : CURL_WRITEFUNC_ERROR;
}

/* Certificates are checked against the system's authorities by default. Of these there may be a
 * directory besides the file: both have to go. */
static bool set_trust(struct http_client *client, const char *ca_file)
{
    return !is_given(ca_file) ||
           (curl_easy_setopt(client->easy, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
            curl_easy_setopt(client->easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool set_token(struct http_client *client, const char *token)
{
    return !is_given(token) ||
           (curl_easy_setopt(client->easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) == CURLE_OK &&
            curl_easy_setopt(client->easy, CURLOPT_XOAUTH2_BEARER, token) == CURLE_OK);
}

static bool set_accept(struct http_client *client, const char *accept)
{
    char field[200];
    int len = accept == NULL ? snprintf(field, sizeof(field), "Accept:") /* libcurl sends none */
                             : snprintf(field, sizeof(field), "Accept: %s", accept);
    ASSERT(len > 0 && (size_t)len < sizeof(field));
    client->fields = curl_slist_append(NULL, field);
    return client->fields != NULL &&
           curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, client->fields) == CURLE_OK;
}

static bool set_options(struct http_client *client, const struct http_client_options *options)
{
    CURL *easy = client->easy;
    return set_accept(client, options->accept) && set_trust(client, options->ca_file) &&
           set_token(client, options->token) &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "kafkasse") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
#if LIBCURL_VERSION_NUM >= 0x075700
           /* or freeing waits for a name that is being resolved */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
#endif
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, client) == CURLE_OK;
}

/* libcurl reads the file with each connection; a name that is wrong from the start is told now. */
static int check_ca_file(const char *ca_file, struct ksse_error *error)
{
    if (!is_given(ca_file) || access(ca_file, R_OK) == 0) {
        return 0;
    }
    error_set(error, "the certificates in %s cannot be read: %s", ca_file, strerror(errno));
    return KSSE_EVALUE;
}

static int set_up(struct http_client *client, const struct http_client_options *options,
                  struct ksse_error *error)
{
    client->easy = curl_easy_init();
    client->multi = curl_multi_init();
    if (client->easy == NULL || client->multi == NULL || !set_options(client, options)) {
        error_set(error, "libcurl cannot be set up");
        return KSSE_ESYSTEM;
    }
    return take_base(client, options, error);
}

int http_client_new(const struct http_client_options *options, struct http_client **out,
                    struct ksse_error *error)
{
    ASSERT(options->max_bytes > 0 && options->timeout_ms > 0);
    int rc = check_ca_file(options->ca_file, error);
    if (rc < 0) {
        return rc;
    }
    struct http_client *client = mem_zalloc(sizeof(*client));
    if (client == NULL) {
        return error_no_memory(error);
    }
    /* Counted by libcurl, which does it once per process. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(error, "libcurl does not start");
        mem_free(client);
        return KSSE_ESYSTEM;
    }
    client->max_bytes = options->max_bytes;
    client->ca_setting = options->ca_setting;
    atomic_init(&client->is_aborted, false);
    rc = set_up(client, options, error);
    if (rc < 0) {
        http_client_free(client);
        return rc;
    }
    *out = client;
    return 0;
}

const char *http_client_base(const struct http_client *client)
{
    return client->base;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    curl_slist_free_all(client->fields);
    curl_global_cleanup();
    mem_free(client->base);
    mem_free(client);
}

/* ---- a transfer ---- */

/* Until it has ended, or was broken off; returns libcurl's result. */
static CURLcode transfer(struct http_client *client)
{
    int running = 1;
    while (!atomic_load(&client->is_aborted)) {
        if (curl_multi_perform(client->multi, &running) != CURLM_OK) {
            return CURLE_FAILED_INIT;
        }
        if (running == 0) {
            int left;
            const CURLMsg *message = curl_multi_info_read(client->multi, &left);
            return message == NULL ? CURLE_FAILED_INIT : message->data.result;
        }
        curl_multi_poll(client->multi, NULL, 0, 1000, NULL);
    }
    return CURLE_ABORTED_BY_CALLBACK;
}

/* What libcurl says, and what an operator may have to set. A certificate can also be of a trusted
 * authority, but for another name: that is told by the words alone. */
static void explain(const struct http_client *client, CURLcode code, struct ksse_error *error)
{
    const char *text = client->error[0] != '\0' ? client->error : curl_easy_strerror(code);
    long verify_result = 0;
    curl_easy_getinfo(client->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    if (code == CURLE_PEER_FAILED_VERIFICATION && verify_result != 0) {
        error_set(error,
                  "%.120s: to trust it, let %s name a file with the certificate of the authority "
                  "that signed it",
                  text, client->ca_setting);
    } else {
        error_set(error, "%s", text);
    }
}

/* Libcurl's result, and what came until then. */
static enum http_client_outcome judge(struct http_client *client, CURLcode code, long *status,
                                      struct ksse_error *error)
{
    ASSERT(client->body->len <= client->max_bytes);
    if (client->is_too_large) {
        curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, status);
        return HTTP_CLIENT_TOO_LARGE;
    }
    if (code == CURLE_OUT_OF_MEMORY || !buf_ok(client->body)) {
        return HTTP_CLIENT_NO_MEMORY;
    }
    if (code != CURLE_OK) {
        explain(client, code, error);
        return HTTP_CLIENT_FAILED;
    }
    curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, status);
    return HTTP_CLIENT_ANSWERED;
}

static bool set_url(struct http_client *client, const char *path)
{
    struct buf url = BUF_INIT;
    buf_append_str(&url, client->base);
    buf_append(&url, path, strlen(path) + 1);
    bool is_set = buf_ok(&url) && curl_easy_setopt(client->easy, CURLOPT_URL, url.data) == CURLE_OK;
    buf_fini(&url);
    return is_set;
}

enum http_client_outcome http_client_get(struct http_client *client, const char *path,
                                         struct buf *body, long *status, struct ksse_error *error)
{
    ASSERT(path[0] == '/');
    if (!set_url(client, path)) {
        return HTTP_CLIENT_NO_MEMORY;
    }
    buf_clear(body);
    client->body = body;
    client->is_too_large = false;
    client->error[0] = '\0';
    if (curl_multi_add_handle(client->multi, client->easy) != CURLM_OK) {
        return HTTP_CLIENT_NO_MEMORY;
    }
    enum http_client_outcome outcome = judge(client, transfer(client), status, error);
    curl_multi_remove_handle(client->multi, client->easy);
    client->body = NULL;
    return outcome;
}

void http_client_append_segment(struct buf *path, struct slice text)
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

void http_client_abort(struct http_client *client)
{
    atomic_store(&client->is_aborted, true);
    curl_multi_wakeup(client->multi);
}
