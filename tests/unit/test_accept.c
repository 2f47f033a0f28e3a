/* Accept: what clients and browsers really send, and what none should. */
#include "http/accept.h"
#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *value;
    enum http_accept accept;
} cases[] = {
    {NULL, HTTP_ACCEPT_SSE},
    {"", HTTP_ACCEPT_SSE},
    {" ", HTTP_ACCEPT_SSE},
    {"*/*", HTTP_ACCEPT_SSE},
    {"text/*", HTTP_ACCEPT_SSE},
    {"text/event-stream", HTTP_ACCEPT_SSE},
    {"text/event-stream, application/json", HTTP_ACCEPT_SSE},
    {"application/json", HTTP_ACCEPT_JSON},
    {"Application/JSON; charset=utf-8", HTTP_ACCEPT_JSON},
    {" application/json ;q=0.1 , text/event-stream", HTTP_ACCEPT_JSON},
    {"application/json, text/plain, */*", HTTP_ACCEPT_JSON},
    {"application/json;q=0", HTTP_ACCEPT_JSON},
    {"application/x-ndjson", HTTP_ACCEPT_NDJSON},
    {"application/ndjson", HTTP_ACCEPT_NDJSON},
    {"APPLICATION/X-NDJSON,application/json", HTTP_ACCEPT_NDJSON},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTTP_ACCEPT_HTML},
    {"TEXT/HTML", HTTP_ACCEPT_HTML},
    {",, text/html", HTTP_ACCEPT_HTML},
    {"image/png, text/html", HTTP_ACCEPT_SSE},
    {"image/png, text/html, application/json", HTTP_ACCEPT_JSON},
    {"text/plain, application/json", HTTP_ACCEPT_JSON},
    {"text/plain, application/x-ndjson, application/json", HTTP_ACCEPT_NDJSON},
    {"*/*, application/json", HTTP_ACCEPT_SSE},
    {"text/*, text/html", HTTP_ACCEPT_SSE},
    {"application/*", HTTP_ACCEPT_SSE},
    {"application/*, application/json", HTTP_ACCEPT_JSON},
    {"application/jso", HTTP_ACCEPT_SSE},
    {"application/jsonp", HTTP_ACCEPT_SSE},
    {"application/json-seq", HTTP_ACCEPT_SSE},
    {"application / json", HTTP_ACCEPT_SSE},
    {"application/json text/html", HTTP_ACCEPT_SSE},
    {"json", HTTP_ACCEPT_SSE},
    {";application/json", HTTP_ACCEPT_SSE},
    {",;,;;,", HTTP_ACCEPT_SSE},
    {"x/y;a=\"b,application/json,c\"", HTTP_ACCEPT_SSE},
    {"x/y;a=\"b\\\",application/json,c\", application/ndjson", HTTP_ACCEPT_NDJSON},
    {"x/y;a=\"b,application/json", HTTP_ACCEPT_SSE},
    {"x/y;a=\"b\\", HTTP_ACCEPT_SSE},
    {"\xff\xfe, application/json", HTTP_ACCEPT_JSON},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum http_accept accept = http_accept_parse(slice_str(cases[i].value));
        if (accept != cases[i].accept) {
            fail_msg("%d, not %d: %s", (int)accept, (int)cases[i].accept, cases[i].value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
