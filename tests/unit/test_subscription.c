/* Subscriptions: names and objects together, what is not there, limits, keys. */
#include "feed/channel/subscription.h"

#include "support/feed_of_each_test.h"

static bool is_no_u(void *opaque, const char *topic)
{
    (void)opaque;
    return strcmp(topic, "u") != 0;
}

static int make(struct subscription *s, const char *id, size_t limit, struct refusal *refusal,
                bool (*is_available)(void *opaque, const char *topic))
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct subscription_wish wish = {&a, {START_EARLIEST, 0}, limit, is_available, NULL};
    *s = (struct subscription){0};
    int result = assignments_from_event_id(&a, slice_str(id), 100, refusal);
    if (result == 0) {
        result = feed_subscribe(f.feed, &wish, s, refusal);
    }
    assignments_fini(&a);
    return result;
}

/* "t0=e t1=7 u0=e +t": partitions with their starts, then whole topics. */
static void describe(const struct subscription *s, char *out, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct subscribed_partition *p = &s->partitions[i];
        at += (size_t)snprintf(out + at, size - at, "%s%d=", p->topic->name, (int)p->partition);
        at += (size_t)(p->start.kind == START_OFFSET
                           ? snprintf(out + at, size - at, "%d ", (int)p->start.value)
                           : snprintf(out + at, size - at, "%s ",
                                      p->start.kind == START_LATEST ? "l" : "e"));
    }
    for (size_t i = 0; i < s->whole_count; i++) {
        at += (size_t)snprintf(out + at, size - at, "+%s ", s->whole[i]->name);
    }
}

#define AT(topic, partition, offset)                                                               \
    "{\"topic\":\"" topic "\",\"partition\":" #partition ",\"offset\":" #offset "}"

static void made(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *expected;
    } cases[] = {
        {"[\"t\"]", "t0=e t1=e +t "},
        {"[\"t\",\"t\"]", "t0=e t1=e +t "},
        {"[\"u\",\"t\"]", "t0=e t1=e u0=e +t +u "},
        {"[" AT("t", 1, 7) "]", "t1=7 "},
        {"[" AT("t", 1, 7) "," AT("t", 0, 8) "]", "t0=8 t1=7 "},
        {"[" AT("t", 1, 7) "," AT("t", 1, 9) "]", "t1=9 "},
        {"[" AT("t", 1, 7) ",\"t\"]", "t0=e t1=7 +t "},
        {"[\"t\"," AT("t", 1, -1) ",\"u\"]", "t0=e t1=l u0=e +t +u "},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct subscription s;
        struct refusal refusal = REFUSAL_INIT;
        char text[200] = "";
        assert_int_equal(make(&s, cases[i].id, 100, &refusal, NULL), 0);
        describe(&s, text, sizeof(text));
        assert_string_equal(text, cases[i].expected);
        subscription_fini(&s);
        refusal_fini(&refusal);
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        size_t limit;
        bool (*is_available)(void *opaque, const char *topic);
        enum refusal_code code;
        const char *message;
    } cases[] = {
        {"[\"x\"]", 100, NULL, REFUSED_TOPIC_NOT_AVAILABLE,
         "Topics x are not available for consumption."},
        {"[\"t\",\"x\",\"y\"]", 100, NULL, REFUSED_TOPIC_NOT_AVAILABLE,
         "Topics x, y are not available for consumption."},
        {"[\"\"]", 100, NULL, REFUSED_TOPIC_NOT_AVAILABLE, NULL},
        {"[\"T\"]", 100, NULL, REFUSED_TOPIC_NOT_AVAILABLE, NULL},
        {"[" AT("t", 2, 0) "]", 100, NULL, REFUSED_TOPIC_NOT_AVAILABLE,
         "Topics t (partition 2) are not available for consumption."},
        {"[\"t\",\"u\"]", 100, is_no_u, REFUSED_TOPIC_NOT_AVAILABLE,
         "Topics u are not available for consumption."},
        {"[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]", 100, NULL, REFUSED_TOPIC_NOT_AVAILABLE,
         "Topics a, b, c, d, e, ... are not available for consumption."},
        {"[\"t\"]", 1, NULL, REFUSED_TOO_MANY_TOPICS, NULL},
        {"[" AT("t", 1, 7) "," AT("t", 1, 9) "]", 1, NULL, REFUSED_TOO_MANY_TOPICS, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct subscription s;
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(make(&s, cases[i].id, cases[i].limit, &refusal, cases[i].is_available),
                         KSSE_EREFUSED);
        assert_int_equal(refusal.code, cases[i].code);
        buf_append_char(&refusal.message, '\0');
        if (cases[i].message != NULL) {
            assert_string_equal(refusal.message.data, cases[i].message);
        }
        subscription_fini(&s);
        refusal_fini(&refusal);
    }
}

/* An object is of an id of an earlier stream. */
static void what_an_id_has_and_is_not_there_is_gone(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        bool (*is_available)(void *opaque, const char *topic);
        const char *expected; /* NULL: refused */
        size_t gone;
    } cases[] = {
        {"[" AT("t", 1, 7) "," AT("x", 0, 1) "]", NULL, "t1=7 ", 1},
        {"[" AT("x", 0, 1) "," AT("x", 1, 1) "," AT("t", 1, 7) "]", NULL, "t1=7 ", 2},
        {"[" AT("t", 1, 7) "," AT("t", 2, 1) "]", NULL, "t1=7 ", 1},
        {"[" AT("t", 1, 7) "," AT("t", 2, 1) "," AT("t", 2, 3) "]", NULL, "t1=7 ", 1},
        {"[\"t\"," AT("t", 2, 1) "]", NULL, "t0=e t1=e +t ", 1},
        {"[" AT("t", 0, 7) "," AT("u", 0, 1) "]", is_no_u, "t0=7 ", 1},
        {"[\"t\"," AT("u", 0, 1) "]", is_no_u, "t0=e t1=e +t ", 1},
        /* Nothing is left, or a name is not there. */
        {"[" AT("x", 0, 1) "," AT("t", 2, 1) "]", NULL, NULL, 0},
        {"[" AT("u", 0, 1) "]", is_no_u, NULL, 0},
        {"[" AT("t", 0, 7) ",\"u\"]", is_no_u, NULL, 0},
        {"[" AT("t", 0, 7) "," AT("x", 0, 1) ",\"y\"]", NULL, NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct subscription s;
        struct refusal refusal = REFUSAL_INIT;
        char text[200] = "";
        int rc = make(&s, cases[i].id, 100, &refusal, cases[i].is_available);
        assert_int_equal(rc, cases[i].expected == NULL ? KSSE_EREFUSED : 0);
        assert_int_equal(s.gone.count, cases[i].gone);
        if (rc == 0) {
            describe(&s, text, sizeof(text));
            assert_string_equal(text, cases[i].expected);
        } else {
            assert_int_equal(refusal.code, REFUSED_TOPIC_NOT_AVAILABLE);
        }
        subscription_fini(&s);
        refusal_fini(&refusal);
    }
}

/* What is gone takes no partition: the limit is for what is left. */
static void the_limit_is_for_what_is_left(void **state)
{
    (void)state;
    struct subscription s;
    struct refusal refusal = REFUSAL_INIT;
    assert_int_equal(make(&s, "[" AT("t", 1, 7) "," AT("x", 0, 1) "]", 1, &refusal, NULL), 0);
    subscription_fini(&s);
    refusal_fini(&refusal);
}

static void a_topic_that_is_gone_is_refused(void **state)
{
    (void)state;
    struct topic_info info = {"u", 1};
    feed_update_topics(f.feed, &info, 1);
    struct subscription s;
    struct refusal refusal = REFUSAL_INIT;
    assert_int_equal(make(&s, "[\"t\"]", 100, &refusal, NULL), KSSE_EREFUSED);
    assert_int_equal(refusal.code, REFUSED_TOPIC_NOT_AVAILABLE);
    refusal_fini(&refusal);
}

/* Who may share a channel has the same key, nobody else. */
static void keys(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "[\"t\"]",
        "[" AT("t", 0, 1) "]",
        "[" AT("t", 1, 1) "]",
        "[" AT("t", 0, 1) "," AT("t", 1, 1) "]", /* not the whole topic: no new partitions */
        "[\"u\"]",
        "[\"t\",\"u\"]",
        "[\"t\"," AT("u", 0, 1) "]",
    };
    struct buf key[2 * ARRAY_LEN(ids)];
    for (size_t i = 0; i < ARRAY_LEN(key); i++) {
        struct subscription s;
        struct refusal refusal = REFUSAL_INIT;
        assert_int_equal(make(&s, ids[i / 2], 100, &refusal, NULL), 0);
        s.view.is_chunked = i % 2 == 1;
        key[i] = BUF_INIT;
        subscription_append_key(&s, &key[i]);
        subscription_fini(&s);
        refusal_fini(&refusal);
    }
    for (size_t i = 0; i < ARRAY_LEN(key); i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(slice_eq(buf_slice(&key[i]), buf_slice(&key[j])));
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(key); i++) {
        buf_fini(&key[i]);
    }
}

static bool attempt(void)
{
    struct subscription s;
    struct refusal refusal = REFUSAL_INIT;
    int result = make(&s, "[\"t\",\"u\"," AT("x", 0, 1) "]", 100, &refusal, NULL);
    assert_int_equal(refusal.code, result == 0 ? REFUSED_NOT : REFUSED_NO_MEMORY);
    subscription_fini(&s);
    refusal_fini(&refusal);
    return result == 0;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_an_id_has_and_is_not_there_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_is_for_what_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(a_topic_that_is_gone_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(keys, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
