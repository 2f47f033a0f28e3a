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


def broker_sockets(pid, brokers):
    """
    How many connections to the broker the process has, and how many pieces of data it has sent on
    them: requests are small, so that each is one piece. None where `ss` cannot tell.
    """
    if shutil.which("ss") is None:
        return None
    port = brokers.rpartition(":")[2]
    listed = subprocess.run(
        ["ss", "-tinpH", "state", "established", f"dport = :{port}"],
        capture_output=True, text=True, check=True, timeout=10,
    ).stdout  # fmt: skip
    sockets = requests = 0
    is_ours = False
    for line in listed.splitlines():
        if not line[:1].isspace():
            is_ours = f"pid={pid}," in line
            sockets += is_ours
        elif is_ours:
            sent = re.search(r"\bdata_segs_out:(\d+)", line)
            requests += int(sent[1]) if sent else 0
    return sockets, requests
