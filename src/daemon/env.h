/* The environment: KAFKASSE_LINGER for the setting linger, and so on. */
#ifndef DAEMON_ENV_H
#define DAEMON_ENV_H

#include "daemon/daemon.h"

#define ENV_PREFIX "KAFKASSE_"
#define ENV_CONFIG_FILE "KAFKASSE_CONFIG"

/* Sets what the environment says. A KAFKASSE_ variable that is no setting is a failure. 0 or -1. */
int env_apply(struct ksse_config *config, struct failure *failure);

#endif
