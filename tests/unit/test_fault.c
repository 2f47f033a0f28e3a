/* Faults for people: the place is marked, in one line of UTF-8, and long texts are cut. */
#include "core/filter/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

static void shows_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        const char *message, *shown;
    } cases[] = {
        {"price >= && wiki", 9, "Expected a value.",
         "Expected a value, at character 10: price >= >>>&& wiki"},
        {"", 0, "Expected a value.", "Expected a value, at the end: >>>"},
        {"a &&", 4, "Expected a value.", "Expected a value, at the end: a &&>>>"},
        {"a == b", 0, "No", "No, at character 1: >>>a == b"},
        {"\xc3\xbc == '\xe6\x97\xa5' x", 12, "No.",
         "No, at character 10: \xc3\xbc == '\xe6\x97\xa5' >>>x"},
        {"a\n&&\t\x01\x7f$", 7, "No.", "No, at character 8: a &&   >>>$"},
        {"\xff\xc3 $", 3, "No.", "No, at character 4: \xef\xbf\xbd\xef\xbf\xbd >>>$"},
        {"'" X50 X50 "' $ " X50, 103, "No.",
         "No, at character 104: ..." X50 "xxxxxxxxx' >>>$ " X10 X10 X10 "xxxxxxxx..."},
        {X50 X50, 4096, "Too long.", "Too long, at the end: ..." X50 X10 "x>>>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        buf_append_str(&out, "filter: ");
        fault_append(cases[i].message, cases[i].at, slice_str(cases[i].text), &out);
        struct slice shown = slice_of(out.data + 8, out.len - 8);
        if (!slice_eq_str(shown, cases[i].shown)) {
            fail_msg("%s: %.*s", cases[i].text, SLICE_ARG(shown));
        }
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
