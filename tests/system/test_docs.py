"""What the documents show: their commands, their code and their names, for real."""

import concurrent.futures
import functools
import http.server
import re
import subprocess
import textwrap
import threading

import pytest
from harness.broker import REPOSITORY
from harness.clients import Browser
from harness.server import Kafkasse, run
from harness.wait import wait_for

DEMO = "http://localhost:6917"


def blocks(page, language):
    """The code blocks of a page that are in this language."""
    text = (REPOSITORY / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(page):
    """The commands of a page's shell blocks, each on one line."""
    for block in blocks(page, "sh"):
        for line in re.sub(r"\\\n *", "", block).splitlines():
            yield line.partition("  #")[0].strip()


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
        asked = re.sub(r"^curl ", "curl -s -i --max-time 3 ", asked)
        done = subprocess.run(asked, shell=True, capture_output=True, check=False)
        return done.stdout.decode(errors="replace").partition("\r\n")[0]

    assert len(CURLS) > 20
    with concurrent.futures.ThreadPoolExecutor(len(CURLS)) as pool:
        answers = dict(zip(CURLS, pool.map(first_line, CURLS), strict=True))
    bad_id = "curl -si -H 'Last-Event-ID: {}' http://localhost:6917/demo.recentchange"
    assert "400" in answers.pop(bad_id)
    assert {c: a for c, a in answers.items() if a != "HTTP/1.1 200 OK"} == {}


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


@pytest.mark.parametrize("page, file", [("dashboard", "dashboard.html")])
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
    """It counts what is there, what comes, and after a restart of the server what came meanwhile."""
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
