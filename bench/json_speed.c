/*
 * What decoding a record as JSON costs: checking it and taking white space out, as each record is
 * that comes from Kafka; beside jansson parsing and dumping it. It fails also when the two do not
 * agree on what comes out.
 *
 *     json_speed [seconds a side]
 */
#include "core/record.h"
#include "sample_record.h"
#include "speed.h"

#include <jansson.h>

enum {
    DUMP_BYTES = 16384
};

static struct buf decoded;
static char dumped[DUMP_BYTES];
static size_t dumped_len;

static bool decode(struct slice value)
{
    struct record record = {.topic = "demo.recentchange", .value = value};
    bool has_members;
    buf_clear(&decoded);
    return decoder_decode(decoder_builtin("json"), &record, &decoded, &has_members) == DECODED;
}

static json_t *load(struct slice text)
{
    json_error_t error;
    return json_loadb(text.data, text.len, 0, &error);
}

static bool load_and_dump(struct slice value)
{
    json_t *root = load(value);
    dumped_len = json_dumpb(root, dumped, sizeof(dumped), JSON_COMPACT);
    json_decref(root);
    return dumped_len > 0 && dumped_len <= sizeof(dumped);
}

static void check(struct slice value)
{
    if (!decode(value) || !load_and_dump(value)) {
        speed_fail("refused", value);
    }
    buf_append_char(&decoded, '}'); /* left out by decoders: _kafka comes there */
    json_t *ours = load(buf_slice(&decoded));
    json_t *theirs = load(slice_of(dumped, dumped_len));
    if (ours == NULL || !json_equal(ours, theirs)) {
        speed_fail("differs", value);
    }
    json_decref(ours);
    json_decref(theirs);
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
