/* What a registry answers: schemas, references, error codes, and what is none of these. */
#include "avro/registry_answer.h"
#include "support/unit.h"

static void schemas_are_found(void **state)
{
    static const struct {
        const char *body;
        const char *schema; /* NULL: none */
        bool is_avro;
        bool has_references;
    } cases[] = {
        {"{\"schema\":\"\\\"int\\\"\"}", "\\\"int\\\"", true, false},
        {"{\"schema\":\"x\",\"schemaType\":\"AVRO\"}", "x", true, false},
        {"{\"schemaType\":null,\"schema\":\"x\"}", "x", true, false},
        {"{\"schema\":\"x\",\"schemaType\":\"PROTOBUF\"}", "x", false, false},
        {"{\"schema\":\"x\",\"schemaType\":\"JSON\"}", "x", false, false},
        {"{\"schema\":\"x\",\"schemaType\":5}", "x", false, false},
        {"{\"schema\":\"x\",\"references\":[]}", "x", true, true},
        {"{\"schema\":\"x\",\"references\":null}", "x", true, false},
        {"{\"id\":7,\"more\":{\"schema\":\"no\"},\"schema\":\"x\"}", "x", true, false},
        {"{\"schema\":{}}", NULL, true, false},
        {"{\"schema\":null}", NULL, true, false},
        {"{}", NULL, true, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct registry_answer answer;
        assert_int_equal(registry_answer_read(slice_str(cases[i].body), &answer), 0);
        assert_true((answer.schema.data == NULL) == (cases[i].schema == NULL));
        assert_true(slice_eq_str(answer.schema, cases[i].schema));
        assert_true(answer.is_avro == cases[i].is_avro);
        assert_true(answer.has_references == cases[i].has_references);
    }
}

static void what_is_no_answer(void **state)
{
    static const char *const bodies[] = {
        "",
        "x",
        "5",
        "[]",
        "\"schema\"",
        "null",
        "<html></html>",
        "{\"schema\":\"x\"",
        "{\"schema\":\"x\"}}",
        "{\"schema\":\"\xff\"}",
        "{\"references\":{},\"schema\":\"x\"}",
        "{\"references\":\"x\"}",
        "{schema:\"x\"}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct registry_answer answer;
        if (registry_answer_read(slice_str(bodies[i]), &answer) == 0) {
            fail_msg("%s", bodies[i]);
        }
    }
}

static void error_codes(void **state)
{
    static const struct {
        const char *body;
        int64_t code;
    } cases[] = {
        {"{\"error_code\":40403,\"message\":\"Schema not found\"}", 40403},
        {"{\"message\":\"x\",\"error_code\":500}", 500},
        {"{\"error_code\":\"40403\"}", 0},
        {"{\"error_code\":40403.5}", 0},
        {"{\"error_code\":40403", 0},
        {"{\"error_code\":40403}x", 0},
        {"{\"x\":{\"error_code\":40403}}", 0},
        {"[40403]", 0},
        {"{}", 0},
        {"<h1>404</h1>", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(registry_answer_error_code(slice_str(cases[i].body)), cases[i].code);
    }
}

static void references_are_read(void **state)
{
    struct registry_answer answer;
    struct registry_reference reference;
    (void)state;
    int rc = registry_answer_read(
        slice_str("{\"references\":[{\"name\":\"n.A\",\"subject\":\"a/b\",\"version\":3},"
                  "{\"version\":1,\"more\":[{}],\"subject\":\"c\"}],\"schema\":\"x\"}"),
        &answer);
    assert_int_equal(rc, 0);
    assert_int_equal(registry_answer_next_reference(&answer.references, &reference),
                     REFERENCES_NEXT);
    assert_true(slice_eq_str(reference.subject, "a/b"));
    assert_int_equal(reference.version, 3);
    assert_int_equal(registry_answer_next_reference(&answer.references, &reference),
                     REFERENCES_NEXT);
    assert_true(slice_eq_str(reference.subject, "c"));
    assert_int_equal(registry_answer_next_reference(&answer.references, &reference),
                     REFERENCES_END);
}

static void bad_references(void **state)
{
    static const char *const bodies[] = {
        "[5]",
        "[[]]",
        "[{}]",
        "[{\"subject\":\"a\"}]",
        "[{\"version\":1}]",
        "[{\"subject\":\"\",\"version\":1}]",
        "[{\"subject\":\"a\",\"version\":0}]",
        "[{\"subject\":\"a\",\"version\":-1}]",
        "[{\"subject\":\"a\",\"version\":\"1\"}]",
        "[{\"subject\":\"a\",\"version\":1.5}]",
        "[{\"subject\":5,\"version\":1}]",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct buf body = BUF_INIT;
        struct registry_answer answer;
        struct registry_reference reference;
        buf_printf(&body, "{\"schema\":\"x\",\"references\":%s}", bodies[i]);
        assert_int_equal(registry_answer_read(buf_slice(&body), &answer), 0);
        assert_int_equal(registry_answer_next_reference(&answer.references, &reference),
                         REFERENCES_BAD);
        buf_fini(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_are_found), cmocka_unit_test(what_is_no_answer),
        cmocka_unit_test(error_codes),       cmocka_unit_test(references_are_read),
        cmocka_unit_test(bad_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
