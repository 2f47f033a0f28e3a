/* The table of refusals and its JSON form. */
#include "core/stream/refusal.h"
#include "core/json/json.h"

struct refusal_row {
    int status;
    const char *name;
    const char *sentence;
};

static const struct refusal_row rows[] = {
    [REFUSED_NOT] = {200, "", ""},
#define REFUSAL(code, status, name, sentence) [REFUSED_##code] = {status, name, sentence},
#include "core/stream/refusal.def"
#undef REFUSAL
};
_Static_assert(ARRAY_LEN(rows) == REFUSAL_COUNT && REFUSED_NOT == 0, "a row for each code");

void refusal_fini(struct refusal *r)
{
    buf_fini(&r->message);
    buf_fini(&r->extra);
}

int refusal_status(enum refusal_code code)
{
    ASSERT(code < REFUSAL_COUNT);
    return rows[code].status;
}

int refusal_http_status(const struct refusal *r)
{
    return r->status != 0 ? r->status : refusal_status(r->code);
}

const char *refusal_name(enum refusal_code code)
{
    ASSERT(code < REFUSAL_COUNT);
    return rows[code].name;
}

void refusal_append_json(const struct refusal *r, struct buf *out)
{
    ASSERT(r->code > REFUSED_NOT && r->code < REFUSAL_COUNT);
    const struct refusal_row *row = &rows[r->code];
    buf_append_str(out, "{\"message\":");
    json_append_string(out, r->message.len > 0 ? buf_slice(&r->message) : slice_str(row->sentence));
    buf_append_str(out, ",\"origin\":\"KafkaSSE\",\"name\":\"");
    buf_append_str(out, row->name);
    buf_append_str(out, "\"");
    buf_append_slice(out, buf_slice(&r->extra));
    buf_printf(out, ",\"statusCode\":%d}", refusal_http_status(r));
}
