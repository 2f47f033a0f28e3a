/* See registry_answer.h. Members that it does not know are skipped; of those that are there twice,
 * the last one counts. */
#include "avro/registry_answer.h"

static bool take_member(struct registry_answer *out, const struct json_reader *r,
                        enum json_token token, struct slice name)
{
    if (json_text_eq(name, "schema")) {
        out->schema = token == JSON_TOKEN_STRING ? r->text : slice_of(NULL, 0);
    } else if (json_text_eq(name, "schemaType")) {
        out->is_avro = token == JSON_TOKEN_NULL ||
                       (token == JSON_TOKEN_STRING && json_text_eq(r->text, "AVRO"));
    } else if (json_text_eq(name, "references") && token != JSON_TOKEN_NULL) {
        if (token != JSON_TOKEN_ARRAY_BEGIN) {
            return false;
        }
        out->has_references = true;
        out->references = *r;
    }
    return true;
}

int registry_answer_read(struct slice body, struct registry_answer *out)
{
    struct json_reader r;
    enum json_token token;
    struct registry_answer answer = {.is_avro = true};
    json_reader_init(&r, body);
    if (json_reader_next(&r) != JSON_TOKEN_OBJECT_BEGIN) {
        return KSSE_EVALUE;
    }
    while ((token = json_reader_next(&r)) == JSON_TOKEN_NAME) {
        struct slice name = r.text;
        token = json_reader_next(&r);
        if (!take_member(&answer, &r, token, name) || json_reader_skip(&r, token) < 0) {
            return KSSE_EVALUE;
        }
    }
    if (token != JSON_TOKEN_OBJECT_END || json_reader_next(&r) != JSON_TOKEN_END) {
        return KSSE_EVALUE;
    }
    *out = answer;
    return 0;
}

int64_t registry_answer_error_code(struct slice body)
{
    struct json_reader r;
    enum json_token token;
    int64_t code = 0;
    json_reader_init(&r, body);
    if (json_reader_next(&r) != JSON_TOKEN_OBJECT_BEGIN) {
        return 0;
    }
    while ((token = json_reader_next(&r)) == JSON_TOKEN_NAME) {
        bool is_code = json_text_eq(r.text, "error_code");
        token = json_reader_next(&r);
        if (is_code && (token != JSON_TOKEN_NUMBER || !json_number_is_int64(r.text, &code))) {
            return 0;
        }
        if (json_reader_skip(&r, token) < 0) {
            return 0;
        }
    }
    return token == JSON_TOKEN_OBJECT_END && json_reader_next(&r) == JSON_TOKEN_END ? code : 0;
}

enum registry_references_step registry_answer_next_reference(struct json_reader *references,
                                                             struct registry_reference *out)
{
    struct slice subject = slice_of(NULL, 0);
    int64_t version = 0;
    enum json_token token = json_reader_next(references);
    if (token == JSON_TOKEN_ARRAY_END) {
        return REFERENCES_END;
    }
    if (token != JSON_TOKEN_OBJECT_BEGIN) {
        return REFERENCES_BAD;
    }
    while ((token = json_reader_next(references)) == JSON_TOKEN_NAME) {
        bool is_subject = json_text_eq(references->text, "subject");
        bool is_version = json_text_eq(references->text, "version");
        token = json_reader_next(references);
        if (is_subject && token == JSON_TOKEN_STRING) {
            subject = references->text;
        } else if (is_version && (token != JSON_TOKEN_NUMBER ||
                                  !json_number_is_int64(references->text, &version))) {
            return REFERENCES_BAD;
        }
        if (json_reader_skip(references, token) < 0) {
            return REFERENCES_BAD;
        }
    }
    if (token != JSON_TOKEN_OBJECT_END || subject.len == 0 || version < 1) {
        return REFERENCES_BAD;
    }
    *out = (struct registry_reference){subject, version};
    return REFERENCES_NEXT;
}
