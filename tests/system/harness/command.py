"""The program as a command: what it says and how it ends."""

import json
import os
import signal
import subprocess

from .server import binary
from .wait import PATIENCE_S

BAD_CONFIG = 78


def clean_environment(more=None):
    """Without any KAFKASSE_ variable but these."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("KAFKASSE_")}
    return {**clean, **(more or {})}


def run(*args, env=None):
    return subprocess.run(
        [binary(), *args], env=clean_environment(env), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def refused(result, *parts):
    """The program said one line that has all parts, and exited with 78."""
    assert result.returncode == BAD_CONFIG, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("kafkasse: "), result.stderr
    for part in parts:
        assert part in lines[0]


def described(result):
    """The lines of -T."""
    assert result.returncode == 0, result
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[-1] == "the configuration is good"
    return lines[:-1]


def read_log_until(process, name, lines):
    """Appends lines of the log until one has this event; returns that."""
    for line in process.stderr:
        lines.append(json.loads(line))
        if lines[-1]["event"] == name:
            return lines[-1]
    raise AssertionError(f"no {name} in {lines}")


def serve_and_end(env=None, number=signal.SIGTERM, harmless=()):
    """
    Serves a Kafka that is away (port 1 refuses) until it listens, sends the signals that must not
    end it, which each give a line, and the one that does. Returns the log.
    """
    args = [] if env and "KAFKASSE_DEMO" in env else ["-b", "127.0.0.1:1"]
    args += ["-l", "127.0.0.1:0", "--log-format", "json"]
    lines = []
    with subprocess.Popen(
        [binary(), *args], env=clean_environment(env), stderr=subprocess.PIPE
    ) as process:
        try:
            event = read_log_until(process, "listening", lines)
            for other in harmless:
                process.send_signal(other)
            if signal.SIGHUP in harmless:
                read_log_until(process, "no-reload", lines)
            process.send_signal(number)
            rest = process.communicate(timeout=PATIENCE_S)[1]
        finally:
            process.kill()  # else what went wrong above would be waited for
    assert process.returncode == 0
    assert 0 < int(event["port"]) < 65536
    assert f"http://127.0.0.1:{event['port']}/" in event["message"]
    return lines + [json.loads(line) for line in rest.splitlines()]
