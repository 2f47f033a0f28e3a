"""The daemon's command line, environment and file. Nothing here needs Kafka or serves anybody.

KAFKASSE_BIN names the program to test; it is build/kafkasse if that is not set.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest
from harness.wait import PATIENCE_S

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("KAFKASSE_BIN", str(ROOT / "build" / "kafkasse"))

BAD_CONFIG = 78


def run(*args, env=None):
    # The daemon takes every KAFKASSE_ variable for a setting, KAFKASSE_BIN too.
    clean = {k: v for k, v in os.environ.items() if not k.startswith("KAFKASSE_")}
    clean.update(env or {})
    return subprocess.run(
        [PROGRAM, *args], env=clean, capture_output=True, text=True, timeout=PATIENCE_S,
        check=False,
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


@pytest.fixture(name="file")
def file_fixture(tmp_path):
    """Writes a configuration file and returns its path."""

    def write(content):
        path = tmp_path / "kafkasse.ini"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    return write


def test_help_is_a_page():
    result = run("-h")
    assert result.returncode == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Usage: kafkasse -b BROKERS")
    assert max(len(line) for line in lines) <= 100
    for option in ["-b, --brokers HOST:PORT", "-l, --listen ADDR:PORT", "--linger TIME", "-T, --test"]:
        assert option in result.stdout
    for heading in ["Examples:", "Kafka:", "HTTP:", "Streams:", "Limits:", "Log:"]:
        assert heading in lines
    assert run("--help").stdout == result.stdout
    assert run("-T", "--help", "-V").stdout == result.stdout


def test_version():
    result = run("-V")
    assert result.returncode == 0
    assert re.fullmatch(r"kafkasse \d+\.\d+\.\d+\n", result.stdout)


def test_reference_is_up_to_date():
    result = run("--print-reference")
    assert result.returncode == 0
    assert (ROOT / "docs" / "reference.md").read_text() == result.stdout


def test_reference_knows_all_options():
    options = set(re.findall(r"--[a-z][a-z0-9-]+", run("-h").stdout))
    reference = run("--print-reference").stdout
    assert len(options) > 30
    assert {option for option in options if option not in reference} == set()


def test_output_that_nobody_takes():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(
            [PROGRAM, "-h"], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False
        )
    assert result.returncode == 71


def test_defaults():
    lines = described(run("-T", "-b", "kafka:9092"))
    options = ["  id-format = offset", "  default-start = latest", "  gap = event"]
    options += ["  deserializer = json", "  headers = no"]
    options += ["  client-filter = yes", "  client-fields = yes"]
    topics = "  topics = (all but Kafka's internal ones)"
    assert lines == [
        "listens on 127.0.0.1:6917",
        "reads from the Kafka cluster at kafka:9092",
        "serves /{topics}",
        topics,
        *options,
        "serves /v2/stream/{topics}",
        topics,
        *options,
        "with cors-origin = loopback",
    ]


def test_demo():
    assert "reads from the demo's mock cluster" in described(run("-T", "--demo"))
    assert "reads from the demo's mock cluster" in described(run("-T", "--demo=yes"))
    assert "reads from the Kafka cluster at b" in described(run("-T", "--demo=no", "-b", "b"))


def test_without_kafka():
    refused(run(), "-b HOST:PORT", "--demo")
    refused(run("-T"), "-b HOST:PORT", "--demo")


@pytest.mark.parametrize(
    "args, parts",
    [
        (["-q"], ["-q"]),
        (["--demo", "-qT"], ["-q"]),
        (["--lingr", "2m"], ["--lingr", 'did you mean "linger"']),
        (["--something-else"], ["--something-else"]),
        (["--max-c", "2"], ["--max-c", "several options"]),
        (["--test=yes"], ["--test", "no value"]),
        (["-b"], ["-b", "value is missing"]),
        (["--linger"], ["--linger", "value is missing"]),
        (["kafka:9092"], ["kafka:9092", "-b"]),
        (["--linger", "10"], ["--linger", "500ms, 15s, 2m or 1h"]),
        (["--linger", "25h"], ["--linger", "0..24h"]),
        (["--max-head", "1KB"], ["--max-head", "KiB"]),
        (["--max-clients", "many"], ["--max-clients", "whole number"]),
        (["--max-clients", "0"], ["--max-clients", "1..10000000"]),
        (["--id-format", "compact"], ["--id-format", "offset | timestamp"]),
        (["--demo=perhaps"], ["--demo", "yes or no"]),
        (["-l", "6917"], ["--listen", "ADDR:PORT"]),
        (["--demo", "-l", "off"], ["listen = off", "127.0.0.1:6917"]),
        (["-l", "localhost:99999"], ["--listen", "65535"]),
        (["--cors-origin", "a\r\nb: c"], ["--cors-origin", "control"]),
        (["-t", "a b"], ["--topics", '"a b"']),
        (["-t", "a", "-t", "^("], ["--topics", '"^("', "regular expression"]),
        (["-t", "__consumer_offsets"], ["--topics", "internal"]),
        (["-X", "group.id"], ["-X", "PROPERTY=VALUE"]),
        (["-X", "=x"], ["-X", "PROPERTY=VALUE"]),
        (["-X", "group.id=x"], ["-X", "group.id", "consumer group"]),
        (["-X", "bootstrap.servers=x"], ["bootstrap.servers", "brokers (-b)"]),
        (["-X", "sasl.mechansm=PLAIN"], ["sasl.mechansm", 'did you mean "sasl.mechanism']),
        (["-X", "security.protocol=ssh"], ["security.protocol", "ssh"]),
        (["-c", "/does/not/exist.ini"], ["/does/not/exist.ini", "No such file"]),
        (["-c", "/"], ["/", "directory"]),
        (["--demo", "-b", "x"], ["brokers and demo"]),
        (["--demo", "--retry-min", "10s"], ["retry-min", "retry-max"]),
    ],
)
def test_wrong_options(args, parts):
    refused(run(*args), *parts)


@pytest.mark.parametrize(
    "content, line, parts",
    [
        ("lingr = 2m\n", 1, ['"lingr"', 'did you mean "linger"']),
        ("\n; comment\n# comment\nlinger = 2\n", 4, ["linger", "2m"]),
        ("linger = 1m\nlinger = 2m\n", 2, ["linger", "line 1"]),
        ("just words\n", 1, ["NAME = VALUE"]),
        ("linger = 2m\n\njust words\n", 3, ["NAME = VALUE"]),
        ("= 5\n", 1, ['""']),
        ("x" * 500 + "\n", 1, ["too long"]),
        (b"lin\0ger = 2m\n", 1, ["NUL"]),
        ("[kafka\n", 1, ["]"]),
        ("[kafka] linger = 2m\n", 1, ["behind the ]"]),
        ("[kafkasse]\n", 1, ["[kafkasse]", "[kafka]", "[route", "[alias"]),
        ("[]\n", 1, ["[]"]),
        ("[route]\n", 1, ["[route]"]),
        ("[kafka]\n[kafka]\n", 2, ["[kafka]", "line 1"]),
        ("[kafka]\ngroup.id = x\n", 2, ["group.id", "consumer group"]),
        ("[kafka]\nauto.offset.reset = x\n", 2, ["auto.offset.reset", "default-start"]),
        ("[kafka]\nclient_id = x\n", 2, ["client_id", 'did you mean "client.id"']),
        ("[kafka]\nclient.id = a\nclient.id = b\n", 3, ["client.id", "line 2"]),
        ("[kafka]\nlinger = 2m\n", 2, ['"linger"']),
        ("[route /{topics}]\ngapp = event\n", 2, ['"gapp"', 'did you mean "gap"']),
        ("[route /{topics}]\nlinger = 2m\n", 2, ["linger", "whole server"]),
        ("[route /{topics}]\ngap = loud\n", 2, ["gap", "event | silent | error"]),
        ("[route  /{topics}]\n\n[route /{topics} ] ; again\n", 3, ["/{topics}", "line 1"]),
        ("[route {topics}]\n", 1, ["begin with /"]),
        ("[route /]\n", 1, ["page for people"]),
        ("[route /-/{topics}]\n", 1, ["own pages"]),
        ("[route /x{topics}]\n", 1, ["whole segment"]),
        ("[route /{topics}/{topics}]\n", 1, ["more than once"]),
        ("[alias x]\nname = y\n", 2, ['"name"', "topics"]),
        ("[alias x]\ntopics = ^y\n", 2, ["x", "^"]),
        ("[alias a/b]\ntopics = y\n", 2, ["a/b"]),
    ],
)
def test_wrong_files(file, content, line, parts):
    path = file(content)
    refused(run("--demo", "-T", "-c", path), f"{path}:{line}: ", *parts)


def test_wrong_files_as_a_whole(file):
    path = file("[route /x]\n")
    refused(run("--demo", "-c", path), path, "/x", "topics")
    path = file("[route /{topics}]\n[route /x]\ntopics = a\n")
    refused(run("--demo", "-c", path), path, "/x is never reached")


def test_secrets_stay_secret(file):
    path = file("[kafka]\nsasl.password = hunter2\nssl.key.password = hunter2\n")
    result = run("--demo", "-T", "-c", path)
    assert "  with Kafka property sasl.password = (not shown)" in described(result)
    assert "hunter2" not in result.stdout
    path = file("[kafka]\nsasl.password = hunter2\nnonsense = 1\n")
    assert "hunter2" not in run("--demo", "-T", "-c", path).stderr


RECORDS = [
    "  deserializer = json",
    "  headers = no",
    "  client-filter = yes",
    "  client-fields = yes",
]


def test_a_whole_file(file):
    path = file(
        """\
        ; indented lines are lines like all others
        brokers = a:9092,b:9092      ; a comment
        topics = x, y
        topics = ^z{1,2}
        max-clients=5
        [kafka]
        security.protocol: ssl
        [route /v2/{topics}]
        gap = silent
        [route /fixed]
        topics = x
        topics = y
        [alias e]
        topics = p
        topics = q, r
        """
    )
    lines = described(run("-T", "-c", path))
    assert lines == [
        "listens on 127.0.0.1:6917",
        "reads from the Kafka cluster at a:9092,b:9092",
        "  with Kafka property security.protocol = ssl",
        "serves /v2/{topics}",
        "  topics = x, y,^z{1,2}",
        "  id-format = offset",
        "  default-start = latest",
        "  gap = silent",
        *RECORDS,
        "serves /fixed",
        "  topics = x,y",
        "  id-format = offset",
        "  default-start = latest",
        "  gap = event",
        *RECORDS,
        'with {topics} "e" standing for p,q, r',
        "with cors-origin = loopback",
        "with max-clients = 5",
    ]


def test_the_annotated_file():
    lines = described(run("-T", "-c", str(ROOT / "docs" / "kafkasse.ini")))
    assert any("/people/{topics}" in line for line in lines)


def test_long_lines_and_sections(file):
    """inih, as packaged, cuts lines at 200 bytes and sections at 49: nobody may notice."""
    brokers = ",".join(f"broker-{i}.kafka.example:9092" for i in range(40))
    route = "/" + "r" * 300 + "/{topics}"
    path = file(f"brokers = {brokers} ; comment\n[route {route}1]\n")
    refused(run("-T", "-c", path), f"{path}:2: ", "whole segment")
    path = file(f"brokers = {brokers} ; comment\n[route {route}]\n[route {route}/x]\n")
    lines = described(run("-T", "-c", path))
    assert f"reads from the Kafka cluster at {brokers}" in lines
    assert f"serves {route}" in lines
    assert f"serves {route}/x" in lines


@pytest.mark.parametrize("length", range(190, 206))
def test_lines_around_inihs_limit(file, length):
    brokers = "b" * (length - len("brokers="))
    for end in ["", "\n", "\r\n"]:
        lines = described(run("-T", "-c", file(f"brokers={brokers}{end}")))
        assert f"reads from the Kafka cluster at {brokers}" in lines


def test_other_forms_of_files(file):
    assert "with linger = 5m" in described(run("--demo", "-T", "-c", file("linger = 5m")))
    path = file(b"\xef\xbb\xbflinger = 5m\r\n")
    assert "with linger = 5m" in described(run("--demo", "-T", "-c", path))
    assert described(run("--demo", "-T", "-c", file("")))


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


def test_precedence(file):
    path = file("brokers = file:1\nlinger = 2m\ntopics = file\n")

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


def test_file_from_the_environment(file, tmp_path):
    path = file("brokers = file:1\n")
    other = tmp_path / "other.ini"
    other.write_text("brokers = other:1\n")
    env = {"KAFKASSE_CONFIG": path}
    assert "reads from the Kafka cluster at file:1" in described(run("-T", env=env))
    lines = described(run("-T", "-c", str(other), env=env))
    assert "reads from the Kafka cluster at other:1" in lines
    refused(run("-T", env={"KAFKASSE_CONFIG": "/does/not/exist"}), "/does/not/exist")


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
    clean = {k: v for k, v in os.environ.items() if not k.startswith("KAFKASSE_")}
    args = [] if env and "KAFKASSE_DEMO" in env else ["-b", "127.0.0.1:1"]
    args += ["-l", "127.0.0.1:0", "--log-format", "json"]
    lines = []
    with subprocess.Popen(
        [PROGRAM, *args], env={**clean, **(env or {})}, stderr=subprocess.PIPE
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_it_well(number):
    assert "draining" in [line["event"] for line in serve_and_end(number=number)]


def test_other_signals_do_not_end_it():
    others = [signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR2, signal.SIGPIPE]
    events = [line["event"] for line in serve_and_end(harmless=others)]
    assert events.count("no-reload") == 1
    assert events[-1] == "stopped"


def test_an_address_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("-b", "127.0.0.1:1", "-l", f"127.0.0.1:{port}")
    assert result.returncode == 75
    assert str(port) in result.stderr.splitlines()[-1]
