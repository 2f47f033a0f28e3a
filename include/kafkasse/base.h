/*
 * The version, and how functions are declared. Included by the other headers.
 */
#ifndef KAFKASSE_BASE_H
#define KAFKASSE_BASE_H

#define KSSE_VERSION "0.1.0" /* CMake reads it here */

#if defined(__GNUC__)
#define KSSE_API __attribute__((visibility("default")))  /* exported by the library */
#define KSSE_CHECKED __attribute__((warn_unused_result)) /* the result must be looked at */
#else
#define KSSE_API
#define KSSE_CHECKED
#endif

#endif
