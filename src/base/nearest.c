/* Edit distance with swaps of neighbours (optimal string alignment), on three rows of the table. */
#include "base/nearest.h"

#include <string.h>

static char folded(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c == '_' || c == '.' ? (char)'-' : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAREST_MAX_NAME + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = folded(a[i - 1]);
            char y = folded(b[j - 1]);
            row[j] = least(above[j] + 1, row[j - 1] + 1);
            row[j] = least(row[j], above[j - 1] + (x == y ? 0 : 1));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2])) {
                row[j] = least(row[j], second[j - 2] + 1);
            }
        }
    }
    return rows[a_len % 3][b_len];
}

void nearest_consider(struct nearest *search, const char *wanted, const char *candidate)
{
    size_t wanted_len = strlen(wanted);
    size_t len = strlen(candidate);
    if (wanted_len > NEAREST_MAX_NAME || len > NEAREST_MAX_NAME) {
        return;
    }
    size_t distance = edit_distance(wanted, wanted_len, candidate, len);
    size_t close = len / 3 > 1 ? len / 3 : 1;
    if (distance <= close && (search->name == NULL || distance < search->distance)) {
        search->name = candidate;
        search->distance = distance;
    }
}
