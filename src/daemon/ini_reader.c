/* Reads one line at a time. White space at a line's beginning is dropped: inih would take an
 * indented line as a continuation of the value above. */
#include "daemon/ini_reader.h"

#include <ctype.h>
#include <string.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* Cuts white space off both ends; `len` bytes of `text`, which is zero-terminated. */
static char *trim(char *text, size_t len)
{
    while (len > 0 && isspace((unsigned char)text[len - 1])) {
        len--;
    }
    text[len] = '\0';
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return text;
}

/* Takes the name out of "[name] ; comment". */
static void read_section(struct ini_reader *reader, char *text)
{
    char *end = strchr(text, ']');
    if (end == NULL) {
        reader->fault = "the ] of the section is missing";
        return;
    }
    const char *rest = trim(end + 1, strlen(end + 1));
    if (*rest != '\0' && *rest != ';' && *rest != '#') {
        reader->fault = "there is text behind the ] of the section";
        return;
    }
    reader->section = trim(text + 1, (size_t)(end - text - 1));
}

/* Keeps the value of a line that is too long for inih, which gets "name =" only. As in inih, a ';'
 * after white space begins a comment. */
static void split_long_line(struct ini_reader *reader, char *text, size_t room)
{
    size_t name_len = strcspn(text, "=:");
    if (text[name_len] == '\0' || name_len + 1 > room) {
        reader->fault = "the line is too long to be NAME = VALUE";
        return;
    }
    char *value = text + name_len + 1;
    size_t len = 0;
    while (value[len] != '\0' &&
           !(value[len] == ';' && len > 0 && isspace((unsigned char)value[len - 1]))) {
        len++;
    }
    reader->value = trim(value, len);
}

bool ini_reader_next(struct ini_reader *reader, char *out, int size)
{
    ssize_t len = getline(&reader->line, &reader->line_size, reader->file);
    if (len < 0) {
        return false;
    }
    reader->line_number++;
    reader->section = NULL;
    reader->value = NULL;
    reader->fault = strlen(reader->line) == (size_t)len ? NULL : "the line holds a NUL byte";
    char *text = reader->line;
    if (reader->line_number == 1 && strncmp(text, byte_order_mark, 3) == 0) {
        text += 3;
    }
    text = trim(text, strlen(text));
    const char *shown = text;
    size_t shown_len = strlen(text);
    size_t room = (size_t)size - 2; /* for the line feed and the zero */
    if (text[0] == '[') {
        read_section(reader, text);
        shown = "[section]";
        shown_len = strlen(shown);
    } else if (text[0] == '#' || text[0] == ';') {
        shown_len = 0;
    } else if (shown_len > room) {
        split_long_line(reader, text, room);
        shown_len = reader->value == NULL ? 0 : strcspn(text, "=:") + 1;
    }
    snprintf(out, (size_t)size, "%.*s\n", (int)shown_len, shown);
    return true;
}
