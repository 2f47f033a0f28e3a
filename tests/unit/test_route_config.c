/* Unit tests of serve/route_config. */
#include "serve/config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
    const char *path;
    const char *asked;
    const char *topics; /* NULL: no match */
} matched_paths[] = {
    {"/{topics}", "/a", "a"},
    {"/{topics}", "/a,b", "a,b"},
    {"/{topics}", "/a%2Fb", "a%2Fb"},
    {"/{topics}", "/", NULL},
    {"/{topics}", "", NULL},
    {"/{topics}", "a", NULL},
    {"/{topics}", "/a/", "a"},
    {"/{topics}", "/a//", NULL},
    {"/{topics}", "//", NULL},
    {"/{topics}", "//a/", NULL},
    {"/{topics}", "/a/b", NULL},
    {"/{topics}", "//a", NULL},
    {"/v2/stream/{topics}", "/v2/stream/a", "a"},
    {"/v2/stream/{topics}", "/v2/stream/a,b/", "a,b"},
    {"/v2/stream/{topics}", "/v2/stream/", NULL},
    {"/v2/stream/{topics}", "/v2/stream//", NULL},
    {"/v2/stream/{topics}", "/v2%2Fstream/a", NULL},
    {"/v2/stream/{topics}", "/%76%32/stream/a", NULL},
    {"/v2/stream/{topics}", "/v2/stream", NULL},
    {"/v2/stream/{topics}", "/V2/stream/a", NULL},
    {"/a/{topics}/b", "/a/x/b", "x"},
    {"/a/{topics}/b", "/a/x/b/", "x"},
    {"/a/{topics}/b", "/a/x/b//", NULL},
    {"/a/{topics}/b", "/a/b", NULL},
    {"/a/{topics}/b", "/a//b", NULL},
    {"/a/{topics}/b", "/a/x/c", NULL},
    {"/a/{topics}/b", "/a/x/y/b", NULL},
    {"/{topics}/b", "/x/b", "x"},
    {"/fixed", "/fixed", ""},
    {"/fixed", "/fixed/", ""},
    {"/fixed", "/fixed//", NULL},
    {"/fixed", "/fixe", NULL},
    {"/fixed/two~.-_", "/fixed/two~.-_", ""},
    {"/-x/{topics}", "/-x/y", "y"},
};

static void good_templates_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(matched_paths); i++) {
        struct route_config route;
        assert_int_equal(route_config_init(&route, matched_paths[i].path, NULL), 0);
        struct slice topics = slice_str("untouched");
        bool matches = route_config_match(&route, slice_str(matched_paths[i].asked), &topics);
        const char *expected =
            matched_paths[i].topics == NULL ? "untouched" : matched_paths[i].topics;
        if (matches != (matched_paths[i].topics != NULL) || !slice_eq_str(topics, expected)) {
            fail_msg("%s on %s", matched_paths[i].path, matched_paths[i].asked);
        }
        route_config_fini(&route);
    }
}

static void bad_templates(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "begin with /"},
        {"a", "begin with /"},
        {"{topics}", "begin with /"},
        {"/", "page for people"},
        {"/-", "own pages"},
        {"/-/x", "own pages"},
        {"/-/{topics}", "own pages"},
        {"//", "empty segment"},
        {"/a/", "empty segment"},
        {"//{topics}", "empty segment"},
        {"/./{topics}", "segments . and .."},
        {"/a/..", "segments . and .."},
        {"/a{topics}", "whole segment"},
        {"/{topics}x", "whole segment"},
        {"/{topic}", "only placeholder"},
        {"/{Topics}", "only placeholder"},
        {"/a}", "only placeholder"},
        {"/{topics}/{topics}", "more than once"},
        {"/a b", "made of"},
        {"/a%20b", "made of"},
        {"/a?b", "made of"},
        {"/a,b", "made of"},
        {"/caf\xc3\xa9", "made of"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct route_config route;
        struct ksse_error error = {""};
        int rc = route_config_init(&route, cases[i][0], &error);
        if (rc != KSSE_EVALUE || strstr(error.message, cases[i][1]) == NULL) {
            fail_msg("\"%s\": %d %s", cases[i][0], rc, error.message);
        }
    }
}

static void copies_have_their_own_slices(void **state)
{
    (void)state;
    struct route_config route;
    struct route_config copy;
    assert_int_equal(route_config_init(&route, "/a/{topics}/b", NULL), 0);
    assert_int_equal(route_options_set(&route.options, "gap", "error", NULL), 0);
    assert_int_equal(route_config_copy(&copy, &route), 0);
    route_config_fini(&route);
    struct slice topics;
    assert_true(route_config_match(&copy, slice_str("/a/x/b"), &topics));
    assert_int_equal(copy.options.gap, SETTING_GAP_ERROR);
    assert_false(copy.options.is_set[SETTING_topics]);
    route_config_fini(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_templates_match),
        cmocka_unit_test(bad_templates),
        cmocka_unit_test(copies_have_their_own_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
