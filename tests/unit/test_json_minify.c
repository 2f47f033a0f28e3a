/* The minifier: what it keeps, what it drops and what it changes, and memory that is lacking. */
#include "support/minify_fixture.h"

static void white_space_goes(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {BYTES("{}"), BYTES("{")},
        {BYTES(" \t\r\n{ \t\r\n} \t\r\n"), BYTES("{")},
        {BYTES("{\"a\":1}"), BYTES("{\"a\":1")},
        {BYTES(" { \"a\" : 1 , \"b\" : 2 } "), BYTES("{\"a\":1,\"b\":2")},
        {BYTES("{\"a\" : [ 1 ,\n2 , [ ] , { } ]\t,\"b\":{ \"c\" :null }}"),
         BYTES("{\"a\":[1,2,[],{}],\"b\":{\"c\":null}")},
        {BYTES("{\" a \": \" b\x7f \"}"), BYTES("{\" a \":\" b\x7f \"")},
        {BYTES("{\"a\":\n{\"b\":\n{\"c\":\n[[\n]]}\n}\n}"), BYTES("{\"a\":{\"b\":{\"c\":[[]]}}")},
    };
    check_good(cases, ARRAY_LEN(cases));
}

static void all_else_is_kept(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {BYTES("{\"a\":9007199254740993}"), BYTES("{\"a\":9007199254740993")},
        {BYTES("{\"a\":1e400}"), BYTES("{\"a\":1e400")},
        {BYTES("{\"a\":-0}"), BYTES("{\"a\":-0")},
        {BYTES("{\"a\":[0,-0.0,1.50,2E+07,3e-1,0e0]}"),
         BYTES("{\"a\":[0,-0.0,1.50,2E+07,3e-1,0e0]")},
        {BYTES("{\"a\":123456789012345678901234567890.0123456789}"),
         BYTES("{\"a\":123456789012345678901234567890.0123456789")},
        {BYTES("{\"a\":[true,false,null]}"), BYTES("{\"a\":[true,false,null]")},
        {BYTES("{\"b\":1,\"a\":2,\"b\":3}"), BYTES("{\"b\":1,\"a\":2,\"b\":3")},
        {BYTES("{\"\":\"\"}"), BYTES("{\"\":\"\"")},
        {BYTES("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00Ef\"}"),
         BYTES("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00Ef\"")},
        {BYTES("{\"a\":\"\\u0000\"}"), BYTES("{\"a\":\"\\u0000\"")},
        {BYTES("{\"a\":\"\\ud83d\\udE00 \\ud83d \\ude00\"}"),
         BYTES("{\"a\":\"\\ud83d\\udE00 \\ud83d \\ude00\"")},
        {BYTES("{\"0123456789abcdef0123\":\"0123456789abcdef\\n0123456789abcdef\"}"),
         BYTES("{\"0123456789abcdef0123\":\"0123456789abcdef\\n0123456789abcdef\"")},
        /* The first and the last of each length of UTF-8, and around the surrogates. */
        {BYTES("{\"a\":"
               "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"),
         BYTES("{\"a\":"
               "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"")},
        {BYTES("{\"a\":\"\xed\x9f\xbf\xee\x80\x80\xef\xbb\xbf\xef\xbf\xbd\xc2\x84\xc2\x86\"}"),
         BYTES("{\"a\":\"\xed\x9f\xbf\xee\x80\x80\xef\xbb\xbf\xef\xbf\xbd\xc2\x84\xc2\x86\"")},
    };
    check_good(cases, ARRAY_LEN(cases));
}

static void line_ends_in_strings_are_escaped(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {BYTES("{\"a\":\"\xc2\x85\"}"), BYTES("{\"a\":\"\\u0085\"")},
        {BYTES("{\"a\":\"\xe2\x80\xa8\xe2\x80\xa9\"}"), BYTES("{\"a\":\"\\u2028\\u2029\"")},
        {BYTES("{\"\xe2\x80\xa8\":1}"), BYTES("{\"\\u2028\":1")},
        {BYTES("{\"a\":\"\xe2\x80\xa7\xe2\x80\xaa\"}"),
         BYTES("{\"a\":\"\xe2\x80\xa7\xe2\x80\xaa\"")},
        {BYTES("{\"a\":"
               "\"x\xc2\x85\xc2\x85\xc2\x85\xc2\x85\xc2\x85\xc2\x85\xc2\x85\xc2\x85\xc2\x85y\"}"),
         BYTES("{\"a\":\"x\\u0085\\u0085\\u0085\\u0085\\u0085\\u0085\\u0085\\u0085\\u0085y\"")},
    };
    check_good(cases, ARRAY_LEN(cases));
}

#define FFFD "\xef\xbf\xbd"

static void ill_formed_utf8_is_replaced(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {BYTES("{\"a\":\"\x80\"}"), BYTES("{\"a\":\"" FFFD "\"")},
        {BYTES("{\"a\":\"\xff\xfe\"}"), BYTES("{\"a\":\"" FFFD FFFD "\"")},
        {BYTES("{\"a\":\"\xc3\"}"), BYTES("{\"a\":\"" FFFD "\"")},
        {BYTES("{\"a\":\"\xe2\x80\"}"), BYTES("{\"a\":\"" FFFD "\"")},
        {BYTES("{\"a\":\"\xf0\x9f\x98\"}"), BYTES("{\"a\":\"" FFFD "\"")},
        {BYTES("{\"a\":\"\xf0\x9f\xf0\x9f\x98\x80\"}"),
         BYTES("{\"a\":\"" FFFD "\xf0\x9f\x98\x80\"")},
        {BYTES("{\"a\":\"\xe2\x80\\n\"}"), BYTES("{\"a\":\"" FFFD "\\n\"")},
        /* Overlong, beyond U+10FFFF, CESU-8: each byte for itself. */
        {BYTES("{\"a\":\"\xc0\xaf\"}"), BYTES("{\"a\":\"" FFFD FFFD "\"")},
        {BYTES("{\"a\":\"\xe0\x80\xaf\"}"), BYTES("{\"a\":\"" FFFD FFFD FFFD "\"")},
        {BYTES("{\"a\":\"\xf4\x90\x80\x80\"}"), BYTES("{\"a\":\"" FFFD FFFD FFFD FFFD "\"")},
        {BYTES("{\"a\":\"\xf8\x88\"}"), BYTES("{\"a\":\"" FFFD FFFD "\"")},
        {BYTES("{\"a\":\"\xed\xa0\xbd\xed\xb8\x80\"}"),
         BYTES("{\"a\":\"" FFFD FFFD FFFD FFFD FFFD FFFD "\"")},
        {BYTES("{\"\xff\":1}"), BYTES("{\"" FFFD "\":1")},
    };
    check_good(cases, ARRAY_LEN(cases));
}

static void own_kafka_is_dropped(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {BYTES("{\"_kafka\":1}"), BYTES("{")},
        {BYTES("{ \"_kafka\" : { \"a\" : [ 1 , \"}\" ] } }"), BYTES("{")},
        {BYTES("{\"_kafka\":[],\"a\":1}"), BYTES("{\"a\":1")},
        {BYTES("{\"a\":1,\"_kafka\":\"x,y\",\"b\":2}"), BYTES("{\"a\":1,\"b\":2")},
        {BYTES("{\"a\":1,\"_kafka\":{\"_kafka\":{}}}"), BYTES("{\"a\":1")},
        {BYTES("{\"_kafka\":1,\"_kafka\":2,\"a\":1,\"_kafka\":3,\"_kafka\":4}"), BYTES("{\"a\":1")},
        {BYTES("{\"_kafka\":1,\"_kafka\":2}"), BYTES("{")},
        {BYTES("{\"\\u005fkafka\":1,\"a\":1}"), BYTES("{\"a\":1")},
        {BYTES("{\"_kafk\\u0061\":1,\"a\":1}"), BYTES("{\"a\":1")},
        {BYTES("{\"a\":1,\"\\u005F\\u006B\\u0061\\u0066\\u006B\\u0061\":1}"), BYTES("{\"a\":1")},
        {BYTES("{\"a\":1,\"_kafka\":\"\xe2\x80\xa8\xff\xff\xff\xff\",\"b\":\"\xff\"}"),
         BYTES("{\"a\":1,\"b\":\"" FFFD "\"")},
    };
    check_good(cases, ARRAY_LEN(cases));
}

static void what_only_looks_like_kafka_stays(void **state)
{
    (void)state;
    static const struct good cases[] = {
        {BYTES("{\"a\":{\"_kafka\":1}}"), BYTES("{\"a\":{\"_kafka\":1}")},
        {BYTES("{\"a\":[{\"_kafka\":1}]}"), BYTES("{\"a\":[{\"_kafka\":1}]")},
        {BYTES("{\"a\":\"_kafka\"}"), BYTES("{\"a\":\"_kafka\"")},
        {BYTES("{\"_kafk\":1}"), BYTES("{\"_kafk\":1")},
        {BYTES("{\"_kafkaa\":1}"), BYTES("{\"_kafkaa\":1")},
        {BYTES("{\"_Kafka\":1}"), BYTES("{\"_Kafka\":1")},
        {BYTES("{\"_kafka \":1}"), BYTES("{\"_kafka \":1")},
        {BYTES("{\"_kafka\\u0000\":1}"), BYTES("{\"_kafka\\u0000\":1")},
        {BYTES("{\"\\\\u005fkafka\":1}"), BYTES("{\"\\\\u005fkafka\":1")},
        {BYTES("{\"_kafk\xff\":1}"), BYTES("{\"_kafk" FFFD "\":1")},
    };
    check_good(cases, ARRAY_LEN(cases));
}

/* A string of every length, with each kind of byte at every place in it. */
static void steps_meet_every_place(void **state)
{
    (void)state;
    static const struct good kinds[] = {
        {BYTES("z"), BYTES("z")},
        {BYTES("\\n"), BYTES("\\n")},
        {BYTES("\x7f"), BYTES("\x7f")},
        {BYTES("\xff"), BYTES(FFFD)},
        {BYTES("\xc2\x85"), BYTES("\\u0085")},
        {BYTES("\xe2\x80\xa9"), BYTES("\\u2029")},
        {BYTES("\xf0\x9f\x98\x80"), BYTES("\xf0\x9f\x98\x80")},
    };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
        for (int len = 0; len <= 40; len++) {
            int place = (len * 7 + (int)kind) % (len + 1);
            struct buf in = BUF_INIT;
            struct buf out = BUF_INIT;
            buf_printf(&in, "{\"%.*s%s%s\":\"%.*s%s\"}", place, letters, kinds[kind].in.data,
                       letters + 40 - (len - place), len, letters, kinds[kind].in.data);
            buf_printf(&out, "{\"%.*s%s%s\":\"%.*s%s\"", place, letters, kinds[kind].out.data,
                       letters + 40 - (len - place), len, letters, kinds[kind].out.data);
            check_minified(buf_slice(&in), buf_slice(&out), JSON_OK);
            buf_fini(&in);
            buf_fini(&out);
        }
    }
}

static void fails_at_every_allocation(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_append_str(&text, "{\"a\":\"");
    for (int i = 0; i < 2000; i++) {
        buf_append_str(&text, "\xff\xe2\x80\xa8");
    }
    buf_append_str(&text, "\"}");
    long n = 0;
    bool has_failed;
    do {
        struct buf out = BUF_INIT;
        buf_append_str(&out, before);
        bool has_members = false;
        mem_fail_after(n++);
        enum json_outcome outcome = json_minify_object(buf_slice(&text), &out, &has_members);
        has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(outcome, has_failed ? JSON_NO_MEMORY : JSON_OK);
        assert_int_equal(buf_ok(&out), !has_failed);
        assert_int_equal(has_members, !has_failed);
        size_t written = strlen("{\"a\":\"\"") + 2000 * strlen(FFFD "\\u2028");
        assert_int_equal(out.len, strlen(before) + (has_failed ? 0 : written));
        buf_fini(&out);
    } while (has_failed);
    assert_true(n > 2); /* the first room, and at least once more */
    buf_fini(&text);
}

static void a_failed_buffer_takes_nothing(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    bool has_members;
    mem_fail_after(0);
    buf_append_str(&out, "x");
    mem_fail_after(-1);
    assert_int_equal(json_minify_object(slice_str("{}"), &out, &has_members), JSON_NO_MEMORY);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_goes),
        cmocka_unit_test(all_else_is_kept),
        cmocka_unit_test(line_ends_in_strings_are_escaped),
        cmocka_unit_test(ill_formed_utf8_is_replaced),
        cmocka_unit_test(own_kafka_is_dropped),
        cmocka_unit_test(what_only_looks_like_kafka_stays),
        cmocka_unit_test(steps_meet_every_place),
        cmocka_unit_test(fails_at_every_allocation),
        cmocka_unit_test(a_failed_buffer_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
