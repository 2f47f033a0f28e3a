"""The daemon's command line, its file, and signals. Nothing here needs Kafka or serves anybody."""

import re
import signal
import socket
import subprocess

import pytest
from harness.broker import REPOSITORY
from harness.command import described, refused, run, serve_and_end
from harness.server import binary
from harness.wait import PATIENCE_S


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
    assert (REPOSITORY / "docs" / "reference.md").read_text() == result.stdout


def test_reference_knows_all_options():
    options = set(re.findall(r"--[a-z][a-z0-9-]+", run("-h").stdout))
    reference = run("--print-reference").stdout
    assert len(options) > 30
    assert {option for option in options if option not in reference} == set()


def test_output_that_nobody_takes():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(
            [binary(), "-h"], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False
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
        (["--demo", "-b", "x"], ["brokers: demo is set as well"]),
        (["--demo", "--retry-min", "10s"], ["retry-min", "retry-max"]),
    ],
)
def test_wrong_options(args, parts):
    refused(run(*args), *parts)


@pytest.mark.parametrize(
    "content, line, parts",
    [
        ("lingr = 2m\n", 1, ['"lingr"', 'did you mean "linger"']),
        ("listen 127.0.0.1:0\n", 1, ['"listen 127.0.0.1"', "-h lists all"]),
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
def test_wrong_files(config_file, content, line, parts):
    path = config_file(content)
    refused(run("--demo", "-T", "-c", path), f"{path}:{line}: ", *parts)


def test_wrong_files_as_a_whole(config_file):
    path = config_file("[route /x]\n")
    refused(run("--demo", "-c", path), path, "/x", "topics")
    path = config_file("[route /{topics}]\n[route /x]\ntopics = a\n")
    refused(run("--demo", "-c", path), path, "route /x: it is never reached")


def test_secrets_stay_secret(config_file):
    path = config_file("[kafka]\nsasl.password = hunter2\nssl.key.password = hunter2\n")
    result = run("--demo", "-T", "-c", path)
    assert "  with Kafka property sasl.password = (not shown)" in described(result)
    assert "hunter2" not in result.stdout
    path = config_file("[kafka]\nsasl.password = hunter2\nnonsense = 1\n")
    assert "hunter2" not in run("--demo", "-T", "-c", path).stderr


RECORDS = [
    "  deserializer = json",
    "  headers = no",
    "  client-filter = yes",
    "  client-fields = yes",
]


def test_a_whole_file(config_file):
    path = config_file(
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
    lines = described(run("-T", "-c", str(REPOSITORY / "docs" / "kafkasse.ini")))
    assert any("/people/{topics}" in line for line in lines)


def test_long_lines_and_sections(config_file):
    """inih, as packaged, cuts lines at 200 bytes and sections at 49: nobody may notice."""
    brokers = ",".join(f"broker-{i}.kafka.example:9092" for i in range(40))
    route = "/" + "r" * 300 + "/{topics}"
    path = config_file(f"brokers = {brokers} ; comment\n[route {route}1]\n")
    refused(run("-T", "-c", path), f"{path}:2: ", "whole segment")
    path = config_file(f"brokers = {brokers} ; comment\n[route {route}]\n[route {route}/x]\n")
    lines = described(run("-T", "-c", path))
    assert f"reads from the Kafka cluster at {brokers}" in lines
    assert f"serves {route}" in lines
    assert f"serves {route}/x" in lines


@pytest.mark.parametrize("length", range(190, 206))
def test_lines_around_inihs_limit(config_file, length):
    brokers = "b" * (length - len("brokers="))
    for end in ["", "\n", "\r\n"]:
        lines = described(run("-T", "-c", config_file(f"brokers={brokers}{end}")))
        assert f"reads from the Kafka cluster at {brokers}" in lines


def test_other_forms_of_files(config_file):
    assert "with linger = 5m" in described(run("--demo", "-T", "-c", config_file("linger = 5m")))
    path = config_file(b"\xef\xbb\xbflinger = 5m\r\n")
    assert "with linger = 5m" in described(run("--demo", "-T", "-c", path))
    assert described(run("--demo", "-T", "-c", config_file("")))


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
