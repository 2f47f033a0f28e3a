/*
 * Lines of an INI file, in a form that inih takes. As packaged, inih cuts lines at 200 bytes and
 * names of sections at 49 without a word; what does not fit is kept here, and inih gets a stand-in.
 */
#ifndef DAEMON_INI_READER_H
#define DAEMON_INI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct ini_reader {
    FILE *file;
    int line_number;     /* of the line that was read last */
    char *line;          /* that line, trimmed */
    size_t line_size;    /* allocated */
    const char *section; /* text between [ and ] when the line begins a section, else NULL */
    const char *value;   /* the value of a line that is too long for inih, else NULL */
    const char *fault;   /* what is wrong with the line, else NULL */
};

/*
 * Reads the next line and writes it, or its stand-in, to `out`: at most `size` bytes, ending with a
 * line feed and a zero. False at the end of the file, or when reading fails (ferror()).
 */
bool ini_reader_next(struct ini_reader *reader, char *out, int size);

#endif
