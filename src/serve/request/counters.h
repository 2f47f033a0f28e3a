/* What connections and exchanges count. A plain value. */
#ifndef SERVE_REQUEST_COUNTERS_H
#define SERVE_REQUEST_COUNTERS_H

#include <stdint.h>

/* EXCHANGE_COUNTER(field, help), all only grow. */
struct exchange_counters {
#define EXCHANGE_COUNTER(field, help) uint64_t field;
#include "serve/request/counters.def"
#undef EXCHANGE_COUNTER
};

#endif
