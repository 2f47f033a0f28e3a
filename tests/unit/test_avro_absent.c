/* A program that was built without Avro says so. */
#include "avro/avro.h"
#include "support/unit.h"

static void says_that_it_is_absent(void **state)
{
    struct avro_options options = {.registry = "http://127.0.0.1:8081", .timeout_ms = 1000};
    struct avro *avro = NULL;
    struct ksse_error error = {""};
    (void)state;
    assert_false(avro_is_available());
    assert_int_equal(avro_new(&options, &avro, &error), KSSE_EVALUE);
    assert_string_equal(error.message, "this program was built without Avro");
    assert_null(avro);
    avro_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_that_it_is_absent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
