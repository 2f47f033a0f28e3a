/* Schemas: what is taken, what is refused with which reason, names, bundles, memory. */
#include "avro/plan.h"
#include "avro/notes.h"
#include "support/unit.h"

#define R(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define F(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

static enum plan_outcome make(const char *schema, bool is_bundle, struct plan **plan, char *reason)
{
    *plan = NULL;
    reason[0] = '\0';
    return plan_new(slice_str(schema), is_bundle, plan, reason, 256);
}

static void schemas_that_are_taken(void **state)
{
    static const char *const schemas[] = {
        "\"int\"",
        " { \"type\" : \"string\" } ",
        "{\"type\":\"string\",\"avro.java.string\":\"String\",\"x\":{\"type\":\"bytes\"}}",
        R(""),
        R(F("a", "\"int\"") "," F("b", "[\"null\",\"string\"]")),
        R(F("a", "{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":\"bytes\"}}")),
        /* the order of attributes, those that Avro does not know, and escapes */
        "{\"fields\":[{\"type\":\"int\",\"doc\":\"\",\"name\":\"a\",\"default\":1}],"
        "\"name\":\"R\",\"type\":\"record\",\"aliases\":[\"S\"]}",
        "{\"t\\u0079pe\":\"\\u0069nt\"}",
        /* names: of itself, of a namespace, full, and the same one in two namespaces */
        R(F("a", "[\"null\",\"R\"]")),
        "{\"type\":\"record\",\"name\":\"a.b.R\",\"fields\":[" F(
            "e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}") "," F("f",
                                                                                 "\"a.b.E\"") "]}",
        "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"x\",\"fields\":[" F(
            "f", "{\"type\":\"fixed\",\"name\":\"R\",\"namespace\":\"y\",\"size\":1}") "]}",
        "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"\",\"fields\":[]}",
        /* a default that looks like a schema */
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\","
        "\"default\":{\"type\":\"bytes\",\"name\":\"R\"}}]}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
        struct plan *plan;
        char reason[256];
        if (make(schemas[i], false, &plan, reason) != PLAN_OK) {
            fail_msg("%s: %s", schemas[i], reason);
        }
        plan_free(plan);
    }
}

static const struct {
    const char *schema;
    const char *reason; /* a part of it */
} refused_schemas[] = {
    {"", "not JSON"},
    {"int", "not JSON"},
    {"{", "not JSON"},
    {"null", "not JSON"},
    {"5", "not JSON"},
    {"\"int\" \"int\"", "not JSON"},
    {"\"int\"]", "not JSON"},
    {"\"nothing\"", "nothing"},
    {"{\"type\":\"R\"}", "R"},
    {"{}", "type"},
    {"{\"type\":5}", "type"},
    {"{\"type\":{\"type\":\"int\"}}", "type"},
    {"[]", "branch"},
    {"[\"int\",[\"null\"]]", "union in a union"},
    {"[\"null\",5]", "not JSON"},
    {"{\"type\":\"record\",\"fields\":[]}", "name"},
    {"{\"type\":\"record\",\"name\":\"\",\"fields\":[]}", "name"},
    {"{\"type\":\"record\",\"name\":5,\"fields\":[]}", "name"},
    {"{\"type\":\"record\",\"name\":\"1\",\"fields\":[]}", "identifier"},
    {"{\"type\":\"record\",\"name\":\"R\"}", "fields"},
    {"{\"type\":\"record\",\"name\":\"R\",\"fields\":{}}", "fields"},
    {R("5"), "not JSON"},
    {R("{\"name\":\"a\"}"), "not JSON"},
    {R("{\"type\":\"int\"}"), "name"},
    {R("{\"type\":\"int\",\"name\":5}"), "name"},
    {R(F("a b", "\"int\"")), "identifier"},
    {R(F("a", "\"int\",\"type\":\"bytes\"")), "twice"},
    {"{\"type\":\"int\",\"typ\\u0065\":\"bytes\"}", "twice"},
    {"{\"type\":\"array\"}", "not JSON"},
    {"{\"type\":\"map\",\"values\":7}", "not JSON"},
    {"{\"type\":\"enum\",\"name\":\"E\"}", "symbols"},
    {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[]}", "symbol"},
    {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[5]}", "symbol"},
    {"{\"type\":\"fixed\",\"name\":\"F\"}", "size"},
    {"{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}", "negative"},
    {"{\"type\":\"fixed\",\"size\":1}", "name"},
    {R(F("a", "{\"type\":\"fixed\",\"name\":\"R\",\"size\":1}")), "defines R twice"},
    {"[{\"type\":\"enum\",\"name\":\"n.E\",\"symbols\":[\"A\"]},"
     "{\"type\":\"enum\",\"name\":\"E\",\"namespace\":\"n\",\"symbols\":[\"A\"]}]",
     "defines n.E twice"},
    {"\"\xff\"", "not JSON"},
    {"{\"type\":\"int\",\"doc\":\"\\u0000\"}", "parsing"}, /* libavro's parser has no NUL */
};

static void schemas_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused_schemas); i++) {
        struct plan *plan;
        char reason[256];
        assert_int_equal(make(refused_schemas[i].schema, false, &plan, reason), PLAN_BAD);
        assert_null(plan);
        if (strcasestr(reason, refused_schemas[i].reason) == NULL) {
            fail_msg("%s: %s", refused_schemas[i].schema, reason);
        }
    }
}

static void fields_of_one_name_are_refused(void **state)
{
    struct plan *plan;
    char reason[256];
    (void)state;
    assert_int_equal(
        make(R(F("a", "\"int\"") "," F("b", "\"R\"") "," F("a", "\"int\"")), false, &plan, reason),
        PLAN_BAD);
    assert_non_null(strstr(reason, "two fields"));
}

/* Schemas that repeat a piece, and end with another. */
static struct buf repeated(const char *begin, const char *piece, const char *end, size_t count)
{
    struct buf schema = BUF_INIT;
    buf_append_str(&schema, begin);
    for (size_t i = 0; i < count; i++) {
        buf_append_str(&schema, piece);
    }
    buf_append(&schema, end, strlen(end) + 1);
    assert_true(buf_ok(&schema));
    return schema;
}

static void assert_made(struct buf schema, enum plan_outcome outcome)
{
    struct plan *plan;
    char reason[256];
    assert_int_equal(make(schema.data, false, &plan, reason), outcome);
    plan_free(plan);
    buf_fini(&schema);
}

static struct buf nested(size_t count)
{
    struct buf schema = repeated("", "{\"type\":\"array\",\"items\":", "\"int\"", count);
    schema.len--;
    for (size_t i = 0; i < count; i++) {
        buf_append_char(&schema, '}');
    }
    buf_append_char(&schema, '\0');
    return schema;
}

static void limits(void **state)
{
    (void)state;
    assert_made(nested(PLAN_MAX_DEPTH), PLAN_OK);
    assert_made(nested(PLAN_MAX_DEPTH + 1), PLAN_BAD);
    assert_made(nested(100000), PLAN_BAD);
    assert_made(repeated("[", "\"int\",", "\"int\"]", PLAN_MAX_NODES - 2), PLAN_OK);
    assert_made(repeated("[", "\"int\",", "\"int\"]", PLAN_MAX_NODES - 1), PLAN_BAD);
    assert_made(repeated("", " ", "\"int\"", PLAN_MAX_TEXT - 5), PLAN_OK);
    assert_made(repeated("{\"type\":\"fixed\",\"size\":1,\"name\":\"", "a", "\"}", PLAN_MAX_NAME),
                PLAN_OK);
    assert_made(
        repeated("{\"type\":\"fixed\",\"size\":1,\"name\":\"", "a", "\"}", PLAN_MAX_NAME + 1),
        PLAN_BAD);
    /* with the namespace around it */
    assert_made(repeated("{\"type\":\"record\",\"namespace\":\"", "a",
                         "\",\"name\":\"b\",\"fields\":[]}", PLAN_MAX_NAME - 2),
                PLAN_OK);
    assert_made(repeated("{\"type\":\"record\",\"namespace\":\"", "a",
                         "\",\"name\":\"b\",\"fields\":[{\"name\":\"f\",\"type\":{\"type\":"
                         "\"fixed\",\"name\":\"bc\",\"size\":1}}]}",
                         PLAN_MAX_NAME - 2),
                PLAN_BAD);
    assert_made(repeated("", " ", "\"int\"", PLAN_MAX_TEXT - 4), PLAN_BAD);
}

static void a_bundle_is_of_its_last_schema(void **state)
{
    static const struct {
        const char *bundle;
        enum plan_outcome outcome;
        enum plan_type type;
    } cases[] = {
        {"[\"int\"]", PLAN_OK, PLAN_INT},
        {"[\"int\",[\"null\",\"int\"]]", PLAN_OK, PLAN_UNION},
        {"[{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}," R(F("a", "\"F\"")) "]", PLAN_OK,
         PLAN_RECORD},
        {"[{\"type\":\"fixed\",\"name\":\"F\",\"size\":1},\"F\"]", PLAN_OK, PLAN_FIXED},
        {"[" R(F("a", "\"F\"")) ",{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}]", PLAN_BAD, 0},
        {"[" R("") "," R("") "]", PLAN_BAD, 0},
        {"[]", PLAN_BAD, 0},
        {"[\"int\",]", PLAN_BAD, 0},
        {"[\"int\"],\"int\"", PLAN_BAD, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct plan *plan;
        char reason[256];
        assert_int_equal(make(cases[i].bundle, true, &plan, reason), cases[i].outcome);
        if (plan != NULL) {
            assert_int_equal(plan->nodes[plan->root].type, cases[i].type);
        }
        plan_free(plan);
    }
}

static void the_memory_is_told(void **state)
{
    struct buf schema = repeated("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"",
                                 ",\"BCDEFGHI\"", "]}", 10000);
    struct plan *plan;
    char reason[256];
    (void)state;
    assert_int_equal(make(schema.data, false, &plan, reason), PLAN_OK);
    size_t least = 10000 * (sizeof(struct plan_part) + strlen("\"BCDEFGHI\""));
    assert_in_range(plan->bytes, least, 3 * least);
    plan_free(plan);
    buf_fini(&schema);
}

/* A named type is one node, however often it is referred to. */
static void named_types_are_shared(void **state)
{
    struct plan *plan;
    char reason[256];
    (void)state;
    assert_int_equal(make(R(F("a", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}") "," F(
                              "b", "\"F\"") "," F("c", "\"R\"")),
                          false, &plan, reason),
                     PLAN_OK);
    assert_int_equal(plan->node_count, 2);
    assert_int_equal(plan->parts[0].node, plan->parts[1].node);
    assert_int_equal(plan->parts[2].node, plan->root);
    plan_free(plan);
}

static const char *const bad_decimals[] = {
    "\"precision\":0",
    "\"precision\":5,\"scale\":6",
    "\"precision\":5,\"scale\":-1",
    "\"precision\":\"5\"",
    "\"precision\":5,\"scale\":1.5",
    "\"precision\":309",
    "\"precision\":5,\"scale\":\"1\"",
    "\"scale\":1",
};

/* Scales are told apart by the order of the text: what must not be counted, and what must. */
static void scales_of_decimals(void **state)
{
    static const char schema[] = R(F("a", "\"bytes\"") "," F(
        "b", "{\"scale\":3,\"precision\":5,\"logicalType\":\"decimal\",\"type\":"
             "\"bytes\"}") ","
                           "{\"name\":\"c\",\"default\":{\"type\":\"bytes\"},"
                           "\"type\":[\"bytes\","
                           "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2,"
                           "\"logicalType\":\"decimal\","
                           "\"precision\":3}]}," F("d", "\"F\"") "," F(
                               "e", "{\"type\":\"bytes\",\"logicalType\":"
                                    "\"uuid\",\"precision\":5}"));
    static const int expected[] = {PLAN_NO_SCALE, 3, PLAN_NO_SCALE, 0, PLAN_NO_SCALE};
    struct notes notes;
    char reason[256];
    (void)state;
    assert_int_equal(notes_read(slice_str(schema), false, &notes, reason, sizeof(reason)), PLAN_OK);
    assert_int_equal(notes.count, ARRAY_LEN(expected));
    assert_memory_equal(notes.scales, expected, sizeof(expected));
    notes_fini(&notes);
    for (size_t i = 0; i < ARRAY_LEN(bad_decimals); i++) {
        struct buf text = BUF_INIT;
        buf_printf(&text, "{\"type\":\"bytes\",\"logicalType\":\"decimal\",%s}", bad_decimals[i]);
        assert_int_equal(notes_read(buf_slice(&text), false, &notes, reason, sizeof(reason)),
                         PLAN_OK);
        assert_int_equal(notes.count, 1);
        assert_int_equal(notes.scales[0], PLAN_NO_SCALE);
        notes_fini(&notes);
        buf_fini(&text);
    }
}

static const char large[] = R(
    F("a",
      "{\"type\":\"enum\",\"name\":\"n.E\",\"symbols\":[\"A\",\"B\"]"
      "}") "," F("b",
                 "[\"null\",\"n.E\",\"bytes\",{\"type\":"
                 "\"map\",\"values\":\"R\"}]") "," F("c", "{\"type\":\"fixed\",\"name\":\"F\","
                                                          "\"size\":2}") "," F("d", "\"string\""));

static bool make_large(void)
{
    struct plan *plan;
    char reason[256];
    enum plan_outcome outcome = make(large, false, &plan, reason);
    assert_true(outcome == PLAN_OK || outcome == PLAN_NO_MEMORY);
    assert_true((outcome == PLAN_OK) == (plan != NULL));
    plan_free(plan);
    return outcome == PLAN_OK;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(make_large, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_that_are_taken),
        cmocka_unit_test(schemas_that_are_refused),
        cmocka_unit_test(fields_of_one_name_are_refused),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_bundle_is_of_its_last_schema),
        cmocka_unit_test(named_types_are_shared),
        cmocka_unit_test(the_memory_is_told),
        cmocka_unit_test(scales_of_decimals),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
