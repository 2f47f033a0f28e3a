"""What a process holds: memory, descriptors, threads, and what it sends to the broker."""

import os
import pathlib
import re
import shutil
import subprocess

MIB = 1 << 20


def memory_bytes(pid, name="VmRSS"):
    """VmRSS, VmData, or VmHWM, the highest VmRSS so far."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def broker_bytes(pid, brokers):
    """
    How many bytes have come from the broker on connections that are open now; one that was closed
    takes its own along. None where `ss` cannot tell.
    """
    if shutil.which("ss") is None:
        return None
    return sum(
        int(found[1])
        for line in sockets_of(pid, brokers)
        if (found := re.search(r"\bbytes_received:(\d+)", line))
    )


def broker_sockets(pid, brokers):
    """
    How many connections to the broker the process has, and how many pieces of data it has sent on
    them: requests are small, so that each is one piece. None where `ss` cannot tell.
    """
    if shutil.which("ss") is None:
        return None
    details = sockets_of(pid, brokers)
    sent = [re.search(r"\bdata_segs_out:(\d+)", line) for line in details]
    return len(details), sum(int(found[1]) for found in sent if found)


def sockets_of(pid, brokers):
    """What `ss` says of each connection that the process has to the broker, a line each."""
    port = brokers.rpartition(":")[2]
    listed = subprocess.run(
        ["ss", "-tinpHO", "state", "established", f"dport = :{port}"],
        capture_output=True, text=True, check=True, timeout=10,
    ).stdout  # fmt: skip
    return [line for line in listed.splitlines() if f"pid={pid}," in line]
