"""What all system tests share: one broker and one server for most, others on request."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness.broker import Broker  # noqa: E402
from harness.server import Kafkasse, binary  # noqa: E402
from harness.topics import Topics  # noqa: E402


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not binary().exists():
        pytest.exit(f"{binary()} is not built", returncode=2)


@pytest.fixture(scope="session")
def broker():
    """A Kafka broker that nobody kills."""
    broker = Broker()
    try:
        broker.start()
        yield broker
    finally:
        broker.discard()


@pytest.fixture(scope="session")
def topics(broker):
    return Topics(broker.bootstrap)


@pytest.fixture(scope="session")
def shared_server(broker):
    """The server that most tests share: default settings, a heartbeat a second."""
    with Kafkasse(broker.bootstrap, "--metadata-refresh", "1s") as server:
        yield server


@pytest.fixture
def server(shared_server):
    """The shared server, which must be alive and well after each test, too."""
    assert shared_server.is_healthy()
    yield shared_server
    assert shared_server.is_healthy(), "\n".join(shared_server.lines[-40:])
    shared_server.check_output()


@pytest.fixture
def start(broker):
    """Starts servers with settings of their own; each is ended, and judged, with the test."""
    servers = []

    def start(*arguments, bootstrap=broker.bootstrap, **options):
        servers.append(Kafkasse(bootstrap, "--metadata-refresh", "1s", *arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def need():
    """`need("nginx")`: the program's path, or the test is skipped."""

    def need(*names):
        for name in names:
            path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
            if path:
                return path
        pytest.skip(f"{names[0]} is not installed")

    return need
