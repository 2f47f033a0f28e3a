"""Child processes that do not outlive the tests, even when these are killed."""

import ctypes
import signal
import subprocess

_libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def _die_with_the_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command, **options):
    return subprocess.Popen(command, preexec_fn=_die_with_the_parent, **options)
