/* The environment: KAFKASSE_LINGER for the setting linger, and so on. */
#ifndef DAEMON_ENV_H
#define DAEMON_ENV_H

#include "daemon/daemon.h"

#define ENV_PREFIX "KAFKASSE_"
#define ENV_CONFIG_FILE "KAFKASSE_CONFIG"

/* Sets what the environment says. Variables that are no settings are left alone: who runs the
 * program need not have set them. 0 or -1. */
int env_apply(struct ksse_config *config, struct failure *failure);

/*
 * Says of each KAFKASSE_ variable that is no setting that it does nothing, and which setting has
 * the nearest name. Not of those that Kubernetes gives to every container because of a service
 * called kafkasse, or kafkasse-SOMETHING.
 */
void env_tell_unknown(struct ksse_config *config, ksse_log_fn log, void *opaque);

/* Whether a variable has such a name and value; `name` is behind KAFKASSE_ and ends at '='. */
bool env_is_of_kubernetes(const char *name, size_t len, const char *value);

#endif
