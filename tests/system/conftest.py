"""What all system tests share: one broker and one server for most, others on request."""

import pathlib
import shutil
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness.broker import Broker  # noqa: E402
from harness.server import Kafkasse, binary  # noqa: E402
from harness.topics import Topics  # noqa: E402
from harness.web_proxy import WebProxy  # noqa: E402

pytest_plugins = ["harness.limit"]


def give_up(*_):
    raise KeyboardInterrupt  # so that fixtures clean up


def pytest_sessionstart(session):
    signal.signal(signal.SIGTERM, give_up)
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
    topics = Topics(broker.bootstrap)
    yield topics
    topics.producer.purge()  # so that nothing waits for a broker that is no more


@pytest.fixture(scope="session")
def shared_servers(broker):
    """The server that most tests share, the last of the list. Only a crash makes a second one."""
    servers = []
    yield servers
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def server(broker, shared_servers):
    """A server with default settings and a heartbeat a second, which must survive each test."""
    if not shared_servers or shared_servers[-1].process.poll() is not None:
        shared_servers.append(Kafkasse(broker.bootstrap, "--metadata-refresh", "1s"))
    server = shared_servers[-1]
    yield server
    assert server.is_healthy(), "\n".join(server.lines[-60:])
    server.check_output()


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


@pytest.fixture
def start_proxy(need, tmp_path):
    """`start_proxy("nginx", configuration)`: a WebProxy, ended with the test."""
    proxies = []

    def start_proxy(kind, configuration):
        proxies.append(WebProxy(kind, need(kind), configuration, tmp_path))
        return proxies[-1]

    yield start_proxy
    for proxy in proxies:
        proxy.stop()


@pytest.fixture
def config_file(tmp_path):
    """Writes a configuration file and returns its path."""

    def write(content):
        path = tmp_path / "kafkasse.ini"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    return write
