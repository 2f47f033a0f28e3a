/* One thread in sigwait(). See hangup.h. */
#include "daemon/hangup.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

static struct {
    pthread_t thread;
    sigset_t signals;
    atomic_bool is_over;
    ksse_log_fn log;
    void *opaque;
} hangup;

static void *take_signals(void *opaque)
{
    (void)opaque;
    int number;
    while (sigwait(&hangup.signals, &number) == 0 && !atomic_load(&hangup.is_over)) {
        hangup.log(
            hangup.opaque, KSSE_LOG_WARNING, "no-reload",
            "SIGHUP changes nothing: the configuration is read at the start only. Restart to "
            "change it.",
            NULL, 0);
    }
    return NULL;
}

int hangup_start(ksse_log_fn log, void *opaque)
{
    sigset_t all;
    sigset_t before;
    hangup.log = log;
    hangup.opaque = opaque;
    sigemptyset(&hangup.signals);
    sigaddset(&hangup.signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hangup.signals, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&hangup.thread, NULL, take_signals, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? 0 : KSSE_ESYSTEM;
}

void hangup_stop(void)
{
    atomic_store(&hangup.is_over, true);
    pthread_kill(hangup.thread, SIGHUP);
    pthread_join(hangup.thread, NULL);
}
