/* The minifier where a member "_kafka" stays: what it tells of it, what else is the same. */
#include "support/minify_fixture.h"

/* At the top only, and in any spelling. */
static void own_kafka_is_kept(void **state)
{
    (void)state;
    static const struct {
        struct slice in, out;
        bool has_members, has_kafka;
    } cases[] = {
        {BYTES("{}"), BYTES("{"), false, false},
        {BYTES("{ \"_kafka\" : { \"a\" : 1 } }"), BYTES("{\"_kafka\":{\"a\":1}"), true, true},
        {BYTES("{\"a\":1, \"_kaf\\u006ba\":2}"), BYTES("{\"a\":1,\"_kaf\\u006ba\":2"), true, true},
        {BYTES("{\"_kafka\":1,\"_kafka\":2,\"b\":3}"), BYTES("{\"_kafka\":1,\"_kafka\":2,\"b\":3"),
         true, true},
        {BYTES("{\"a\":{\"_kafka\":1}}"), BYTES("{\"a\":{\"_kafka\":1}"), true, false},
        {BYTES("{\"_kafk\":1}"), BYTES("{\"_kafk\":1"), true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        bool has_members = !cases[i].has_members;
        bool has_kafka = !cases[i].has_kafka;
        assert_int_equal(json_minify_whole_object(cases[i].in, &out, &has_members, &has_kafka),
                         JSON_OK);
        assert_true(slice_eq(buf_slice(&out), cases[i].out));
        assert_int_equal(has_members, cases[i].has_members);
        assert_int_equal(has_kafka, cases[i].has_kafka);
        buf_fini(&out);
    }
}

static void others_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        enum json_outcome outcome;
    } bad[] = {{"", JSON_INVALID},
               {"{\"_kafka\":1", JSON_INVALID},
               {"{\"_kafka\":}", JSON_INVALID},
               {"[\"_kafka\"]", JSON_NOT_OBJECT}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf out = BUF_INIT;
        bool has_members;
        bool has_kafka;
        assert_int_equal(
            json_minify_whole_object(slice_str(bad[i].in), &out, &has_members, &has_kafka),
            bad[i].outcome);
        assert_int_equal(out.len, 0);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_kafka_is_kept),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
