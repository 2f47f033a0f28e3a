"""Other people's clients, each a process whose output is read as it comes."""

import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

from .process import spawn
from .sse import Event, SseParser
from .wait import PATIENCE_S, Deadline, TooLate

HERE = pathlib.Path(__file__).resolve().parent


class Client:
    """A process; subclasses turn its output into things that next() hands out."""

    def __init__(self, command):
        self.process = spawn(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if "proxy" not in key.lower()},
        )  # fmt: skip
        self.output = queue.Queue()
        self.errors = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self.process.stdout:
            self.take(line)
        self.output.put(None)

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line.decode(errors="replace"))

    def take(self, line):
        if line.strip():
            self.output.put(json.loads(line))

    def next(self, timeout=PATIENCE_S):
        """The next thing; None at the end of the output."""
        try:
            return self.output.get(timeout=timeout)
        except queue.Empty:
            raise TooLate(f"nothing within {timeout} s; stderr: {self.errors[-20:]}") from None

    def wait(self, accept, timeout=PATIENCE_S):
        """Takes things until `accept` says yes to one; returns that."""
        deadline = Deadline(timeout, "the awaited line")
        while True:
            thing = self.next(deadline.left())
            assert thing is not None, f"ended: {self.errors[-20:]}"
            if accept(thing):
                return thing

    def messages(self, count, timeout=PATIENCE_S):
        """The next `count` messages as Events."""
        return [self.message(timeout) for _ in range(count)]

    def message(self, timeout=PATIENCE_S):
        line = self.wait(lambda thing: thing["type"] == "message", timeout)
        return Event("message", line["data"], line["id"], b"")

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE_S)


class NpmEventSource(Client):
    def __init__(self, url, last_id=None):
        script = HERE / "node" / "eventsource.mjs"
        super().__init__(["node", str(script), url, *([last_id] if last_id else [])])


def python_command(kind, url, last_id=None, media_type=None):
    arguments = [kind, url, last_id or "", media_type or ""]
    return [sys.executable, "-I", str(HERE / "python_client.py"), *arguments]


class PythonSseclient(Client):
    def __init__(self, url, last_id=None):
        super().__init__(python_command("sseclient", url, last_id))


class PythonSseclientPy(Client):
    def __init__(self, url, last_id=None):
        super().__init__(python_command("sseclient_py", url, last_id))


class PythonRequestsSse(Client):
    def __init__(self, url, last_id=None):
        super().__init__(python_command("requests_sse", url, last_id))


class BytesClient(Client):
    """Prints the body as it gets it."""

    def __init__(self, command):
        self.parser = SseParser()
        super().__init__(command)

    def take(self, line):
        for event in self.parser.feed(line):
            self.output.put({"type": event.type, "data": event.data, "id": event.id})


class Curl(BytesClient):
    def __init__(self, url, last_id=None, *options):
        header = ["-H", f"Last-Event-ID: {last_id}"] if last_id else []
        super().__init__(["curl", "-sSN", *header, *options, url])


class PythonRequestsLines(BytesClient):
    def __init__(self, url, last_id=None):
        super().__init__(python_command("requests_lines", url, last_id))


class PythonUrllib3Pieces(BytesClient):
    def __init__(self, url, last_id=None):
        super().__init__(python_command("urllib3_pieces", url, last_id))


class PerlHttpTiny(BytesClient):
    SCRIPT = """
        $| = 1;
        my ($url, $id) = @ARGV;
        my %fields = (Accept => "text/event-stream", $id ? ("Last-Event-ID" => $id) : ());
        my $answer = HTTP::Tiny->new->get(
            $url, {headers => \\%fields, data_callback => sub { print $_[0] }});
        $answer->{success} or die "$answer->{status} $answer->{content}";
    """

    def __init__(self, url, last_id=None):
        super().__init__(["perl", "-MHTTP::Tiny", "-e", self.SCRIPT, url, last_id or ""])


class Undrivable(Exception):
    """This browser is too old or too new for the playwright that is pinned here."""


class Browser(Client):
    """Headless. `name` is chromium or firefox, `path` the program. Undrivable."""

    def __init__(self, name, path):
        super().__init__(["node", str(HERE / "node" / "browser.mjs"), name, path])
        thing = self.wait(lambda thing: thing["type"] in ("ready", "undrivable"), 180)
        if thing["type"] == "undrivable":
            self.__exit__(None, None, None)
            raise Undrivable(thing["text"])

    def wait_for_type(self, type_, timeout=PATIENCE_S):
        def accept(thing):
            assert thing["type"] != "failed", thing
            return thing["type"] == type_

        return self.wait(accept, timeout)

    def command(self, **command):
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def open(self, url):
        self.command(open=url)
        self.wait_for_type("opened")

    def listen(self, url):
        self.command(listen=url)

    def evaluate(self, text):
        self.command(evaluate=text)
        return self.wait_for_type("value")["value"]

    def screenshot(self, path):
        self.command(screenshot=str(path))
        self.wait_for_type("saved")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            super().close()
