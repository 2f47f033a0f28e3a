/*
 * Reads lines of an INI file for inih. As packaged, inih silently cuts lines at 200 bytes and names
 * of sections at 49. The reader keeps what is longer, and gives inih a short line instead.
 */
#ifndef DAEMON_INI_READER_H
#define DAEMON_INI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct ini_reader {
    FILE *file;
    int line_number;     /* of the last line that was read */
    char *line;          /* that line, trimmed */
    size_t line_size;    /* allocated */
    const char *section; /* text between [ and ] when the line begins a section, else NULL */
    const char *value;   /* the value of a line that is too long for inih, else NULL */
    const char *fault;   /* what is wrong with the line, else NULL */
};

/*
 * Whether there is another line: then the line, or the short one for inih, is in `out`, at most
 * `size` bytes with a line feed and a zero. False at the file's end, and when reading fails
 * (ferror()).
 */
bool ini_reader_next(struct ini_reader *reader, char *out, int size);

#endif
