/* The parts of a slice that are too long for its header. */
#include "base/slice.h"

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

struct slice slice_cut(struct slice *rest, char sep)
{
    struct slice all = *rest;
    const char *at = all.len == 0 ? NULL : memchr(all.data, sep, all.len);
    if (at == NULL) {
        *rest = slice_of(NULL, 0);
        return all;
    }
    size_t head = (size_t)(at - all.data);
    *rest = slice_of(at + 1, all.len - head - 1);
    return slice_of(all.data, head);
}

bool slice_is_int64(struct slice s, int64_t *out)
{
    bool is_negative = s.len > 0 && s.data[0] == '-';
    size_t i = is_negative ? 1 : 0;
    if (i == s.len) {
        return false;
    }
    int64_t value = 0;
    for (; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }
        int64_t digit = s.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return false;
        }
    }
    /* Counted downwards: INT64_MIN has no positive twin. */
    if (!is_negative && __builtin_sub_overflow((int64_t)0, value, &value)) {
        return false;
    }
    *out = value;
    return true;
}
