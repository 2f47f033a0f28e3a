"""Settings of the environment: which are taken, refused or only told, and what goes before what."""

import pytest
from harness.command import described, refused, run, serve_and_end


def test_environment():
    env = {"KAFKASSE_LINGER": "5m", "KAFKASSE_MAX_CLIENTS": "7", "KAFKASSE_DEMO": "yes"}
    lines = described(run("-T", env=env))
    assert "with linger = 5m" in lines and "with max-clients = 7" in lines


@pytest.mark.parametrize(
    "variable, value, parts",
    [
        ("KAFKASSE_LINGER", "5", ["500ms"]),
        ("KAFKASSE_LINGER", "", ["500ms"]),
        ("KAFKASSE_TOPICS", "a,,b", ["empty item"]),
        ("KAFKASSE_MAX_CLIENTS", "tcp://10.0.0.1:6917", ["max-clients"]),
    ],
)
def test_wrong_environment(variable, value, parts):
    refused(run("--demo", env={variable: value}), variable[:80], *parts)


@pytest.mark.parametrize(
    "variable, parts",
    [
        ("KAFKASSE_LINGR", ['did you mean "linger"']),
        ("KAFKASSE_BIN", ['"bin"']),
        ("KAFKASSE_", ['""']),
        ("KAFKASSE_" + "X" * 1000, ["no setting"]),
        ("KAFKASSE_PORT", ['"port"']),
    ],
)
def test_unknown_variables_are_told(variable, parts):
    """Once, by a test of the configuration and by a server."""
    tested = run("--demo", "-T", env={variable: "5m"})
    assert tested.returncode == 0
    served = serve_and_end({variable: "5m"})
    told = [line["message"] for line in served if line["event"] == "unknown-variable"]
    for lines in (tested.stderr.splitlines(), told):
        assert len(lines) == 1, lines
        assert all(part in lines[0] for part in [variable[:80], "ignored", *parts]), lines


KUBERNETES = {
    "KAFKASSE_SERVICE_HOST": "10.0.171.239",
    "KAFKASSE_SERVICE_PORT": "6917",
    "KAFKASSE_SERVICE_PORT_HTTP": "6917",
    "KAFKASSE_PORT": "tcp://10.0.171.239:6917",
    "KAFKASSE_PORT_6917_TCP": "tcp://10.0.171.239:6917",
    "KAFKASSE_PORT_6917_TCP_PROTO": "tcp",
    "KAFKASSE_PORT_6917_TCP_PORT": "6917",
    "KAFKASSE_PORT_6917_TCP_ADDR": "10.0.171.239",
}


def test_what_kubernetes_sets_for_a_service_called_kafkasse():
    assert run("--demo", "-T", env=KUBERNETES).stderr == ""
    assert all(line["level"] == "info" for line in serve_and_end({**KUBERNETES, "KAFKASSE_DEMO": "1"}))


def test_precedence(config_file):
    path = config_file("brokers = file:1\nlinger = 2m\ntopics = file\n")

    def lingers(*args, **env):
        return [x for x in described(run("-T", *args, env=env)) if x.startswith("with linger")]

    assert lingers("-c", path) == ["with linger = 2m"]
    assert lingers("-c", path, KAFKASSE_LINGER="3m") == ["with linger = 3m"]
    assert lingers("-c", path, "--linger", "4m", KAFKASSE_LINGER="3m") == ["with linger = 4m"]
    assert lingers("-c", path, "--linger", "1m", KAFKASSE_LINGER="3m") == []
    lines = described(run("-T", "-c", path, "-t", "one", "-t", "^two", env={"KAFKASSE_TOPICS": "env"}))
    assert "  topics = one,^two" in lines
    assert "  topics = env" in described(run("-T", "-c", path, env={"KAFKASSE_TOPICS": "env"}))
    assert "  topics = file" in described(run("-T", "-c", path))


def test_file_from_the_environment(config_file, tmp_path):
    path = config_file("brokers = file:1\n")
    other = tmp_path / "other.ini"
    other.write_text("brokers = other:1\n")
    env = {"KAFKASSE_CONFIG": path}
    assert "reads from the Kafka cluster at file:1" in described(run("-T", env=env))
    lines = described(run("-T", "-c", str(other), env=env))
    assert "reads from the Kafka cluster at other:1" in lines
    refused(run("-T", env={"KAFKASSE_CONFIG": "/does/not/exist"}), "/does/not/exist")
