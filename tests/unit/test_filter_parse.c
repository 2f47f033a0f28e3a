/*
 * Expressions in and out: the one spelling of good ones, the place and the words of what is wrong
 * with bad ones, the limits, what a filter uses, and allocations that fail. Texts end where their
 * memory does.
 */
#include "base/mem.h"
#include "core/filter/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static int parse(struct slice text, struct filter **out, struct filter_fault *fault)
{
    char *copy = malloc(text.len + (text.len == 0));
    memcpy(copy, text.data, text.len);
    int rc = filter_parse(slice_of(copy, text.len), NULL, NULL, out, fault);
    free(copy);
    return rc;
}

static struct filter *parsed(struct slice text)
{
    struct filter *filter = NULL;
    struct filter_fault fault;
    if (parse(text, &filter, &fault) != 0) {
        fail_msg("%.*s: %s at %zu", SLICE_ARG(text), fault.message, fault.at);
    }
    return filter;
}

static const struct {
    const char *in, *out;
} spellings[] = {
    {"a", "a"},
    {" \t\r\na \n", "a"},
    {"a&&b||c", "a && b || c"},
    {"(a&&b)||c", "a && b || c"},
    {"a&&(b||c)", "a && (b || c)"},
    {"a && (b && (c && d)) && e", "a && b && c && d && e"},
    {"(a || b) || (c || d && e)", "a || b || c || d && e"},
    {"((a))", "a"},
    {"!(a)", "!a"},
    {"!(!a)", "!!a"},
    {"!(a == b)", "!(a == b)"},
    {"(!a) == b", "!a == b"},
    {"!a == b", "!a == b"},
    {"(a == b) == (c && d)", "(a == b) == (c && d)"},
    {"(a) == (b)", "a == b"},
    {"a=='x'", "a == \"x\""},
    {"a == 'it\\'s'", "a == \"it's\""},
    {"a == '\"'", "a == \"\\\"\""},
    {"a == '\\u0041\\x42\\103\\U00000044\\a\\?\\`\\/'", "a == \"ABCD\\u0007?`/\""},
    {"a == '\\n\\t\\0011'", "a == \"\\n\\t\\u00011\""},
    {"a == '\\ud83d\\ude00\\ud83d'", "a == \"\U0001F600\xef\xbf\xbd\""},
    {"a == '\\ude00\\ud83d\\u0041'", "a == \"\xef\xbf\xbd\xef\xbf\xbd"
                                     "A\""},
    {"a == 1.0", "a == 1"},
    {"a == -0", "a == 0"},
    {"a == - 1e2", "a == -100"},
    {"a == 0.50E+1", "a == 5"},
    {"a==true&&b!=false&&c<null", "a == true && b != false && c < null"},
    {"a<b&&a<=b&&a>b&&a>=b", "a < b && a <= b && a > b && a >= b"},
    {"a in['x' ,2,-3 , null,true,false]", "a in [\"x\", 2, -3, null, true, false]"},
    {"'a' in b.c", "\"a\" in b.c"},
    {"'a' in ([\"odd name\"])", "\"a\" in ([\"odd name\"])"},
    {"'a' in ([\"plain\"])", "\"a\" in plain"},
    {"[ 'a' ][ \"b\" ][ 0 ].c", "a.b[0].c"},
    {"['odd name'].b", "[\"odd name\"].b"},
    {"[\"true\"][\"x\"][0][\"y z\"].w", "[\"true\"].x[0][\"y z\"].w"},
    {"[\"in\"] in ([\"null\"])", "[\"in\"] in ([\"null\"])"},
    {"[\"has\"] == not", "has == not"},
    {"not && and || or", "not && and || or"},
    {"x.true.in", "x.true.in"},
    {"truest || inner || nullable", "truest || inner || nullable"},
    {"has ( a.b )", "has(a.b)"},
    {"size( a ) == 1", "size(a) == 1"},
    {"a.size ( ) == 1", "size(a) == 1"},
    {"a.b.startsWith( 'x' )", "a.b.startsWith(\"x\")"},
    {"a['b'].endsWith('x')", "a.b.endsWith(\"x\")"},
    {"a.contains('')", "a.contains(\"\")"},
    {"a[\"contains\"]", "a.contains"},
    {"has.size.contains", "has.size.contains"},
    {"_kafka.headers['x y'] == ''", "_kafka.headers[\"x y\"] == \"\""},
    {"true", "true"},
};

static void one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        struct filter *filter = parsed(slice_str(spellings[i].in));
        struct filter *again = parsed(filter_text(filter));
        if (!slice_eq_str(filter_text(filter), spellings[i].out) ||
            !slice_eq(filter_text(filter), filter_text(again))) {
            fail_msg("%s: %.*s, %.*s", spellings[i].in, SLICE_ARG(filter_text(filter)),
                     SLICE_ARG(filter_text(again)));
        }
        filter_free(filter);
        filter_free(again);
    }
}

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct {
    struct slice text;
    size_t at;
    const char *message;
} faults[] = {
    {BYTES(""), 0, "Expected a value."},
    {BYTES("  "), 2, "Expected a value."},
    {BYTES("price >= && wiki"), 9, "Expected a value."},
    {BYTES("a &&"), 4, "Expected a value."},
    {BYTES("&& a"), 0, "Expected a value."},
    {BYTES("a || || b"), 5, "Expected a value."},
    {BYTES("!"), 1, "Expected a value."},
    {BYTES("()"), 1, "Expected a value."},
    {BYTES("in"), 0, "Expected a value."},
    {BYTES("a == in"), 5, "Expected a value."},
    {BYTES("(a"), 2, "Expected )."},
    {BYTES("(a && (b)"), 9, "Expected )."},
    {BYTES("a)"), 1, "There is no ( for this )."},
    {BYTES("a b"), 2, "Expected an operator."},
    {BYTES("a \"b\""), 2, "Expected an operator."},
    {BYTES("a == b c"), 7, "Expected an operator."},
    {BYTES("a, b"), 1, "Expected an operator."},
    {BYTES("a ]"), 2, "Expected an operator."},
    {BYTES("(a b)"), 3, "Expected an operator."},
    {BYTES("a and b"), 2, "Use && instead of and."},
    {BYTES("a AND b"), 2, "Use && instead of and."},
    {BYTES("(a or b)"), 3, "Use || instead of or."},
    {BYTES("a not in b"), 2, "Use !(a in b) instead of a not in b."},
    {BYTES("a is null"), 2, "Use == instead of is."},
    {BYTES("not a"), 0, "Use ! instead of not."},
    {BYTES("b && not (a)"), 5, "Use ! instead of not."},
    {BYTES("a = 1"), 2, "A single = is no operator: use ==."},
    {BYTES("a === 1"), 2, "Use == instead of ===."},
    {BYTES("a !== 1"), 2, "Use != instead of !==."},
    {BYTES("a <> 1"), 2, "Use != instead of <>."},
    {BYTES("a =~ 'x'"), 2, "There are no patterns: use contains(), startsWith() or endsWith()."},
    {BYTES("a & b"), 2, "A single & is no operator: use &&. In a URL, write it as %26%26."},
    {BYTES("a | b"), 2, "A single | is no operator: use ||."},
    {BYTES("a + 1"), 2, "There is no arithmetic."},
    {BYTES("a - 1"), 2, "There is no arithmetic."},
    {BYTES("a == -b"), 5, "A minus belongs to a number: there is no arithmetic."},
    {BYTES("a == --1"), 5, "A minus belongs to a number: there is no arithmetic."},
    {BYTES("a ? b : c"), 2, "There is no choice with ? and :."},
    {BYTES("a == #"), 5, "This character means nothing here."},
    {BYTES("a\0"), 1, "This character means nothing here."},
    {BYTES("\xc3\xbc == 1"), 0, "Names of other than ASCII letters are written as [\"name\"]."},
    {BYTES("a == \xff"), 5, "Names of other than ASCII letters are written as [\"name\"]."},
    {BYTES("a < b < c"), 6, "Comparisons do not chain: use && between them."},
    {BYTES("a == b in c"), 7, "Comparisons do not chain: use && between them."},
    {BYTES("a in [1] == b"), 9, "Comparisons do not chain: use && between them."},
    {BYTES("a == 'x"), 5, "This text has no closing quote."},
    {BYTES("a == \"x'"), 5, "This text has no closing quote."},
    {BYTES("a == 'x\\'"), 5, "This text has no closing quote."},
    {BYTES("a == 'x\\"), 5, "This text has no closing quote."},
    {BYTES("a == 'x\\q'"), 7, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\u12'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\u00g0'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\x1'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\400'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\08'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\U00110000'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\UFFFFFFFF'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == '\\\0'"), 6, "Unknown escape: there are those of CEL and JSON."},
    {BYTES("a == 'b\nc'"), 7, "Control characters in texts must be escaped."},
    {BYTES("a == 'b\0c'"), 7, "Control characters in texts must be escaped."},
    {BYTES("a == 'b\xff'"), 7, "This is not UTF-8."},
    {BYTES("a == '\xc3'"), 6, "This is not UTF-8."},
    {BYTES("a == '\xed\xa0\x80'"), 6, "This is not UTF-8."},
    {BYTES("a == 1."), 5, "This is no number: write it as in JSON."},
    {BYTES("a == .5"), 5, "This is no number: write it as in JSON."},
    {BYTES("a == 01"), 5, "This is no number: write it as in JSON."},
    {BYTES("a == 1e"), 5, "This is no number: write it as in JSON."},
    {BYTES("a == 0x1F"), 5, "This is no number: write it as in JSON."},
    {BYTES("a == 1u"), 5, "This is no number: write it as in JSON."},
    {BYTES("a == 1.2.3"), 5, "This is no number: write it as in JSON."},
    {BYTES("a.5"), 2, "Expected a name."},
    {BYTES("a.'b'"), 2, "Expected a name."},
    {BYTES("a."), 2, "Expected a name."},
    {BYTES("true.x"), 4, "This is no number: write it as in JSON."},
    {BYTES("lenght(a)"), 0, "Unknown function lenght(): there are has(), size()."},
    {BYTES("b && exists (a)"), 5, "Unknown function exists(): there are has(), size()."},
    {BYTES("startsWith(a, 'x')"), 0, "Unknown function startsWith(): there are has(), size()."},
    {BYTES("a.b.startswith('x')"), 4,
     "Unknown function startswith(): there are startsWith(), endsWith(), contains(), size()."},
    {BYTES("a.matches('x')"), 2,
     "Unknown function matches(): there are startsWith(), endsWith(), contains(), size()."},
    {BYTES("a['contains']('x')"), 13, "Expected an operator."},
    {BYTES("a[0]('x')"), 4, "Expected an operator."},
    {BYTES("has('a')"), 4, "Expected a path."},
    {BYTES("has(true)"), 4, "Expected a path."},
    {BYTES("has()"), 4, "Expected a path."},
    {BYTES("size(-1) == 1"), 5, "Expected a path."},
    {BYTES("has(a"), 5, "Expected ) behind the path."},
    {BYTES("has(a == 1)"), 6, "Expected ) behind the path."},
    {BYTES("has(a.contains('x'))"), 14, "Expected ) behind the path."},
    {BYTES("a.contains(b)"), 11, "Expected a text in quotes."},
    {BYTES("a.contains(1)"), 11, "Expected a text in quotes."},
    {BYTES("a.contains()"), 11, "Expected a text in quotes."},
    {BYTES("a.contains('x', 'y')"), 14, "Expected )."},
    {BYTES("a.size(b) == 1"), 7, "Expected )."},
    {BYTES("a in []"), 6, "Expected a text, number, true, false or null for the list."},
    {BYTES("a in ['x',]"), 10, "Expected a text, number, true, false or null for the list."},
    {BYTES("a in [b]"), 6, "Expected a text, number, true, false or null for the list."},
    {BYTES("a in [[1]]"), 6, "Expected a text, number, true, false or null for the list."},
    {BYTES("a in ['x' 'y']"), 10, "Expected a comma or ] in the list."},
    {BYTES("a in ['x'"), 9, "Expected a comma or ] in the list."},
    {BYTES("['a', 'b'] == c"), 4, "Expected \"]\"."},
    {BYTES("a == ['x']['y'"), 14, "Expected \"]\"."},
    {BYTES("wiki == 'a' || 'b'"), 15,
     "A text alone is neither true nor false: compare it with something."},
    {BYTES("'b'"), 0, "A text alone is neither true nor false: compare it with something."},
    {BYTES("a && -5"), 5, "A number alone is neither true nor false: compare it with something."},
    {BYTES("!null"), 1, "null alone is neither true nor false: compare it with something."},
    {BYTES("size(a) && b"), 0,
     "A size alone is neither true nor false: compare it with something."},
    {BYTES("a == b || (1)"), 11,
     "A number alone is neither true nor false: compare it with something."},
};

static void faults_and_their_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        struct filter *filter = NULL;
        struct filter_fault fault;
        int rc = parse(faults[i].text, &filter, &fault);
        if (rc != KSSE_EVALUE || fault.at != faults[i].at ||
            strcmp(fault.message, faults[i].message) != 0) {
            fail_msg("%.*s: %d at %zu, %s", SLICE_ARG(faults[i].text), rc, fault.at,
                     rc == KSSE_EVALUE ? fault.message : "good");
        }
        assert_null(filter);
    }
}

/* Each text is `count` times `piece`, and then `end`. */
static int parse_repeated(const char *piece, size_t count, const char *end,
                          struct filter_fault *fault)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        buf_append_str(&text, piece);
    }
    buf_append_str(&text, end);
    struct filter *filter = NULL;
    int rc = parse(buf_slice(&text), &filter, fault);
    filter_free(filter);
    buf_fini(&text);
    return rc;
}

static void limits(void **state)
{
    (void)state;
    struct filter_fault fault;
    /* Bytes. */
    assert_int_equal(parse_repeated(" ", FILTER_MAX_BYTES - 1, "a", &fault), 0);
    assert_int_equal(parse_repeated(" ", FILTER_MAX_BYTES, "a", &fault), KSSE_EVALUE);
    assert_int_equal(fault.at, FILTER_MAX_BYTES);
    assert_string_equal(fault.message, "The expression is longer than 4096 bytes.");
    assert_int_equal(parse_repeated("(", 1 << 20, "a", &fault), KSSE_EVALUE);
    /* Depth, which chains do not need. */
    assert_int_equal(parse_repeated("!", FILTER_MAX_DEPTH, "a", &fault), 0);
    assert_int_equal(parse_repeated("!", FILTER_MAX_DEPTH + 1, "a", &fault), KSSE_EVALUE);
    assert_int_equal(fault.at, FILTER_MAX_DEPTH);
    assert_string_equal(fault.message, "Parentheses and ! are nested more than 32 deep.");
    assert_int_equal(parse_repeated("(", FILTER_MAX_DEPTH, "a", &fault), KSSE_EVALUE);
    assert_string_equal(fault.message, "Expected ).");
    assert_int_equal(parse_repeated("(", FILTER_MAX_BYTES - 1, "a", &fault), KSSE_EVALUE);
    assert_int_equal(fault.at, FILTER_MAX_DEPTH);
    assert_int_equal(parse_repeated("(a)||", 100, "!(a)", &fault), 0);
    /* Nodes: each link is a path, and there is one chain. */
    assert_int_equal(parse_repeated("a||", FILTER_MAX_NODES - 2, "a", &fault), 0);
    assert_int_equal(parse_repeated("a||", FILTER_MAX_NODES - 1, "a", &fault), KSSE_EVALUE);
    assert_int_equal(fault.at, 3 * (FILTER_MAX_NODES - 1));
    assert_string_equal(fault.message,
                        "There are more than 256 operators, calls, paths and literals.");
    assert_int_equal(parse_repeated("a<1||", FILTER_MAX_NODES, "a", &fault), KSSE_EVALUE);
    /* Steps. */
    assert_int_equal(parse_repeated("a.b.c.d.e.f.g.h||", 127, "a.b.c.d.e.f.g.h", &fault), 0);
    assert_int_equal(parse_repeated("a.b.c.d.e.f.g.h||", 128, "i", &fault), KSSE_EVALUE);
    assert_int_equal(fault.at, 17 * 128);
    assert_string_equal(fault.message, "All paths together have more than 1024 steps.");
}

static void what_it_uses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool uses;
    } cases[] = {
        {"_kafka.headers.x == 'y'", true},
        {"a || !has(_kafka[\"headers\"])", true},
        {"'x' in _kafka.headers", true},
        {"_kafka.headers.contains('x')", true},
        {"_kafka.headers.size() == 1", true},
        {"_kafka.headers_base64.x == 'y'", true},
        {"_kafka.headers_base.x == 'y'", false},
        {"_kafka.key == 'headers'", false},
        {"x._kafka.headers", false},
        {"_kafka[0].headers", false},
        {"_kafka == 'headers'", false},
        {"headers._kafka", false},
        {"true", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct filter *filter = parsed(slice_str(cases[i].text));
        assert_int_equal(filter_uses_headers(filter), cases[i].uses);
        filter_free(filter);
    }
}

static void allocations_fail(void **state)
{
    (void)state;
    struct slice text =
        slice_str("a.b == 'x' && (c.contains('y') || n in [1, -2.50, 'z']) && size(d) > 1e99");
    size_t failures = 0;
    for (long n = 0;; n++) {
        struct filter *filter = NULL;
        struct filter_fault fault;
        mem_fail_after(n);
        int rc = filter_parse(text, NULL, NULL, &filter, &fault);
        bool has_failed = mem_has_failed();
        mem_fail_after(-1);
        /* Memory that cannot be given back is no failure. */
        assert_true(rc == 0 || (rc == KSSE_ENOMEM && has_failed));
        assert_int_equal(rc == 0, filter != NULL);
        filter_free(filter);
        failures += rc == KSSE_ENOMEM;
        if (!has_failed) {
            break;
        }
    }
    assert_true(failures > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spelling),     cmocka_unit_test(faults_and_their_places),
        cmocka_unit_test(limits),           cmocka_unit_test(what_it_uses),
        cmocka_unit_test(allocations_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
