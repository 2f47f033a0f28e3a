/*
 * ASSERT: a programmer's mistake ends the process, in every build.
 * It is for what cannot happen, never for what a client, a file or a broker may send.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Prints place and expression to stderr and aborts. Any thread. */
_Noreturn void assert_failed(const char *expr, const char *file, int line);

#define ASSERT(expr) ((expr) ? (void)0 : assert_failed(#expr, __FILE__, __LINE__))

#define CHECKED __attribute__((warn_unused_result))

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
