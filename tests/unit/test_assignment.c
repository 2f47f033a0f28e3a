/* Assignments: lists of topics, ids in every form KafkaSSE took, and what is refused. */
#include "core/stream/assignment.h"

#include "support/unit.h"

enum {
    LIMIT = 4
};

static int read_id(struct assignments *a, const char *text, struct refusal *refusal)
{
    return assignments_from_event_id(a, slice_str(text), LIMIT, refusal);
}

static const struct {
    const char *text;
    const char *topic;
    int32_t partition;
    struct start start;
} taken_ids[] = {
    {"[\"t\"]", "t", ALL_PARTITIONS, {START_DEFAULT, 0}},
    {" [ \"t\" ] ", "t", ALL_PARTITIONS, {START_DEFAULT, 0}},
    {"[\"\\u0074\"]", "t", ALL_PARTITIONS, {START_DEFAULT, 0}},
    {"[\"a\\u0000b\"]", "\\u0000", ALL_PARTITIONS, {START_DEFAULT, 0}},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":7}]", "t", 0, {START_OFFSET, 7}},
    {"[{\"partition\":3,\"offset\":0,\"topic\":\"t\"}]", "t", 3, {START_OFFSET, 0}},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":7.0}]", "t", 0, {START_OFFSET, 7}},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":9223372036854775807}]",
     "t",
     0,
     {START_OFFSET, INT64_MAX}},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":-1}]", "t", 0, {START_LATEST, 0}},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":-2}]", "t", 0, {START_EARLIEST, 0}},
    {"[{\"topic\":\"t\",\"partition\":0,\"timestamp\":5}]", "t", 0, {START_AFTER, 5}},
    {"[{\"topic\":\"t\",\"partition\":0,\"timestamp\":-5}]", "t", 0, {START_AFTER, 0}},
    {"[{\"topic\":\"t\",\"partition\":0,\"timestamp\":5,\"offset\":7}]", "t", 0, {START_OFFSET, 7}},
    {"[{\"topic\":\"t\",\"partition\":0,\"timestamp\":5,\"offset\":\"x\"}]",
     "t",
     0,
     {START_AFTER, 5}},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"x\":[{\"topic\":1}]}]",
     "t",
     0,
     {START_OFFSET, 7}},
};

static void ids_that_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(taken_ids); i++) {
        struct assignments a = ASSIGNMENTS_INIT;
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(read_id(&a, taken_ids[i].text, &refusal), 0);
        assert_int_equal(a.count, 1);
        assert_string_equal(assignment_topic(&a, 0), taken_ids[i].topic);
        assert_int_equal(a.items[0].partition, taken_ids[i].partition);
        assert_int_equal(a.items[0].start.kind, taken_ids[i].start.kind);
        assert_int_equal(a.items[0].start.value, taken_ids[i].start.value);
        assignments_fini(&a);
        refusal_fini(&refusal);
    }
}

static const struct {
    const char *text;
    enum refusal_code code;
    const char *echo; /* the name of the member that comes back */
} refused_ids[] = {
    {"", REFUSED_BAD_ID, "last_event_id"},
    {"t", REFUSED_BAD_ID, "last_event_id"},
    {"[\"t\"", REFUSED_BAD_ID, "last_event_id"},
    {"[\"t\"]]", REFUSED_BAD_ID, "last_event_id"},
    {"[\"t\",]", REFUSED_BAD_ID, "last_event_id"},
    {"[\"\xff\"]", REFUSED_BAD_ID, "last_event_id"},
    {"[]", REFUSED_BAD_ID, "assignments"},
    {"{}", REFUSED_BAD_ID, "assignments"},
    {"null", REFUSED_BAD_ID, "assignments"},
    {"\"t\"", REFUSED_BAD_ID, "assignments"},
    {"[1]", REFUSED_BAD_ID, "assignments"},
    {"[null]", REFUSED_BAD_ID, "assignments"},
    {"[[\"t\"]]", REFUSED_BAD_ID, "assignments"},
    {"[{}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"offset\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"partition\":0,\"offset\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":1,\"partition\":0,\"offset\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":\"0\",\"offset\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":-1,\"offset\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":2147483648,\"offset\":0}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":-3}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":0.5}]", REFUSED_BAD_ID, "assignments"},
    {"[{\"topic\":\"t\",\"partition\":0,\"offset\":9223372036854775808}]", REFUSED_BAD_ID,
     "assignments"},
    {"[\"a\",\"b\",\"c\",\"d\",\"e\"]", REFUSED_TOO_MANY_TOPICS, NULL},
};

static void ids_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused_ids); i++) {
        struct assignments a = ASSIGNMENTS_INIT;
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(read_id(&a, refused_ids[i].text, &refusal), KSSE_EREFUSED);
        assert_int_equal(refusal.code, refused_ids[i].code);
        buf_append_char(&refusal.extra, '\0');
        if (refused_ids[i].echo == NULL) {
            assert_string_equal(refusal.extra.data, "");
        } else {
            assert_non_null(strstr(refusal.extra.data, refused_ids[i].echo));
        }
        assignments_fini(&a);
        refusal_fini(&refusal);
    }
}

static void a_long_bad_id_comes_back_cut(void **state)
{
    (void)state;
    char text[4000];
    memset(text, ' ', sizeof(text));
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    assert_int_equal(assignments_from_event_id(&a, slice_of(text, sizeof(text)), LIMIT, &refusal),
                     KSSE_EREFUSED);
    assert_true(refusal.extra.len < 300);
    assignments_fini(&a);
    refusal_fini(&refusal);
}

static void topics_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t len;
        const char *kept;
    } cases[] = {{"t", 1, "t"}, {"", 0, ""}, {"a\0c", 3, "\\u0000"}, /* not "a" */ {"d", 1, "d"}};
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice name = slice_of(cases[i].name, cases[i].len);
        assert_int_equal(assignments_add_topic(&a, name, LIMIT, &refusal), 0);
        assert_string_equal(assignment_topic(&a, i), cases[i].kept);
        assert_int_equal(a.items[i].partition, ALL_PARTITIONS);
    }
    assert_int_equal(assignments_add_topic(&a, slice_str("e"), LIMIT, &refusal), KSSE_EREFUSED);
    assert_int_equal(refusal.code, REFUSED_TOO_MANY_TOPICS);
    assert_int_equal(a.count, LIMIT);
    assignments_fini(&a);
    refusal_fini(&refusal);
}

static bool attempt(void)
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    int result = read_id(&a, "[\"t\",{\"topic\":\"u\",\"partition\":0,\"offset\":7}]", &refusal);
    assert_int_equal(refusal.code, result == 0 ? REFUSED_NOT : REFUSED_NO_MEMORY);
    assignments_fini(&a);
    refusal_fini(&refusal);
    return result == 0;
}

static bool attempt_name(void)
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    int result = assignments_add_topic(&a, slice_str("a"), LIMIT, &refusal);
    assert_int_equal(refusal.code, result == 0 ? REFUSED_NOT : REFUSED_NO_MEMORY);
    assignments_fini(&a);
    refusal_fini(&refusal);
    return result == 0;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
    fail_each_allocation(attempt_name, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_are_taken),
        cmocka_unit_test(ids_that_are_refused),
        cmocka_unit_test(a_long_bad_id_comes_back_cut),
        cmocka_unit_test(topics_by_name),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
