/* Lists of topic names and regular expressions. A list keeps its text, which is copied and printed.
 */
#include "core/stream/topic_pattern.h"
#include "api/error.h"
#include "base/buf.h"
#include "base/mem.h"

enum {
    TOPIC_NAME_MAX = 249
};

static const char *const internal_topics[] = {"__consumer_offsets", "__transaction_state",
                                              "__share_group_state"};

bool topic_name_is_valid(struct slice name)
{
    if (name.len == 0 || name.len > TOPIC_NAME_MAX || slice_eq_str(name, ".") ||
        slice_eq_str(name, "..")) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

bool topic_is_internal(struct slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(internal_topics); i++) {
        if (slice_eq_str(name, internal_topics[i])) {
            return true;
        }
    }
    return false;
}

/* The end of the bracket expression that begins at `at`. A ']' directly after '[' or '[^' is a
 * member of it (POSIX.1-2017, 9.3.5). */
static size_t skip_brackets(struct slice s, size_t at)
{
    size_t i = at + 1;
    if (i < s.len && s.data[i] == '^') {
        i++;
    }
    if (i < s.len && s.data[i] == ']') {
        i++;
    }
    while (i < s.len && s.data[i] != ']') {
        i++;
    }
    return i;
}

/* The length of the regular expression at the start of `s`: up to a comma outside (), [] and {}. */
static size_t regex_length(struct slice s)
{
    size_t depth = 0;
    size_t i = 0;
    for (; i < s.len; i++) {
        char c = s.data[i];
        if (c == ',' && depth == 0) {
            return i;
        }
        if (c == '\\') {
            i++;
        } else if (c == '[') {
            i = skip_brackets(s, i);
        } else if (c == '(' || c == '{') {
            depth++;
        } else if ((c == ')' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return s.len;
}

/* Cuts the next item off *rest and trims it. After the last one, rest->data is NULL. */
static struct slice next_item(struct slice *rest)
{
    struct slice left = slice_trim(*rest);
    if (!slice_starts_with(left, "^")) {
        return slice_trim(slice_cut(rest, ','));
    }
    size_t len = regex_length(left);
    *rest = len < left.len ? slice_of(left.data + len + 1, left.len - len - 1) : slice_of(NULL, 0);
    return slice_trim(slice_of(left.data, len));
}

static int regcomp_failed(const struct topic_pattern *pattern, int failure,
                          struct ksse_error *error)
{
    if (failure == REG_ESPACE) {
        return error_no_memory(error);
    }
    char why[128];
    regerror(failure, &pattern->regex, why, sizeof why);
    error_set(error, "\"%.200s\" is no regular expression: %s", pattern->text, why);
    return KSSE_EVALUE;
}

/*
 * Compiles "^a|b" as "^(a|b)": in a list of allowed topics it must not match "web". It is compiled
 * unchanged first, or "^a)|(b" would pass.
 */
static int compile(struct topic_pattern *pattern, struct ksse_error *error)
{
    int failure = regcomp(&pattern->regex, pattern->text, REG_EXTENDED | REG_NOSUB);
    if (failure != 0) {
        return regcomp_failed(pattern, failure, error);
    }
    regfree(&pattern->regex);
    struct buf whole = BUF_INIT;
    buf_printf(&whole, "^(%s)", pattern->text + 1);
    buf_append_char(&whole, '\0');
    failure = buf_ok(&whole) ? regcomp(&pattern->regex, whole.data, REG_EXTENDED | REG_NOSUB)
                             : REG_ESPACE;
    buf_fini(&whole);
    return failure == 0 ? 0 : regcomp_failed(pattern, failure, error);
}

static int check_name(struct slice name, struct ksse_error *error)
{
    if (name.len == 0) {
        error_set(error, "there is an empty item in the list of topics");
        return KSSE_EVALUE;
    }
    if (!topic_name_is_valid(name)) {
        error_set(error,
                  "\"%.*s\" is no topic name (1 to 249 of a-z A-Z 0-9 . _ -); a regular expression "
                  "begins with ^",
                  (int)(name.len < 300 ? name.len : 300), name.data);
        return KSSE_EVALUE;
    }
    if (topic_is_internal(name)) {
        error_set(error, "\"%.*s\" is internal to Kafka and never served", SLICE_ARG(name));
        return KSSE_EVALUE;
    }
    return 0;
}

/* Appends `item` to the list. */
static int add_item(struct topic_patterns *patterns, struct slice item, struct ksse_error *error)
{
    bool is_regex = slice_starts_with(item, "^");
    int rc = is_regex ? 0 : check_name(item, error);
    if (rc < 0) {
        return rc;
    }
    size_t size = (patterns->count + 1) * sizeof *patterns->items;
    struct topic_pattern *items = mem_realloc(patterns->items, size);
    if (items == NULL) {
        return error_no_memory(error);
    }
    patterns->items = items;
    struct topic_pattern pattern = {.text = mem_strndup(item.data, item.len), .is_regex = is_regex};
    if (pattern.text == NULL) {
        return error_no_memory(error);
    }
    rc = is_regex ? compile(&pattern, error) : 0;
    if (rc < 0) {
        mem_free(pattern.text);
        return rc;
    }
    items[patterns->count++] = pattern;
    return 0;
}

int topic_patterns_parse(struct slice text, struct topic_patterns *out, struct ksse_error *error)
{
    struct topic_patterns made = {0};
    struct slice trimmed = slice_trim(text);
    if (trimmed.len == 0) {
        *out = made;
        return 0;
    }
    made.text = mem_strndup(trimmed.data, trimmed.len);
    int rc = made.text == NULL ? error_no_memory(error) : 0;
    struct slice rest = trimmed;
    while (rc == 0 && rest.data != NULL) {
        rc = add_item(&made, next_item(&rest), error);
    }
    if (rc < 0) {
        topic_patterns_fini(&made);
        return rc;
    }
    *out = made;
    return 0;
}

int topic_patterns_copy(struct topic_patterns *to, const struct topic_patterns *from)
{
    /* A regex_t cannot be copied. The text was parsed before, so only memory can be lacking. */
    return topic_patterns_parse(slice_str(from->text), to, NULL);
}

void topic_patterns_fini(struct topic_patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (patterns->items[i].is_regex) {
            regfree(&patterns->items[i].regex);
        }
        mem_free(patterns->items[i].text);
    }
    mem_free(patterns->items);
    mem_free(patterns->text);
    *patterns = (struct topic_patterns){0};
}

bool topic_patterns_match(const struct topic_patterns *patterns, const char *topic)
{
    if (topic_is_internal(slice_str(topic))) {
        return false;
    }
    for (size_t i = 0; i < patterns->count; i++) {
        const struct topic_pattern *item = &patterns->items[i];
        bool matches = item->is_regex ? regexec(&item->regex, topic, 0, NULL, 0) == 0
                                      : strcmp(item->text, topic) == 0;
        if (matches) {
            return true;
        }
    }
    return patterns->count == 0;
}

bool topic_patterns_have_regex(const struct topic_patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (patterns->items[i].is_regex) {
            return true;
        }
    }
    return false;
}
