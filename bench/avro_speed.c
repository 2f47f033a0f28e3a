/*
 * What it costs to make JSON of an Avro record of some twenty fields, beside libavro's own generic
 * values and JSON. libavro's JSON has the types' names in unions, ours has not; both hold the same
 * values.
 *
 *     avro_speed [seconds a side]
 */
#include "avro/render.h"
#include "speed.h"

#include <avro.h>
#include <stdlib.h>

#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define TEXT(name) FIELD(name, "\"string\"")
#define PERHAPS(name) FIELD(name, "[\"null\",\"string\"]")
#define LONG(name) FIELD(name, "\"long\"")
#define CHANNEL "{\"type\":\"enum\",\"name\":\"Channel\",\"symbols\":[\"WEB\",\"SHOP\",\"PHONE\"]}"
#define TEXTS "{\"type\":\"array\",\"items\":\"string\"}"

/* clang-format off */
static const char schema_text[] =
    "{\"type\":\"record\",\"name\":\"Order\",\"fields\":["
    LONG("id") "," LONG("customer") "," TEXT("status") "," TEXT("currency") ","
    FIELD("price", "\"double\"") "," FIELD("tax", "\"double\"") "," FIELD("quantity", "\"int\"") ","
    LONG("created") "," LONG("updated") "," FIELD("paid", "\"boolean\"") ","
    PERHAPS("coupon") "," PERHAPS("comment") "," TEXT("name") "," TEXT("street") ","
    TEXT("city") "," TEXT("zip") "," TEXT("country") "," FIELD("weight", "\"float\"") ","
    FIELD("channel", CHANNEL) "," FIELD("tags", TEXTS) "]}";
/* clang-format on */

static struct plan *plan;
static struct buf out;
static avro_schema_t schema;
static avro_value_iface_t *class;
static avro_value_t value;

static bool run_render(struct slice record)
{
    bool has_members;
    buf_clear(&out);
    return plan_render(plan, record, &out, &has_members) == DECODED;
}

static bool run_libavro(struct slice record)
{
    char *json;
    avro_reader_t reader = avro_reader_memory(record.data, (int64_t)record.len);
    bool is_read =
        avro_value_read(reader, &value) == 0 && avro_value_to_json(&value, 1, &json) == 0;
    if (is_read) {
        free(json);
    }
    avro_reader_free(reader);
    avro_value_reset(&value);
    return is_read;
}

/* ---- records ---- */

static void put_long(struct buf *b, int64_t number)
{
    uint64_t bits = (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
    for (; bits >= 0x80; bits >>= 7) {
        buf_append_char(b, (char)(bits | 0x80));
    }
    buf_append_char(b, (char)bits);
}

static void put_text(struct buf *b, const char *text)
{
    put_long(b, (int64_t)strlen(text));
    buf_append_str(b, text);
}

static void make_record(struct buf *b, unsigned n)
{
    double price = 19.99 + n;
    double tax = price * 0.19; /* an ugly number */
    float weight = 0.25F * (float)(n % 40);
    put_long(b, 1800000000 + n);
    put_long(b, 700000 + n * 13);
    put_text(b, "delivered");
    put_text(b, "EUR");
    buf_append(b, &price, sizeof(price)); /* x86 and ARM have Avro's byte order */
    buf_append(b, &tax, sizeof(tax));
    put_long(b, n % 9);
    put_long(b, 1732382847000 + n);
    put_long(b, 1732382849000 + n);
    buf_append_char(b, (char)(n % 2));
    put_long(b, 0);
    put_long(b, 1);
    put_text(b, "please ring twice, the bell is \"weak\"");
    put_text(b, "Some Rather Long Name");
    put_text(b, "Hauptstra\xc3\x9f"
                "e 17");
    put_text(b, "M\xc3\xbcnchen");
    put_text(b, "80331");
    put_text(b, "DE");
    buf_append(b, &weight, sizeof(weight));
    put_long(b, n % 3);
    put_long(b, 2);
    put_text(b, "gift");
    put_text(b, "express");
    put_long(b, 0);
}

/* ---- measuring ---- */

static void prepare(void)
{
    char reason[256];
    if (plan_new(slice_str(schema_text), false, &plan, reason, sizeof(reason)) != PLAN_OK ||
        avro_schema_from_json_length(schema_text, strlen(schema_text), &schema) != 0) {
        speed_fail("bad schema", slice_str(schema_text));
    }
    class = avro_generic_class_from_schema(schema);
    avro_generic_value_new(class, &value);
}

int main(int argc, char **argv)
{
    static const struct speed_side ours = {"kafkasse", run_render};
    static const struct speed_side theirs = {"libavro", run_libavro};
    static struct buf records[SPEED_RECORDS];
    double seconds = speed_seconds(argc, argv);
    prepare();
    for (unsigned i = 0; i < SPEED_RECORDS; i++) {
        make_record(&records[i], i);
    }
    speed_compare("avro", "order", records, &ours, &theirs, seconds);
    for (unsigned i = 0; i < SPEED_RECORDS; i++) {
        buf_fini(&records[i]);
    }
    avro_value_decref(&value);
    avro_value_iface_decref(class);
    avro_schema_decref(schema);
    plan_free(plan);
    buf_fini(&out);
    return 0;
}
