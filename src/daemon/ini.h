/*
 * The configuration file:
 *
 *     brokers = kafka1:9092,kafka2:9092     ; settings, before the first section
 *     [kafka]                               ; librdkafka's properties
 *     security.protocol = SASL_SSL
 *     [route /v2/stream/{topics}]           ; a route and its options
 *     id-format = timestamp
 *     [alias recentchange]                  ; a name that stands for topics
 *     topics = eqiad.recentchange, codfw.recentchange
 */
#ifndef DAEMON_INI_H
#define DAEMON_INI_H

#include "daemon/daemon.h"

/* Applies the file. KSSE_EVALUE or KSSE_ESYSTEM with *failure filled in, which names the line. */
KSSE_CHECKED int ini_apply(struct ksse_config *config, const char *path, struct failure *failure);

#endif
