/* The environment: KAFKASSE_LINGER for the setting linger, and so on. */
#ifndef DAEMON_ENV_H
#define DAEMON_ENV_H

#include "daemon/daemon.h"

#define ENV_PREFIX "KAFKASSE_"
#define ENV_CONFIG_FILE "KAFKASSE_CONFIG"

/* Applies the environment. Variables that are not settings are ignored: the operator may not have
 * set them. KSSE_EVALUE or KSSE_ESYSTEM with *failure filled in. */
KSSE_CHECKED int env_apply(struct ksse_config *config, struct failure *failure);

/*
 * Logs each KAFKASSE_ variable that is not a setting, with the setting that has the nearest name.
 * Leaves out those that Kubernetes gives every container because of a service called kafkasse or
 * kafkasse-SOMETHING.
 */
void env_tell_unknown(struct ksse_config *config, ksse_log_fn log, void *opaque);

/* Whether a variable comes from Kubernetes. `name` begins after KAFKASSE_ and ends at '='. */
bool env_is_of_kubernetes(const char *name, size_t len, const char *value);

#endif
