/*
 * What rendering a record as JSON costs: checking it and taking white space out, as each record is
 * that comes from Kafka; beside jansson parsing and dumping it. It fails also when the two do not
 * agree on what comes out.
 *
 *     json_speed [seconds a side]
 */
#include "core/stream/record.h"
#include "jansson_side.h"
#include "sample_record.h"
#include "speed.h"

static struct buf decoded;
static struct jansson_dump dumped;

static bool decode(struct slice value)
{
    struct record record = {.topic = "demo.recentchange", .value = value};
    bool has_members;
    buf_clear(&decoded);
    return deserializer_decode(deserializer_builtin("json"), &record, &decoded, &has_members) ==
           DECODED;
}

static bool load_and_dump(struct slice value)
{
    return jansson_dump(jansson_load(value), &dumped);
}

static void check(struct slice value)
{
    if (!decode(value) || !load_and_dump(value)) {
        speed_fail("refused", value);
    }
    buf_append_char(&decoded, '}'); /* left out by deserializers: _kafka comes there */
    if (!jansson_agrees(&dumped, buf_slice(&decoded))) {
        speed_fail("differs", value);
    }
}

int main(int argc, char **argv)
{
    static const struct speed_side ours = {"kafkasse", decode};
    static const struct speed_side theirs = {"jansson", load_and_dump};
    static struct buf records[SPEED_RECORDS];
    double seconds = speed_seconds(argc, argv);
    for (size_t i = 0; i < ARRAY_LEN(sample_styles); i++) {
        sample_records(records, SPEED_RECORDS, &sample_styles[i], false);
        for (size_t r = 0; r < SPEED_RECORDS; r++) {
            check(buf_slice(&records[r]));
        }
        speed_compare("json", sample_styles[i].name, records, &ours, &theirs, seconds);
    }
    for (size_t r = 0; r < SPEED_RECORDS; r++) {
        buf_fini(&records[r]);
    }
    buf_fini(&decoded);
    return 0;
}
