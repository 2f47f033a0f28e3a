/* The demo's records: shape, shares and determinism. Whether they parse is the scanner's test. */
#include "kafka/demo/demo_feed.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum {
    RECORDS = 8000
};

static const int64_t NOW_MS = 1767225599987; /* 2025-12-31T23:59:59.987Z */

struct fixture {
    struct demo_feed feed;
    struct buf key;
    struct buf value;
    struct demo_record record;
};

static void fixture_init(struct fixture *f, uint64_t seed)
{
    *f = (struct fixture){.key = BUF_INIT, .value = BUF_INIT};
    demo_feed_init(&f->feed, seed);
}

static void fixture_next(struct fixture *f, int64_t now_ms)
{
    demo_feed_next(&f->feed, now_ms, &f->key, &f->value, &f->record);
}

static void fixture_fini(struct fixture *f)
{
    buf_fini(&f->key);
    buf_fini(&f->value);
}

static int topic_index(const char *name)
{
    for (int i = 0; i < DEMO_TOPIC_COUNT; i++) {
        if (demo_topics[i].name == name) {
            return i;
        }
    }
    return -1;
}

/* One object whose strings, braces and brackets close; enough to tell the broken values apart. */
static bool looks_like_object(struct slice s)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if ((unsigned char)c < 0x20) {
            return false;
        } else if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return s.data[0] == '{' && i + 1 == s.len;
        }
    }
    return false;
}

static bool contains(struct slice s, const char *needle)
{
    return memmem(s.data, s.len, needle, strlen(needle)) != NULL;
}

static void topics_are_as_documented(void **state)
{
    (void)state;
    assert_string_equal(demo_topics[DEMO_RECENTCHANGE].name, "demo.recentchange");
    assert_int_equal(demo_topics[DEMO_RECENTCHANGE].partitions, 4);
    assert_string_equal(demo_topics[DEMO_PAGE_CREATE].name, "demo.page-create");
    assert_int_equal(demo_topics[DEMO_PAGE_CREATE].partitions, 2);
    assert_string_equal(demo_topics[DEMO_REVISION_SCORE].name, "demo.revision-score");
    assert_int_equal(demo_topics[DEMO_REVISION_SCORE].partitions, 3);
}

static void checker_tells_broken_values(void **state)
{
    (void)state;
    static const char *const broken[] = {"",     "{",          "{\"a\":1", "[1]",
                                         "text", "{\"a\":\"}", "{}x",      "{\"a\":\"\n\"}"};
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        assert_false(looks_like_object(slice_str(broken[i])));
    }
    assert_true(looks_like_object(slice_str("{\"a\":[\"\\\"}\"]}")));
}

static void shares_are_as_documented(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 7);
    int per_topic[DEMO_TOPIC_COUNT] = {0};
    int tombstones = 0;
    int broken = 0;
    int non_ascii = 0;
    for (int i = 0; i < RECORDS; i++) {
        fixture_next(&f, NOW_MS + i);
        int topic = topic_index(f.record.topic);
        assert_in_range(topic, 0, DEMO_TOPIC_COUNT - 1);
        per_topic[topic]++;
        assert_int_equal(f.record.partition_hint, -1);
        assert_true(buf_ok(&f.key) && buf_ok(&f.value));
        if (f.record.is_tombstone) {
            assert_int_equal(topic, DEMO_PAGE_CREATE);
            assert_int_equal(f.record.value.len, 0);
            tombstones++;
        } else if (!looks_like_object(f.record.value)) {
            broken++;
        } else {
            non_ascii += contains(f.record.value, "\xe3") || contains(f.record.value, "\xf0");
        }
    }
    for (int i = 0; i < DEMO_TOPIC_COUNT; i++) {
        assert_true(per_topic[i] > RECORDS / 20);
    }
    assert_true(per_topic[DEMO_RECENTCHANGE] > RECORDS / 2);
    assert_in_range(broken, RECORDS / 60, RECORDS / 28);
    assert_in_range(tombstones, RECORDS / 200, RECORDS / 15);
    assert_true(non_ascii > RECORDS / 20);
    fixture_fini(&f);
}

static void keys_name_wiki_and_page(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 3);
    for (int i = 0; i < 500; i++) {
        fixture_next(&f, NOW_MS);
        struct slice rest = f.record.key;
        struct slice wiki = slice_cut(&rest, ':');
        int64_t page;
        assert_true(wiki.len > 2);
        assert_true(slice_is_int64(rest, &page));
        assert_true(page > 0);
    }
    fixture_fini(&f);
}

/* A tombstone follows a creation of the same key: compaction has something to remove. */
static void tombstones_follow_creations(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 11);
    char created[64] = "";
    int seen = 0;
    for (int i = 0; i < 2000; i++) {
        fixture_next(&f, NOW_MS);
        if (f.record.topic != demo_topics[DEMO_PAGE_CREATE].name) {
            continue;
        }
        if (f.record.is_tombstone) {
            assert_true(slice_eq_str(f.record.key, created));
            seen++;
        }
        snprintf(created, sizeof(created), "%.*s", SLICE_ARG(f.record.key));
    }
    assert_true(seen > 5);
    fixture_fini(&f);
}

static void time_is_what_was_passed(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 1);
    int seen = 0;
    for (int i = 0; i < 200; i++) {
        fixture_next(&f, NOW_MS);
        if (!f.record.is_tombstone && looks_like_object(f.record.value)) {
            assert_true(contains(f.record.value, "\"dt\":\"2025-12-31T23:59:59.987Z\""));
            seen++;
        }
    }
    assert_true(seen > 150);
    fixture_fini(&f);
}

static bool same_record(const struct fixture *a, const struct fixture *b)
{
    return a->record.topic == b->record.topic && slice_eq(a->record.key, b->record.key) &&
           slice_eq(a->record.value, b->record.value) &&
           a->record.is_tombstone == b->record.is_tombstone;
}

static void seed_decides(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 1, 42, UINT64_MAX};
    for (size_t s = 0; s < ARRAY_LEN(seeds); s++) {
        struct fixture a;
        struct fixture b;
        struct fixture other;
        fixture_init(&a, seeds[s]);
        fixture_init(&b, seeds[s]);
        fixture_init(&other, seeds[s] + 1);
        int different = 0;
        for (int i = 0; i < 300; i++) {
            fixture_next(&a, NOW_MS + i);
            fixture_next(&b, NOW_MS + i);
            fixture_next(&other, NOW_MS + i);
            assert_true(same_record(&a, &b));
            different += !same_record(&a, &other);
        }
        assert_true(different > 250);
        fixture_fini(&a);
        fixture_fini(&b);
        fixture_fini(&other);
    }
}

/* Each allocation fails once: the buffers say so, and the feed's next record is whole again. */
static void survives_without_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 8; n++) {
        struct fixture f;
        fixture_init(&f, 5);
        mem_fail_after(n);
        int failures = 0;
        for (int i = 0; i < 50; i++) {
            fixture_next(&f, NOW_MS);
            failures += !buf_ok(&f.key) || !buf_ok(&f.value);
        }
        assert_int_equal(failures, mem_has_failed() ? 1 : 0);
        mem_fail_after(-1);
        fixture_next(&f, NOW_MS);
        assert_true(buf_ok(&f.key) && buf_ok(&f.value));
        fixture_fini(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_as_documented),
        cmocka_unit_test(checker_tells_broken_values),
        cmocka_unit_test(shares_are_as_documented),
        cmocka_unit_test(keys_name_wiki_and_page),
        cmocka_unit_test(tombstones_follow_creations),
        cmocka_unit_test(time_is_what_was_passed),
        cmocka_unit_test(seed_decides),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
