"""What the documents show: their commands, their code and their names, for real."""

import concurrent.futures
import datetime
import functools
import http.server
import json
import os
import re
import subprocess
import textwrap
import threading
import urllib.parse

import pytest
from harness.broker import JARS, REPOSITORY
from harness.clients import Browser
from harness.documents import blocks, commands
from harness.server import Kafkasse, run
from harness.wait import wait_for

DEMO = "http://localhost:6917"


PAGES = ["README.md", "examples/curl.md"] + sorted(
    str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "docs").glob("*.md")
)
CURLS = [
    command
    for page in PAGES
    for command in commands(page)
    if re.match(r"curl .*localhost:6917/(demo\.|-/|v2/stream/demo\.)", command)
]


@pytest.fixture(scope="module")
def demo():
    with Kafkasse(None, "--demo") as server:
        yield server


def test_curl_against_the_demo(demo):
    """Only the server is another one, and the streams end after a while."""

    def first_line(command):
        asked = command.replace(DEMO, demo.url().rstrip("/")).partition("|")[0]
        asked = re.sub(r"^curl ", "curl -s -i --max-time 5 ", asked)
        done = subprocess.run(asked, shell=True, capture_output=True, check=False)
        return done.stdout.decode(errors="replace").partition("\r\n")[0]

    assert len(CURLS) > 20
    with concurrent.futures.ThreadPoolExecutor(len(CURLS)) as pool:
        answers = dict(zip(CURLS, pool.map(first_line, CURLS), strict=True))
    bad_id = "curl -si -H 'Last-Event-ID: {}' http://localhost:6917/demo.recentchange"
    assert "400" in answers.pop(bad_id)
    assert {c: a for c, a in answers.items() if a != "HTTP/1.1 200 OK"} == {}


def test_answers_that_are_shown(demo):
    """A line that begins with `$ curl`, and the answer below it."""
    shown = []
    for page in PAGES:
        text = (REPOSITORY / page).read_text()
        shown += re.findall(r"^ *\$ (curl -s .*)\n *(.*)$", text, re.MULTILINE)
    assert len(shown) >= 3
    for command, answer in shown:
        asked = command.replace(DEMO, demo.url().rstrip("/"))
        done = subprocess.run(asked, shell=True, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == answer


def test_the_examples_of_filters(demo):
    page = (REPOSITORY / "docs/filters.md").read_text()
    examples = page.partition("## Examples")[2].partition("```\n")[2].partition("```")[0]
    assert examples.count("\n") > 5
    for expression in examples.splitlines():
        query = urllib.parse.urlencode({"filter": expression})
        with demo.stream(f"/demo.recentchange?{query}"):
            pass  # its head said 200


def sources():
    """All of the program's text, with strings that go on in a further line made whole."""
    files = [*(REPOSITORY / "src").rglob("*.[ch]"), *(REPOSITORY / "src").rglob("*.def")]
    return re.sub(r'"\s*\n\s*"', "", "\n".join(path.read_text() for path in files))


def test_messages_that_are_shown():
    """The lines of the log and the errors that pages explain are those of the program."""
    text = sources()
    trouble = (REPOSITORY / "docs/trouble.md").read_text()
    events = re.findall(r"`([a-z-]+)`", " ".join(re.findall(r"^\| (`.*?) \|", trouble, re.MULTILINE)))
    assert len(events) > 10
    plugins = (REPOSITORY / "docs/plugins.md").read_text().partition("When it does not start")[2]
    messages = re.findall(r"^\| ([a-z].*?) \|", plugins, re.MULTILINE)[1:]
    assert len(messages) >= 10
    parts = [part.strip(" :") for message in messages for part in re.split(r"\.\.\.|, ", message)]
    assert [event for event in events if f'"{event}"' not in text] == []
    assert [part for part in parts if part not in text] == []


def test_the_configurations(tmp_path):
    """Each block for the configuration file is good."""
    found = [(page, block) for page in PAGES for block in blocks(page, "ini")]
    assert len(found) > 5
    path = tmp_path / "kafkasse.ini"
    for page, block in found:
        if "plugin:/" not in block:
            brokers = "" if re.search(r"^brokers", block, re.MULTILINE) else "brokers = localhost:9092\n"
            path.write_text(brokers + block)
            checked = run("-T", "-c", str(path))
            assert checked.returncode == 0, f"{page}: {checked.stderr}"


def test_the_metrics(demo):
    """docs/metrics.md has each metric, and none that is not there."""
    page = (REPOSITORY / "docs/metrics.md").read_text()
    told = set(re.findall(r"^\| .*?\|", page, re.MULTILINE))
    told = {name for cell in told for name in re.findall(r"`(kafkasse_\w+)", cell)}
    shown = set(re.findall(r"^# TYPE (\S+)", demo.get("/-/metrics").body.decode(), re.MULTILINE))
    assert told == shown


def without_indent(text):
    return [line.strip() for line in text.strip().splitlines()]


def is_within(part, whole):
    part, whole = without_indent(part), without_indent(whole)
    return any(whole[at : at + len(part)] == part for at in range(len(whole)))


@pytest.mark.parametrize(
    "page, file", [("dashboard", "dashboard.html"), ("change-data-capture", "table.html")]
)
def test_pages_quote_their_example(page, file):
    example = (REPOSITORY / "examples/browser" / file).read_text()
    quoted = blocks(f"docs/{page}.md", "js")
    assert quoted
    for block in quoted:
        assert is_within(block, example), block


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    """The examples for browsers, served as `python3 -m http.server` does."""
    handler = functools.partial(Quiet, directory=REPOSITORY / "examples/browser")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def browser(need):
    with Browser("chromium", need("chromium", "chromium-browser")) as browser:
        yield browser


def text_of(browser, name):
    return browser.evaluate(f"document.getElementById('{name}').textContent")


def test_the_dashboard(browser, site, start, topics):
    """It counts what is there, what comes, and what came while the server was away."""
    topic = topics.create("demo.recentchange", partitions=2)
    edit = {"wiki": "enatlas", "type": "edit", "bot": False, "title": "<b>Moss</b>", "user": "u"}
    topics.produce(topic, edit, {**edit, "bot": True}, {**edit, "type": "log"})
    server = start("--retry-min", "200ms", "--retry-max", "300ms")
    browser.open(f"{site}/dashboard.html?server={server.url().rstrip('/')}")
    wait_for(lambda: text_of(browser, "total") == "1", what="the old edit is counted")
    assert text_of(browser, "state") == "Live"
    assert "enatlas: <b>Moss</b> (0 bytes, u)" in text_of(browser, "latest")
    topics.produce(topic, {**edit, "wiki": "deatlas", "length": {"old": 5, "new": 9}}, partition=1)
    wait_for(lambda: text_of(browser, "total") == "2", what="the new edit is counted")
    assert "deatlas: <b>Moss</b> (+4 bytes, u)" in text_of(browser, "latest")

    server.stop()
    wait_for(lambda: text_of(browser, "state") == "Reconnecting …", what="the page says so")
    topics.produce(topic, edit)
    start("-l", f"127.0.0.1:{server.port}")
    wait_for(lambda: text_of(browser, "total") == "3", what="the edit of the meantime is counted")
    assert text_of(browser, "state") == "Live"


def test_the_dashboard_says_that_it_is_refused(browser, site, demo):
    server = demo.url("/no-such/").rstrip("/")
    browser.open(f"{site}/dashboard.html?server={server}")
    wait_for(lambda: text_of(browser, "state") == "Refused", what="the page says so")


KAFKA_TOOLS = {"kafka-topics.sh": "TopicCommand", "kafka-console-producer.sh": "ConsoleProducer"}


@pytest.fixture
def run_tool(broker, tmp_path):
    """Runs a command of Kafka's own tools as the documents write it."""
    for name, main in KAFKA_TOOLS.items():
        script = tmp_path / name
        script.write_text(
            f"#!/bin/sh\nexec java -cp '{JARS}/*' -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "
            f'org.apache.kafka.tools.{main} "$@"\n'
        )
        script.chmod(0o755)

    def run_tool(command):
        assert "localhost:9092" in command
        subprocess.run(
            command.replace("localhost:9092", broker.bootstrap), shell=True, check=True,
            cwd=REPOSITORY, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        )  # fmt: skip

    return run_tool


def test_the_table(browser, site, start, topics, run_tool):
    """The page of docs/change-data-capture.md, from its commands to a gap."""
    for command in commands("docs/change-data-capture.md"):
        if command.startswith("kafka-"):
            run_tool(command)
    topic = "shop.public.products"
    server = start("-t", "^shop[.]", "--retry-min", "200ms", "--retry-max", "300ms")
    browser.open(f"{site}/table.html?server={server.url().rstrip('/')}")

    def shows(*rows):
        lines = "[...document.querySelectorAll('#rows tr')].map((row) => row.textContent)"
        wait_for(lambda: browser.evaluate(lines) == list(rows), what=f"the page shows {rows}")

    shows("2Hammer11", "3Rubber <boots>30")
    saw = {"op": "c", "before": None, "after": {"id": 4, "name": "Saw", "price": 9}}
    topics.produce(topic, {"schema": {}, "payload": saw}, key='{"id":4}')
    shows("2Hammer11", "3Rubber <boots>30", "4Saw9")
    topics.produce(topic, None, key='{"id":2}')
    topics.produce(topic, {"op": "d", "before": {"id": 3}, "after": None}, key='{"id":3}')
    shows("4Saw9")

    # The topic is created anew: a gap.
    server.stop()
    topics.delete(topic)
    wait_for(lambda: topic not in topics.admin.list_topics().topics, what="the topic is gone")
    topics.create(topic, cleanup_policy="compact")
    topics.produce(topic, {**saw, "after": {"id": 4, "name": "Saw", "price": 8}}, key='{"id":4}')
    start("-t", "^shop[.]", "-l", f"127.0.0.1:{server.port}")
    shows("4Saw8")


def test_the_filter_of_a_table(start, topics):
    """It keeps what a page needs to forget rows."""
    topic = topics.create(cleanup_policy="compact")
    changes = [
        {"op": "c", "before": None, "after": {"price": 10}},
        {"op": "c", "before": None, "after": {"price": 30}},
        {"op": "u", "before": {"price": 10}, "after": {"price": 40}},
        {"op": "d", "before": {"price": 40}, "after": None},
    ]
    topics.produce(topic, *changes, None, key="k")
    (command,) = [c for c in commands("docs/change-data-capture.md") if "filter=" in c]
    asked = command.replace("http://localhost:6917/shop.public.products", start().url(f"/{topic}"))
    assert asked != command

    def offsets():
        done = subprocess.run(
            f"{asked} -s --max-time 2", shell=True, capture_output=True, text=True, check=False
        )
        return re.findall(r'"offset":(\d),"timestamp"', done.stdout)

    wait_for(lambda: len(offsets()) == 4, what="four changes are shown")
    assert offsets() == ["0", "2", "3", "4"]


def cells(server):
    """The code of docs/notebook.md."""
    return [
        block.replace("http://localhost:6917", server.url().rstrip("/"))
        for block in blocks("docs/notebook.md", "python")
    ]


def test_the_notebook_on_the_demo(demo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook = {}
    for cell in cells(demo):
        exec(cell, notebook)
    rows = notebook["rows"]
    assert len(rows) > 20 and set(rows[0]) <= {"wiki", "title", "user", "length", "_kafka"}
    assert re.match(r"[a-z]+atlas +\d+\n", capsys.readouterr().out)
    lines = (tmp_path / "edits.csv").read_text().splitlines()
    assert lines[0] == "wiki,title,user" and len(lines) == len(rows) + 1


def test_the_notebook_reads_a_window(server, topics):
    """What is in it and nothing else, from busy and from quiet partitions, through a filter, too."""
    notebook = {}
    exec(cells(server)[0], notebook)
    topic = topics.create(partitions=3)
    start = datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone.utc)
    end = start + datetime.timedelta(hours=1)
    first = int(start.timestamp() * 1000)
    for partition in (0, 1):  # a record a minute, from half an hour before to half an hour behind
        for minute in range(-30, 90):
            record = {"minute": minute, "odd": minute % 2 == 1}
            topics.send(topic, record, partition, timestamp=first + minute * 60_000)
    topics.flush()

    def minutes(*window, **query):
        return sorted(row["minute"] for row in notebook["read"](topic, *window, **query))

    assert minutes(start, end) == sorted([*range(60)] * 2)
    assert minutes(start, end, filter="odd") == sorted([*range(1, 60, 2)] * 2)
    assert minutes(start, end, filter="minute == 80") == []
    assert minutes(start) == sorted([*range(90)] * 2)
    assert minutes(end + datetime.timedelta(hours=1)) == []


class Application(Quiet):
    """Knows two sessions; what nginx's auth_request asks, and pages."""

    users = {"session=5f1c": "QuietHeron", "session=a9e0": 'x" || true || "'}

    def do_GET(self):
        user = self.users.get(self.headers["Cookie"])
        self.send_response(200 if user or self.path != "/auth" else 401)
        if user:
            self.send_header("X-User", user)
        self.end_headers()


@pytest.fixture
def application():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def notifications(start_proxy, application, tmp_path):
    """The configurations of docs/notifications.md; the port of the proxy."""
    config = tmp_path / "notifications.ini"
    config.write_text(blocks("docs/notifications.md", "ini")[0])
    with Kafkasse(None, "--demo", config=config) as server:
        (block,) = blocks("docs/notifications.md", "nginx")
        ports = {"127.0.0.1:6917": server.port, "127.0.0.1:8000": application}
        for address, port in ports.items():
            assert address in block
            block = block.replace(address, f"127.0.0.1:{port}")
        yield start_proxy("nginx", block).port


def users_of(port, path, cookie, last_id=None):
    """Whose records the first seconds of a stream have, and all of them."""
    command = ["curl", "-sN", "-m", "2", "-b", cookie, f"http://127.0.0.1:{port}{path}"]
    command += ["-H", f"Last-Event-ID: {json.dumps(last_id)}"] if last_id else []
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return set(re.findall(r'"user":"([^"]*)"', output)), output


def test_notifications(notifications):
    for path in ("", "?filter=true", "?since=0&filter="):
        own = wait_for(
            lambda path=path: users_of(notifications, f"/notifications{path}", "session=5f1c")[0],
            what="notifications come",
        )
        assert own == {"QuietHeron"}
    none, output = users_of(notifications, "/notifications", "session=a9e0")
    assert none == set() and ":ok" in output
    assert "401 Authorization Required" in users_of(notifications, "/notifications", "x=y")[1]
    other = [{"topic": "demo.page-create", "partition": 0, "offset": 0}]
    output = users_of(notifications, "/notifications", "session=5f1c", other)[1]
    assert "TopicNotAvailableError" in output


def test_the_page_of_notifications(notifications, browser):
    browser.open(f"http://127.0.0.1:{notifications}/page")
    browser.evaluate("document.cookie = 'session=5f1c'; window.shown = []; 0")
    (script,) = blocks("docs/notifications.md", "js")
    run_it = f"(() => {{ const show = (it) => shown.push(it); {script} }})()"
    browser.evaluate(run_it)
    wait_for(lambda: browser.evaluate("shown.length") > 2, what="notifications are shown")
    assert browser.evaluate("new Set(shown.map((it) => it.user)).size") == 1
    wait_for(lambda: browser.evaluate("localStorage.notifications"), what="the id is kept")
    # Opened again, it goes on where it was.
    browser.open(f"http://127.0.0.1:{notifications}/page")
    kept = json.loads(browser.evaluate("localStorage.notifications"))
    before = {place["partition"]: place["offset"] for place in kept}
    browser.evaluate("window.shown = []; 0")
    browser.evaluate(run_it)
    wait_for(lambda: browser.evaluate("shown.length"), timeout=120, what="a new one is shown")
    first = browser.evaluate("shown[0]._kafka")
    assert first["offset"] >= before[first["partition"]]
    # Without a session it says so.
    browser.evaluate("document.cookie = 'session='; window.shown = []; 0")
    browser.evaluate(run_it)
    wait_for(lambda: browser.evaluate("shown.includes('Please log in.')"), what="it is refused")


def test_the_manifest(start, tmp_path):
    """The configuration in it is good, and its probes get what they want."""
    (manifest,) = blocks("docs/kubernetes.md", "yaml")
    config = re.search(r"kafkasse\.ini: \|\n(.*?)^---$", manifest, re.MULTILINE | re.DOTALL)[1]
    path = tmp_path / "kafkasse.ini"
    path.write_text(textwrap.dedent(config))
    checked = run("-T", "-c", str(path))
    assert checked.returncode == 0, checked.stderr
    assert "listens on :6917" in checked.stdout
    probes = re.findall(r"httpGet: \{path: (\S+), port: http\}", manifest)
    assert len(probes) == 2
    server = start()
    assert [server.get(probe).status for probe in probes] == [200, 200]
