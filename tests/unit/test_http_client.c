/* The HTTP client: what it is told, what it sends, and the bounds of what a server can do to it.
 * The registry of the tests serves as any HTTP server. */
#include "httpc/http_client.h"
#include "support/fake_registry.h"
#include "support/unit.h"

enum {
    MAX_BYTES = 100
};

static struct http_client_options options_of(const char *base)
{
    return (struct http_client_options){.base = base,
                                        .max_bytes = MAX_BYTES,
                                        .timeout_ms = 5000,
                                        .server_name = "oracle",
                                        .ca_setting = "oracle-ca"};
}

static struct http_client *open_client(const struct http_client_options *options)
{
    struct http_client *client;
    struct ksse_error error;
    if (http_client_new(options, &client, &error) < 0) {
        fail_msg("%s", error.message);
    }
    return client;
}

/* Gets one path with a client of its own. */
static enum http_client_outcome get(const struct http_client_options *options, const char *path,
                                    struct buf *body, long *status)
{
    struct ksse_error error;
    struct http_client *client = open_client(options);
    enum http_client_outcome outcome = http_client_get(client, path, body, status, &error);
    assert_true(outcome != HTTP_CLIENT_FAILED || error.message[0] != '\0');
    http_client_free(client);
    return outcome;
}

static void answers_whatever_their_status(void **state)
{
    static const int statuses[] = {200, 301, 302, 404, 500};
    struct fake_registry f;
    struct buf body = BUF_INIT;
    (void)state;
    fake_registry_start(&f); /* its answers have a Location */
    struct http_client_options options = options_of(f.url);
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        long status = 0;
        buf_append_str(&body, "of before");
        fake_registry_answer(&f, "/a", statuses[i], "it is so");
        assert_int_equal(get(&options, "/a", &body, &status), HTTP_CLIENT_ANSWERED);
        assert_int_equal(status, statuses[i]);
        assert_true(slice_eq_str(buf_slice(&body), "it is so"));
        assert_int_equal(fake_registry_requests(&f), i + 1); /* redirects are not followed */
    }
    buf_fini(&body);
    fake_registry_stop(&f);
}

static void the_field_accept(void **state)
{
    struct fake_registry f;
    struct buf body = BUF_INIT;
    long status;
    (void)state;
    fake_registry_start(&f);
    struct http_client_options options = options_of(f.url);
    assert_int_equal(get(&options, "/a", &body, &status), HTTP_CLIENT_ANSWERED);
    assert_false(fake_registry_was_sent(&f, "Accept:"));
    options.accept = "application/jwk-set+json";
    assert_int_equal(get(&options, "/a", &body, &status), HTTP_CLIENT_ANSWERED);
    assert_true(fake_registry_was_sent(&f, "\r\nAccept: application/jwk-set+json\r\n"));
    buf_fini(&body);
    fake_registry_stop(&f);
}

static void as_large_as_it_may_be_and_larger(void **state)
{
    char text[MAX_BYTES + 2];
    struct fake_registry f;
    struct buf body = BUF_INIT;
    long status = 0;
    (void)state;
    memset(text, 'x', sizeof(text));
    text[MAX_BYTES + 1] = '\0';
    fake_registry_start(&f);
    fake_registry_answer(&f, "/more", 200, text);
    fake_registry_answer(&f, "/most", 200, text + 1);
    struct http_client_options options = options_of(f.url);
    assert_int_equal(get(&options, "/most", &body, &status), HTTP_CLIENT_ANSWERED);
    assert_int_equal(body.len, MAX_BYTES);
    assert_int_equal(get(&options, "/more", &body, &status), HTTP_CLIENT_TOO_LARGE);
    assert_int_equal(status, 200);
    assert_true(body.len <= MAX_BYTES);
    buf_fini(&body);
    fake_registry_stop(&f);
}

static void no_answer(void **state)
{
    struct fake_registry f;
    struct buf body = BUF_INIT;
    long status = 7;
    (void)state;
    fake_registry_start(&f);
    fake_registry_be_silent(&f, true);
    struct http_client_options options = options_of(f.url);
    options.timeout_ms = 50;
    assert_int_equal(get(&options, "/a", &body, &status), HTTP_CLIENT_FAILED);
    fake_registry_stop(&f); /* nobody is there any more */
    assert_int_equal(get(&options, "/a", &body, &status), HTTP_CLIENT_FAILED);
    assert_int_equal(status, 7);
    buf_fini(&body);
}

static void after_an_abort_all_fail(void **state)
{
    struct fake_registry f;
    struct buf body = BUF_INIT;
    struct ksse_error error;
    long status;
    (void)state;
    fake_registry_start(&f);
    struct http_client_options options = options_of(f.url);
    struct http_client *client = open_client(&options);
    http_client_abort(client);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(http_client_get(client, "/a", &body, &status, &error), HTTP_CLIENT_FAILED);
    }
    assert_int_equal(fake_registry_requests(&f), 0);
    http_client_free(client);
    http_client_free(NULL);
    buf_fini(&body);
    fake_registry_stop(&f);
}

static void sentences_name_what_the_caller_names(void **state)
{
    static const struct {
        const char *base;
        const char *token;
        const char *ca_file;
        const char *error;
    } cases[] = {
        {"oracle:80", NULL, NULL,
         "the URL of the oracle must be http://host... or https://host..."},
        {"ftp://oracle", NULL, NULL,
         "the URL of the oracle must be http://host... or https://host..."},
        {"http://oracle/?a", NULL, NULL,
         "the URL of the oracle must have no query and no fragment"},
        {"http://oracle/#a", NULL, NULL,
         "the URL of the oracle must have no query and no fragment"},
        {"http://me@oracle", "t", NULL,
         "the URL of the oracle has a user, and there is a token, too"},
        {"http://oracle", NULL, "/nonexistent",
         "the certificates in /nonexistent cannot be read: No such file or directory"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_client *client = NULL;
        struct ksse_error error;
        struct http_client_options options = options_of(cases[i].base);
        options.token = cases[i].token;
        options.ca_file = cases[i].ca_file;
        assert_int_equal(http_client_new(&options, &client, &error), KSSE_EVALUE);
        assert_string_equal(error.message, cases[i].error);
        assert_null(client);
    }
}

static void the_base_as_it_may_be_shown(void **state)
{
    (void)state;
    struct http_client_options options = options_of("https://me:secret@oracle:81/a/b//");
    struct http_client *client = open_client(&options);
    assert_string_equal(http_client_base(client), "https://oracle:81/a/b");
    http_client_free(client);
}

static void segments_of_paths(void **state)
{
    struct buf path = BUF_INIT;
    (void)state;
    http_client_append_segment(&path, slice_of("aZ09-._~ /?#%\0\xff", 15));
    assert_true(slice_eq_str(buf_slice(&path), "aZ09-._~%20%2F%3F%23%25%00%FF"));
    buf_fini(&path);
}

static bool make(void)
{
    struct http_client *client = NULL;
    struct ksse_error error;
    struct http_client_options options = options_of("http://oracle");
    int rc = http_client_new(&options, &client, &error);
    assert_true(rc == 0 || (rc == KSSE_ENOMEM && client == NULL));
    http_client_free(client);
    return rc == 0;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(make, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_whatever_their_status),
        cmocka_unit_test(the_field_accept),
        cmocka_unit_test(as_large_as_it_may_be_and_larger),
        cmocka_unit_test(no_answer),
        cmocka_unit_test(after_an_abort_all_fail),
        cmocka_unit_test(sentences_name_what_the_caller_names),
        cmocka_unit_test(the_base_as_it_may_be_shown),
        cmocka_unit_test(segments_of_paths),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
