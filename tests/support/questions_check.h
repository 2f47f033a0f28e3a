/* The invariants of the queue of questions. */
#ifndef SUPPORT_QUESTIONS_CHECK_H
#define SUPPORT_QUESTIONS_CHECK_H

#include "kafka/questions.h"

/* Asserts what questions.h says of lists, maps and counts. Walks over everything once; requests may
 * be under way. */
void questions_check(const struct questions *q);

#endif
