"""The examples of embedding, as programs: what their first lines say works, on the demo's cluster."""

import contextlib
import http.client
import itertools
import json
import socket
import subprocess

import pytest
from harness.process import spawn
from harness.server import binary
from harness.wait import PATIENCE_S, wait_for


@contextlib.contextmanager
def running(name, *arguments):
    program = binary().parent / "tests" / f"embed-{name}"
    if not program.exists():
        pytest.skip(f"{program} is not built")
    process = spawn([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_serve_fd():
    port = free_port()

    def ask(token, path="/demo.recentchange?since=0"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse()

    def is_listening():
        with contextlib.suppress(ConnectionError):
            return ask("wrong").status
        return None

    with running("serve_fd", str(port)):
        assert wait_for(is_listening, what="the example listens") == 401
        stream = ask("sesame")
        assert stream.status == 200
        assert stream.getheader("Content-Type") == "text/event-stream; charset=utf-8"
        assert stream.readline() == b":ok\n"
        assert stream.readline() == b"\n"
        assert stream.readline() == b"event: message\n"
        assert ask("sesame", "/nothing").status == 404


def test_notifications():
    """Each session sees its user's records, whatever it asks for."""
    port = free_port()

    def ask(cookie, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", path, headers={"Cookie": cookie})
        return connection.getresponse()

    def is_listening():
        with contextlib.suppress(ConnectionError):
            return ask("", "/demo.recentchange").status
        return None

    with running("notifications", "demo", "yes", "listen", f"127.0.0.1:{port}"):
        assert wait_for(is_listening, what="the example listens") == 401
        for cookie in ("session=wrong", "xsession=5f1c", "session=5f1cx", "session="):
            assert ask(cookie, "/demo.recentchange").status == 401
        assert ask("session=5f1c", "/demo.page-create").status == 404
        for cookie, user in (("session=5f1c", "QuietHeron"), ("a=b; session=a9e0", "Marginalia")):
            stream = ask(cookie, "/demo.recentchange?since=0&filter=true")
            assert stream.status == 200
            records = (json.loads(line[6:]) for line in stream if line.startswith(b"data: {"))
            users = {record["user"] for record in itertools.islice(records, 5)}
            assert users == {user}


def test_pull():
    with running("pull", "demo.recentchange") as process:
        assert process.stdout.readline() == b":ok\n"
        assert process.stdout.readline() == b"\n"
        assert process.stdout.readline() == b"event: message\n"
        assert process.stdout.readline().startswith(b"id: [")
        assert process.stdout.readline().startswith(b"data: {")
