/* The deserializer as the worker has it: heads, schemas that arrive, reasons, log lines, its end.
 */
#include "avro/avro.h"
#include "core/stream/record.h"
#include "support/fake_registry.h"
#include "support/unit.h"

#include <poll.h>
#include <unistd.h>

#define SCHEMA "{\"schema\":\"\\\"int\\\"\"}"
#define UNKNOWN "{\"error_code\":40403}"

enum {
    DEADLINE_MS = 60000
};

static char logged[4096];

static void on_event(void *opaque, enum avro_event event, const char *message)
{
    static const char *const words[] = {"away", "back", "unusable"};
    size_t len = strlen(logged);
    assert_ptr_equal(opaque, logged);
    snprintf(logged + len, sizeof(logged) - len, "%s: %s\n", words[event], message);
}

static struct avro *open_avro(const char *url, const char *directory)
{
    struct avro_options options = {.registry = url,
                                   .directory = directory,
                                   .timeout_ms = 5000,
                                   .on_event = on_event,
                                   .opaque = logged};
    struct avro *avro;
    struct ksse_error error;
    logged[0] = '\0';
    if (avro_new(&options, &avro, &error) < 0) {
        fail_msg("%s", error.message);
    }
    return avro;
}

static enum deserializer_outcome decode(struct avro *avro, struct slice value, struct buf *out)
{
    struct record record = {.topic = "t", .value = value};
    bool has_members;
    return deserializer_decode(avro_deserializer(avro), &record, out, &has_members);
}

static struct slice value_of(uint8_t value[6], uint32_t id)
{
    value[0] = 0;
    for (int i = 0; i < 4; i++) {
        value[1 + i] = (uint8_t)(id >> (24 - 8 * i));
    }
    value[5] = 2;
    return slice_of((const char *)value, 6);
}

/* As the worker does: again whenever something has come. */
static enum deserializer_outcome decode_in_the_end(struct avro *avro, struct slice value,
                                                   struct buf *out)
{
    struct pollfd fd = {.fd = avro_fd(avro), .events = POLLIN};
    enum deserializer_outcome outcome;
    while ((outcome = decode(avro, value, out)) == DECODE_LATER) {
        assert_int_equal(out->len, 0);
        do {
            assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
        } while (!avro_dispatch(avro));
    }
    return outcome;
}

static struct avro_report report_of(struct avro *avro)
{
    struct avro_report report;
    avro_report(avro, &report);
    return report;
}

static struct deserializer_fault fault(struct avro *avro)
{
    struct record record = {.topic = "t"}; /* it is not asked about */
    return deserializer_fault(avro_deserializer(avro), &record);
}

static const char *why(struct avro *avro)
{
    return fault(avro).why;
}

static int reason(struct avro *avro)
{
    return (int)fault(avro).reason;
}

static void heads(void **state)
{
    static const struct slice bad[] = {
        {"", 0},
        {"\0", 1},
        {"\0\0\0\0", 4},
        {"\1\0\0\0\1\2", 6},   /* another format */
        {"\0\x80\0\0\1\2", 6}, /* no id that a registry knows */
        {"\0\xff\xff\xff\xff\2", 6},
        {"{\"a\":1}", 7},
    };
    struct fake_registry f;
    struct buf out = BUF_INIT;
    (void)state;
    fake_registry_start(&f);
    struct avro *avro = open_avro(f.url, NULL);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(decode(avro, bad[i], &out), DECODE_FAILED);
        assert_string_equal(why(avro), "it does not begin as Avro with a schema's id does");
        assert_int_equal(reason(avro), UNDECODABLE_NO_SCHEMA_ID);
    }
    assert_int_equal(fake_registry_requests(&f), 0);
    assert_int_equal(report_of(avro).counters.records_unlike_schema, ARRAY_LEN(bad));
    assert_int_equal(report_of(avro).counters.records_without_schema, 0);
    assert_int_equal(report_of(avro).schemas_awaited, 0);
    assert_false(avro_dispatch(avro));
    avro_free(avro);
    fake_registry_stop(&f);
}

static void records_are_decoded(void **state)
{
    struct fake_registry f;
    struct buf out = BUF_INIT;
    uint8_t value[6];
    (void)state;
    fake_registry_start(&f);
    fake_registry_answer(&f, "/schemas/ids/1", 200, SCHEMA);
    fake_registry_answer(&f, "/schemas/ids/2147483647", 200, "{\"schema\":\"\\\"boolean\\\"\"}");
    struct avro *avro = open_avro(f.url, NULL);
    assert_int_equal(decode_in_the_end(avro, value_of(value, 1), &out), DECODED);
    assert_true(slice_eq_str(buf_slice(&out), "{\"value\":1"));
    buf_clear(&out);
    assert_int_equal(decode(avro, value_of(value, 0x7fffffff), &out), DECODE_LATER);
    assert_string_equal(why(avro), "its schema is still being looked for");
    assert_int_equal(report_of(avro).schemas, 1);
    assert_int_equal(report_of(avro).schemas_awaited, 1);
    assert_int_equal(decode(avro, value_of(value, 1), &out), DECODED); /* meanwhile */
    buf_clear(&out);
    assert_int_equal(decode_in_the_end(avro, value_of(value, 0x7fffffff), &out), DECODE_FAILED);
    assert_string_equal(why(avro), "it is not what schema 2147483647 says");
    assert_int_equal(reason(avro), UNDECODABLE_UNLIKE_SCHEMA);
    for (int i = 0; i < 100; i++) {
        buf_clear(&out);
        assert_int_equal(decode(avro, value_of(value, 1), &out), DECODED);
    }
    assert_int_equal(fake_registry_requests(&f), 2);
    struct avro_report report = report_of(avro);
    assert_int_equal(report.counters.records_unlike_schema, 1);
    assert_int_equal(report.counters.schema_lookups, 2);
    assert_int_equal(report.counters.schema_lookups_failed, 0);
    assert_int_equal(report.schemas, 2);
    assert_int_equal(report.schemas_awaited, 0);
    assert_in_range(report.schema_bytes, 2 * sizeof(void *), 2000);
    assert_string_equal(logged, "");
    avro_free(avro);
    fake_registry_stop(&f);
    buf_fini(&out);
}

static void unknown_schemas(void **state)
{
    struct fake_registry f;
    struct buf out = BUF_INIT;
    uint8_t value[6];
    (void)state;
    fake_registry_start(&f);
    fake_registry_answer(&f, "/schemas/ids/5", 404, UNKNOWN);
    fake_registry_answer(&f, "/schemas/ids/6", 404, UNKNOWN);
    struct avro *avro = open_avro(f.url, NULL);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(decode_in_the_end(avro, value_of(value, 5), &out), DECODE_FAILED);
        assert_string_equal(why(avro),
                            "its schema 5 is unusable: the registry has none of that id");
        assert_int_equal(reason(avro), UNDECODABLE_SCHEMA_UNUSABLE);
    }
    assert_int_equal(decode_in_the_end(avro, value_of(value, 6), &out), DECODE_FAILED);
    assert_int_equal(fake_registry_requests(&f), 2); /* it is remembered */
    struct avro_report report = report_of(avro);
    assert_int_equal(report.counters.records_without_schema, 101);
    assert_int_equal(report.counters.records_unlike_schema, 0);
    assert_int_equal(report.counters.schema_lookups, 2);
    assert_int_equal(report.schemas, 0);
    assert_string_equal(logged, "unusable: Schema 5 is unusable: the registry has none of "
                                "that id\n");
    avro_free(avro);
    fake_registry_stop(&f);
}

static void the_registry_goes_and_comes(void **state)
{
    struct fake_registry f;
    struct buf out = BUF_INIT;
    uint8_t value[6];
    (void)state;
    fake_registry_start(&f);
    fake_registry_answer(&f, "/schemas/ids/1", 401, "");
    struct avro *avro = open_avro(f.url, NULL);
    struct pollfd fd = {.fd = avro_fd(avro), .events = POLLIN};
    assert_int_equal(decode(avro, value_of(value, 1), &out), DECODE_LATER);
    while (fake_registry_requests(&f) < 2) {
        assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
        assert_false(avro_dispatch(avro));
        assert_int_equal(decode(avro, value_of(value, 1), &out), DECODE_LATER);
    }
    fake_registry_answer(&f, "/schemas/ids/1", 200, SCHEMA);
    assert_int_equal(decode_in_the_end(avro, value_of(value, 1), &out), DECODED);
    assert_string_equal(logged, "away: Schemas cannot be loaded; records that need new ones "
                                "wait: it answers with HTTP status 401\n"
                                "back: Schemas can be loaded again\n");
    assert_true(report_of(avro).counters.schema_lookups_failed >= 2);
    assert_int_equal(report_of(avro).counters.schema_lookups, 1);
    avro_free(avro);
    fake_registry_stop(&f);
    buf_fini(&out);
}

static void schemas_of_files(void **state)
{
    char directory[] = "/tmp/test_avro_room.XXXXXX";
    char path[64];
    struct buf out = BUF_INIT;
    uint8_t value[6];
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/7.avsc", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("\"long\"", file);
    assert_int_equal(fclose(file), 0);
    struct avro *avro = open_avro(NULL, directory);
    assert_int_equal(decode_in_the_end(avro, value_of(value, 8), &out), DECODE_FAILED);
    assert_int_equal(decode_in_the_end(avro, value_of(value, 7), &out), DECODED);
    assert_true(slice_eq_str(buf_slice(&out), "{\"value\":1"));
    avro_free(avro);
    remove(path);
    rmdir(directory);
    buf_fini(&out);
}

static void an_end_while_schemas_are_looked_for(void **state)
{
    struct fake_registry f;
    struct buf out = BUF_INIT;
    uint8_t value[6];
    (void)state;
    fake_registry_start(&f);
    fake_registry_be_silent(&f, true);
    struct avro *avro = open_avro(f.url, NULL);
    for (uint32_t id = 0; id < 1100; id++) { /* more than are looked for at a time */
        assert_int_equal(decode(avro, value_of(value, id), &out), DECODE_LATER);
    }
    avro_free(avro);
    avro_free(NULL);
    fake_registry_stop(&f);
}

static void bad_options(void **state)
{
    struct avro_options options = {.registry = "gopher://localhost", .timeout_ms = 1000};
    struct avro *avro = NULL;
    struct ksse_error error;
    (void)state;
    assert_true(avro_is_available());
    assert_int_equal(avro_new(&options, &avro, &error), KSSE_EVALUE);
    options.registry = NULL;
    assert_int_equal(avro_new(&options, &avro, &error), KSSE_EVALUE);
    options.directory = "/nonexistent";
    assert_int_equal(avro_new(&options, &avro, &error), KSSE_EVALUE);
    assert_null(avro);
}

/* Without a record: what the thread allocates would be in no order. */
static bool begin(void)
{
    struct avro_options options = {.directory = "/tmp", .timeout_ms = 1000};
    struct avro *avro;
    struct ksse_error error;
    if (avro_new(&options, &avro, &error) < 0) {
        assert_string_equal(error.message, "out of memory");
        return false;
    }
    avro_free(avro);
    return true;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(begin, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(records_are_decoded),
        cmocka_unit_test(unknown_schemas),
        cmocka_unit_test(the_registry_goes_and_comes),
        cmocka_unit_test(schemas_of_files),
        cmocka_unit_test(an_end_while_schemas_are_looked_for),
        cmocka_unit_test(bad_options),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
