"""What the allocator of a server holds, told by bench-heap_report.so, which is preloaded into it."""

import contextlib
import json
import os
import pathlib
import signal
import tempfile

from harness.wait import wait_for

from .bench import Skip
from .process import MIB, memory_bytes


class Heap:
    """`with heap(bench) as one:` gives one; the server to ask about is started with `one.env`."""

    def __init__(self, module, path):
        self.path = path
        self.env = {"LD_PRELOAD": str(module), "HEAP_REPORT": str(path)}

    def read(self, pid):
        """
        MiB: `rss` that the process has, `in_use` that it has allocated and not freed, `kept` that the
        allocator holds free, and the `trimmed` rss when this was given back as far as that goes.
        """
        rss, known = memory_bytes(pid), len(self.lines())
        os.kill(pid, signal.SIGUSR2)
        wait_for(lambda: len(self.lines()) > known, 20, what="a report of the heap")
        found = json.loads(self.lines()[-1])
        found.update(rss=rss, trimmed=memory_bytes(pid))
        return {name: size / MIB for name, size in found.items()}

    def lines(self):
        """The whole ones."""
        text = self.path.read_text() if self.path.exists() else ""
        return text.split("\n")[:-1]


@contextlib.contextmanager
def heap(bench):
    module = bench.programs / "bench-heap_report.so"
    if not module.exists():
        raise Skip("bench-heap_report.so needs glibc 2.33 and a build without sanitizers")
    with tempfile.TemporaryDirectory() as folder:
        yield Heap(module.resolve(), pathlib.Path(folder) / "report")
