"""What a reader may use, and that it ends with the service: it gives these up before it looks at the file."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def confine(*, memory: int, seconds: int, written: int) -> None:
    """Address space and each written file in bytes, seconds of the processor; uploads and pages go first."""
    die_with_parent()
    os.nice(19)
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: written,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))


def die_with_parent() -> None:
    """Killed when the thread that started this process is gone, so that a killed service leaves nobody at work."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
