/*
 * What filters keep: a table for each rule of docs/filters.md. Every condition is evaluated four
 * times: as it is, negated, and beside true and false, which tells false from undefined.
 */
#include "core/filter/filter.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const char record[] =
    "{\"n\":5,\"price\":12.50,\"neg\":-3,\"big\":9007199254740993,\"huge\":1e400,\"zero\":-0,"
    "\"wiki\":\"enwiki\",\"title\":\"a \\\"quoted\\\" \\u00fcber\\nline\",\"plain\":\"\xc3\xbc"
    "ber alles\",\"lone\":\"\\ud83dx\",\"smile\":\"\\ud83d\\ude00\",\"none\":\"\","
    "\"back\":\"a\\\\n\",\"bot\":false,\"minor\":true,\"nil\":null,"
    "\"tags\":[\"visual\",\"mob\\u0069le\",7,null,true],\"empty\":[],\"lists\":[[1],{}],"
    "\"user\":{\"name\":\"Ann\",\"id\":17,\"o\\u0064d key\":1,\"gone\":null},\"void\":{},"
    "\"_kafka\":{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"key\":null,"
    "\"headers\":{\"x y\":\"1\",\"nil\":null,\"two\":[\"b\",\"d\"],\"mixed\":[null,\"c\"],"
    "\"o\":{\"p\":[\"b\"]}},\"headers_base64\":{\"mixed\":[\"/w==\",null]}}}";

static struct filter *parsed(const char *text)
{
    struct filter *filter = NULL;
    struct filter_fault fault;
    int rc = filter_parse(slice_str(text), NULL, NULL, &filter, &fault);
    if (rc != 0) {
        fail_msg("%s: %d, %s at %zu", text, rc, fault.message, fault.at);
    }
    return filter;
}

static bool filter_keeps(const struct filter *filter, struct path_index *index)
{
    struct path_entry **entries = filter_add_paths(filter, index);
    assert_non_null(entries);
    uint64_t cost_ns = 0;
    enum filter_verdict verdict = filter_evaluate(filter, entries, index, &cost_ns);
    assert_true(verdict != FILTER_TOO_COSTLY);
    filter_remove_paths(filter, index, entries);
    return verdict == FILTER_KEEPS;
}

static bool keeps(struct path_index *index, const char *format, const char *condition)
{
    struct buf text = BUF_INIT;
    buf_append_str(&text, format);
    for (char *at = text.data; at < text.data + text.len; at++) {
        if (*at == '$') {
            struct buf whole = BUF_INIT;
            buf_append(&whole, text.data, (size_t)(at - text.data));
            buf_append_str(&whole, condition);
            buf_append(&whole, at + 1, text.len - (size_t)(at + 1 - text.data));
            buf_fini(&text);
            text = whole;
            break;
        }
    }
    buf_append(&text, "", 1);
    struct filter *filter = parsed(text.data);
    bool is_kept = filter_keeps(filter, index);
    filter_free(filter);
    buf_fini(&text);
    return is_kept;
}

/* 'T', 'F' or 'U'; checks that everything that can be made of the condition agrees. */
static char truth_of(struct path_index *index, const char *condition)
{
    bool is_true = keeps(index, "$", condition);
    bool is_false = keeps(index, "!($)", condition);
    assert_false(is_true && is_false);
    assert_int_equal(keeps(index, "($) == true", condition), is_true);
    assert_int_equal(keeps(index, "!!($)", condition), is_true);
    assert_int_equal(keeps(index, "($) != true", condition), is_false);
    assert_int_equal(keeps(index, "($) || false", condition), is_true);
    assert_int_equal(keeps(index, "true && ($)", condition), is_true);
    assert_true(keeps(index, "($) || true", condition));
    assert_false(keeps(index, "false && ($)", condition));
    assert_true(keeps(index, "!(($) && false)", condition));
    assert_int_equal(keeps(index, "!(true && ($) && true)", condition), is_false);
    assert_int_equal(keeps(index, "!(false || ($) || false)", condition), is_false);
    return is_true ? 'T' : is_false ? 'F' : 'U';
}

struct truth_case {
    char truth;
    const char *condition;
};

static void check(const struct truth_case *cases, size_t count)
{
    struct path_index *index = path_index_new();
    assert_non_null(index);
    path_index_set_record(index, slice_str(record));
    for (size_t i = 0; i < count; i++) {
        char truth = truth_of(index, cases[i].condition);
        if (truth != cases[i].truth) {
            fail_msg("%s: %c", cases[i].condition, truth);
        }
    }
    path_index_free(index);
}

#define RULE(name, ...)                                                                            \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        static const struct truth_case cases[] = {__VA_ARGS__};                                    \
        check(cases, ARRAY_LEN(cases));                                                            \
    }

RULE(numbers, {'T', "n == 5"}, {'T', "n == 5.0"}, {'T', "n == 50e-1"}, {'F', "n != 5"},
     {'T', "n >= 5"}, {'F', "n > 5"}, {'T', "n < 5.000000000000000000001"}, {'T', "n <= 5"},
     {'T', "price == 12.5"}, {'T', "price > 12.49"}, {'T', "price < 12.500001"}, {'T', "neg < 0"},
     {'T', "neg == -3"}, {'T', "neg == - 3"}, {'T', "-3 == neg"}, {'T', "zero == 0"},
     {'T', "zero == -0"}, {'T', "big == 9007199254740993"}, {'F', "big == 9007199254740992"},
     {'T', "big > 9007199254740992"}, {'T', "huge == 1e400"}, {'T', "huge > 1e399"},
     {'T', "huge < 1e401"}, {'T', "n < price"}, {'T', "1 < 2"}, {'F', "n == price"},
     {'T', "_kafka.offset == 7"})

/* A header that came several times is a list: what holds for one of its values holds for it. */
RULE(headers, {'T', "_kafka.headers.two == 'b'"}, {'T', "_kafka.headers.two == 'd'"},
     {'F', "_kafka.headers.two == 'c'"}, {'F', "_kafka.headers.two != 'b'"},
     {'F', "_kafka.headers.two != 'd'"}, {'T', "_kafka.headers.two != 'c'"},
     {'T', "'d' == _kafka.headers.two"}, {'F', "'d' != _kafka.headers.two"},
     {'T', "_kafka.headers.two < 'c'"}, {'T', "'c' < _kafka.headers.two"},
     {'F', "_kafka.headers.two < 'b'"}, {'F', "'d' < _kafka.headers.two"},
     {'U', "_kafka.headers.two == 5"}, {'F', "_kafka.headers.two == null"},
     {'T', "_kafka.headers.two in ['a', 'd']"}, {'F', "_kafka.headers.two in ['a', 'c']"},
     {'U', "_kafka.headers.two in [1, 2]"}, {'T', "'d' in _kafka.headers.two"},
     {'F', "'c' in _kafka.headers.two"}, {'T', "_kafka.headers.two.startsWith('d')"},
     {'F', "_kafka.headers.two.endsWith('c')"}, {'T', "_kafka.headers.two.contains('')"},
     {'T', "has(_kafka.headers.two)"}, {'T', "size(_kafka.headers.two) == 2"},
     {'T', "_kafka.headers.two[1] == 'd'"}, {'F', "_kafka.headers.two[1] == 'b'"},
     {'U', "_kafka.headers.two"}, {'F', "_kafka.headers.two == _kafka.headers.nil"},
     {'U', "_kafka.headers.two == _kafka.headers.two"}, {'T', "_kafka.headers.mixed == 'c'"},
     {'T', "_kafka.headers.mixed == null"}, {'T', "_kafka.headers.mixed.contains('c')"},
     {'T', "_kafka.headers.mixed > 'b'"}, {'T', "_kafka.headers_base64.mixed == '/w=='"},
     {'T', "_kafka.headers['mixed'] == 'c'"},
     /* A header that came once. */
     {'T', "'1' in _kafka.headers['x y']"}, {'F', "'2' in _kafka.headers['x y']"},
     {'F', "'1' in _kafka.headers.nil"}, {'T', "null in _kafka.headers.nil"},
     {'U', "1 in _kafka.headers['x y']"}, {'U', "'1' in _kafka.headers.none"},
     {'U', "_kafka.headers.none == '1'"},
     /* No other array or object. */
     {'U', "_kafka.headers.o.p == 'b'"}, {'T', "'p' in _kafka.headers.o"},
     {'F', "'b' in _kafka.headers.o"}, {'U', "tags == 'visual'"}, {'U', "'1' in wiki"})

RULE(texts, {'T', "wiki == \"enwiki\""}, {'T', "wiki == 'enwiki'"}, {'F', "wiki == 'enwik'"},
     {'F', "wiki == 'enwikii'"}, {'F', "wiki == 'Enwiki'"}, {'T', "wiki != 'dewiki'"},
     {'T', "wiki > 'dewiki'"}, {'T', "wiki >= 'enwiki'"}, {'T', "wiki < 'enwikj'"},
     {'T', "wiki < 'enwikia'"}, {'F', "wiki < 'enwik'"}, {'T', "none == ''"}, {'T', "none < 'a'"},
     {'T', "title == 'a \"quoted\" \\u00fcber\\nline'"},
     {'T', "title == \"a \\\"quoted\\\" \xc3\xbc"
           "ber\\x0aline\""},
     {'F', "title == 'a'"}, {'T', "title < 'a \"quoted\" \\u00fcber\\nlinf'"},
     {'T', "lone == '\\ufffdx'"}, {'T', "lone == '\\ud83dx'"}, {'T', "smile == '\\U0001F600'"},
     {'T', "smile == '\\ud83d\\ude00'"}, {'T', "smile > '\\uffff'"}, {'T', "back == 'a\\\\n'"},
     {'F', "back == 'a\\n'"}, {'T', "user.name == \"A\\156n\""},
     {'T', "_kafka.headers[\"x y\"] == '1'"}, {'T', "plain > title"}, {'F', "plain == title"},
     {'T', "title == title"})

RULE(text_functions, {'T', "wiki.startsWith('en')"}, {'T', "wiki.startsWith('')"},
     {'F', "wiki.startsWith('wiki')"}, {'F', "wiki.startsWith('enwikipedia')"},
     {'T', "wiki.endsWith('wiki')"}, {'F', "wiki.endsWith('enwik')"}, {'T', "wiki.endsWith('')"},
     {'T', "wiki.contains('nwi')"}, {'F', "wiki.contains('nwo')"}, {'T', "wiki.contains('')"},
     {'T', "title.startsWith('a \"q')"}, {'T', "title.endsWith('ber\\nline')"},
     {'T', "title.contains('\\u00fcber')"}, {'T', "title.contains('\" \\u00fc')"},
     {'F', "title.contains('\\\\u00fc')"}, {'F', "title.contains('lines')"},
     {'T', "smile.contains('\\U0001F600')"}, {'U', "n.startsWith('5')"},
     {'U', "nil.contains('null')"}, {'U', "tags.contains('visual')"}, {'U', "x.endsWith('')"},
     {'U', "user.contains('name')"}, {'U', "bot.startsWith('f')"}, {'T', "tags[0].contains('s')"})

RULE(missing_is_undefined, {'U', "x == 1"}, {'U', "x != 1"}, {'U', "x < 1"}, {'U', "1 > x"},
     {'U', "x == null"}, {'U', "x != null"}, {'U', "x == x"}, {'U', "x"}, {'U', "!x"},
     {'U', "x.y == 1"}, {'U', "n.y == 1"}, {'U', "tags[9] == 1"}, {'U', "user[0] == 1"},
     {'U', "x in ['a']"}, {'U', "'a' in x"}, {'U', "size(x) == 0"}, {'U', "x == true"},
     {'U', "nil.x == null"}, {'T', "x || minor"}, {'F', "x && bot"}, {'U', "x && minor"},
     {'U', "x || bot"}, {'U', "x || y"}, {'F', "x && y && bot"}, {'T', "x || bot || minor"})

RULE(other_types_are_undefined, {'U', "n == '5'"}, {'U', "n != '5'"}, {'U', "wiki == 5"},
     {'U', "wiki < 5"}, {'U', "bot == 0"}, {'U', "bot == 'false'"}, {'U', "bot < true"},
     {'U', "minor >= minor"}, {'U', "nil < 1"}, {'U', "nil <= nil"}, {'U', "tags == 'visual'"},
     {'U', "tags == tags"}, {'U', "user == user"}, {'U', "user != 1"}, {'U', "n"}, {'U', "!n"},
     {'U', "wiki"}, {'U', "!wiki"}, {'U', "nil || bot"}, {'U', "tags || bot"},
     {'T', "wiki || minor"}, {'F', "n && bot"}, {'U', "1 == '1'"}, {'U', "true == 1"})

RULE(booleans, {'T', "minor"}, {'F', "bot"}, {'T', "!bot"}, {'F', "!minor"}, {'T', "bot == false"},
     {'T', "minor != bot"}, {'F', "minor == bot"}, {'T', "true"}, {'F', "false"},
     {'T', "(n > 4) == minor"}, {'F', "(n > 4) == (n > 5)"}, {'U', "(x > 4) == (n > 5)"},
     {'T', "!bot == minor"}, {'T', "minor || bot && bot"}, {'F', "(minor || bot) && bot"},
     {'T', "!(bot && minor)"})

RULE(null_is_a_value, {'T', "nil == null"}, {'F', "nil != null"}, {'F', "n == null"},
     {'T', "n != null"}, {'F', "bot == null"}, {'F', "tags == null"}, {'T', "user != null"},
     {'F', "nil == 1"}, {'T', "nil != ''"}, {'T', "null == nil"}, {'T', "null == null"},
     {'T', "user.gone == null"}, {'T', "nil == user.gone"})

RULE(in_a_list, {'T', "wiki in ['dewiki', 'enwiki']"}, {'F', "wiki in ['dewiki']"},
     {'T', "n in [1, 5.0]"}, {'F', "n in [1, 2]"}, {'U', "n in ['5']"}, {'F', "n in ['5', 4]"},
     {'T', "bot in [false]"}, {'F', "bot in [true, 1]"}, {'T', "nil in [null]"},
     {'F', "n in [null]"}, {'F', "nil in ['a']"}, {'T', "!(wiki in ['dewiki'])"},
     {'U', "tags in ['visual']"}, {'T', "'a' in ['a']"}, {'T', "size(tags) in [4, 5]"})

RULE(in_an_array, {'T', "'visual' in tags"}, {'T', "'mobile' in tags"}, {'F', "'mob' in tags"},
     {'T', "7.0 in tags"}, {'T', "null in tags"}, {'T', "true in tags"}, {'F', "false in tags"},
     {'F', "'x' in empty"}, {'T', "!('x' in empty)"}, {'U', "'x' in lists"}, {'F', "null in lists"},
     {'U', "x in tags"}, {'U', "x in empty"}, {'U', "'t' in wiki"}, {'U', "5 in n"},
     {'F', "wiki in tags"}, {'T', "tags[2] in tags"}, {'T', "'a' in (['tags'])|| true"})

RULE(in_an_object, {'T', "'name' in user"}, {'F', "'nam' in user"}, {'T', "'gone' in user"},
     {'T', "'odd key' in user"}, {'F', "'o\\\\u0064d key' in user"}, {'F', "'name' in void"},
     {'U', "5 in user"}, {'U', "null in user"}, {'U', "x in user"}, {'T', "'headers' in _kafka"},
     {'F', "title in user"})

RULE(has_never_is_undefined, {'T', "has(n)"}, {'F', "has(x)"}, {'T', "has(nil)"},
     {'T', "has(user.gone)"}, {'F', "has(user.x)"}, {'F', "has(n.x)"}, {'T', "has(tags[4])"},
     {'F', "has(tags[5])"}, {'T', "has(user[\"odd key\"])"}, {'T', "has(_kafka.headers[\"x y\"])"},
     {'F', "has(_kafka.tombstone)"})

RULE(sizes, {'T', "size(wiki) == 6"}, {'T', "wiki.size() == 6"}, {'T', "size(none) == 0"},
     {'T', "size(plain) == 10"}, {'T', "size(smile) == 1"}, {'T', "size(lone) == 2"},
     {'T', "title.size() == 20"}, {'T', "size(tags) == 5"}, {'T', "size(empty) < 1"},
     {'T', "size(user) > 3.5"}, {'T', "size(void) == 0"}, {'T', "size(lists[0]) == 1"},
     {'U', "size(n) == 1"}, {'U', "size(nil) == 0"}, {'U', "size(bot) == 5"},
     {'T', "size(tags) == n"}, {'T', "size(wiki) != 6.5"}, {'T', "size(tags) < 1e400"})

RULE(precedence, {'T', "bot && bot || minor"}, {'T', "minor || bot && bot"}, {'T', "!bot && minor"},
     {'F', "!(bot || minor)"}, {'T', "n > 4 && n < 6 || x"},
     {'T', "!has(x) && !(n in [1]) && !('a' in tags)"})

/* A hidden path counts as missing. */
static bool hides_user(void *opaque, const struct path *path)
{
    ++*(int *)opaque;
    return slice_eq_str(path->steps[0].name, "user");
}

static void hidden_paths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_kept;
        int asked;
        const char *spelling; /* which must not be that of a filter that sees it */
    } hidden[] = {
        {"has(user.name)", false, 1, "has(~user.name)"},
        {"!has(user.name)", true, 1, "!has(~user.name)"},
        {"user.name == 'Ann'", false, 1, "~user.name == \"Ann\""},
        {"user.name != 'Bob'", false, 1, "~user.name != \"Bob\""},
        {"'name' in user", false, 1, "\"name\" in ~user"},
        {"size(user) > 0", false, 1, "size(~user) > 0"},
        {"user.size() > 0", false, 1, "size(~user) > 0"},
        {"user.name.startsWith('A')", false, 1, "~user.name.startsWith(\"A\")"},
        {"wiki == 'enwiki' && !has(user)", true, 2, "wiki == \"enwiki\" && !has(~user)"},
        {"true", true, 0, "true"},
    };
    struct path_index *index = path_index_new();
    assert_non_null(index);
    path_index_set_record(index, slice_str(record));
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
        struct filter *filter = NULL;
        struct filter_fault fault;
        int asked = 0;
        assert_int_equal(
            filter_parse(slice_str(hidden[i].text), hides_user, &asked, &filter, &fault), 0);
        assert_int_equal(asked, hidden[i].asked);
        if (filter_keeps(filter, index) != hidden[i].is_kept ||
            !slice_eq_str(filter_text(filter), hidden[i].spelling)) {
            fail_msg("%s", hidden[i].text);
        }
        filter_free(filter);
    }
    path_index_free(index);
}

static void tombstones_have_kafka_only(void **state)
{
    (void)state;
    struct path_index *index = path_index_new();
    assert_non_null(index);
    path_index_set_record(index, slice_str("{\"_kafka\":{\"topic\":\"t\",\"tombstone\":true}}"));
    assert_int_equal(truth_of(index, "_kafka.tombstone"), 'T');
    assert_int_equal(truth_of(index, "wiki == 'enwiki'"), 'U');
    assert_int_equal(truth_of(index, "wiki != 'enwiki'"), 'U');
    path_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(headers),
        cmocka_unit_test(texts),
        cmocka_unit_test(text_functions),
        cmocka_unit_test(missing_is_undefined),
        cmocka_unit_test(other_types_are_undefined),
        cmocka_unit_test(booleans),
        cmocka_unit_test(null_is_a_value),
        cmocka_unit_test(in_a_list),
        cmocka_unit_test(in_an_array),
        cmocka_unit_test(in_an_object),
        cmocka_unit_test(has_never_is_undefined),
        cmocka_unit_test(sizes),
        cmocka_unit_test(precedence),
        cmocka_unit_test(hidden_paths),
        cmocka_unit_test(tombstones_have_kafka_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
