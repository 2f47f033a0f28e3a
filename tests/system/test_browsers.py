"""Chromium and Firefox: their EventSource, and the page at `/` on the demo."""

import json
import subprocess

import pytest
from harness.broker import REPOSITORY
from harness.clients import Browser, Undrivable
from harness.server import Kafkasse
from harness.wait import wait_for

PROGRAMS = {"chromium": ["chromium", "chromium-browser"], "firefox": ["firefox-esr", "firefox"]}


@pytest.fixture(scope="module", params=PROGRAMS)
def browser_program(request):
    return request.param


@pytest.fixture
def browser(browser_program, need):
    try:
        browser = Browser(browser_program, need(*PROGRAMS[browser_program]))
    except Undrivable as error:
        pytest.skip(f"playwright cannot drive this {browser_program}: {error}")
    with browser:
        yield browser


@pytest.fixture(scope="module")
def demo():
    with Kafkasse(None, "--demo") as server:
        yield server


def test_event_source(browser, start, topics):
    """Replay, live, several kinds of events, a restart of the server, and a refusal."""
    topic = topics.create()
    topics.produce(topic, {"n": 0, "text": "\u2028é"}, "no json", None)
    server = start("--retry-min", "200ms", "--retry-max", "300ms")
    port = server.port
    browser.open(server.url("/-/healthy"))
    browser.listen(f"/{topic}?since=0")
    event = browser.message()
    assert event.json["text"] == "\u2028é"
    assert event.position == {(topic, 0): 1}
    assert browser.wait_for_type("tombstone")["data"]
    topics.produce(topic, {"n": "live"})
    assert browser.message().json["n"] == "live"
    topics.produce(topic, "no json")
    assert browser.wait_for_type("position")["id"].endswith(':5}]')

    server.stop()
    topics.produce(topic, {"n": "while away"})
    start("-l", f"127.0.0.1:{port}")
    assert browser.message(40).json["n"] == "while away"

    browser.listen("/no-such-topic")
    assert browser.wait(lambda thing: thing["type"] == "trouble" and thing["closed"])


def test_event_source_of_another_origin(browser, server, demo, topics):
    """A developer's page on this machine needs no setting."""
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    for page in (demo.url("/-/healthy"), demo.url("/-/healthy").replace("127.0.0.1", "localhost")):
        browser.open(page)
        browser.listen(server.url(f"/{topic}?since=0"))
        assert browser.message().json["n"] == 1


def is_refused(thing):
    assert thing["type"] not in ("open", "message"), thing
    return thing["type"] == "trouble" and thing["closed"]


def test_pages_from_elsewhere_do_not_read_what_is_local(browser, server, topics):
    """The origin null is that of files, and of frames that any page can have."""
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    browser.open("data:text/html,elsewhere")
    browser.listen(server.url(f"/{topic}?since=0"))
    assert browser.wait(is_refused)


def test_a_list_of_origins(browser, start, demo, topics):
    """The same host by its other name is another origin."""
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    page = demo.url("/-/healthy").replace("127.0.0.1", "localhost")
    ours = page.removesuffix("/-/healthy")
    server = start("--cors-origin", f"https://a.example, {ours}", "--cors-credentials")
    browser.open(page)
    browser.listen(server.url(f"/{topic}?since=0"))
    assert browser.message().json["n"] == 1
    asked = "headers: {'Last-Event-ID': 'x'.repeat(200)}, credentials: 'include'"
    url = json.dumps(server.url(f"/{topic}"))
    # With a preflight, and a refusal that the page can read.
    refused = f"fetch({url}, {{{asked}}}).then((answer) => answer.json()).then((json) => json.name)"
    assert browser.evaluate(refused) == "InvalidAssignmentError"

    browser.open(demo.url("/-/healthy"))
    browser.listen(server.url(f"/{topic}?since=0"))
    assert browser.wait(is_refused)


def test_the_page_shows_live_events(browser, browser_program, demo):
    browser.open(demo.url("/#demo.recentchange"))
    count = "document.querySelectorAll('#events > li').length"
    wait_for(lambda: browser.evaluate(count) >= 5, timeout=120, what="five events are shown")
    text = browser.evaluate("document.body.innerText")
    assert "demo.recentchange" in text
    assert "curl" in text and "EventSource" in text
    total = "Number(document.getElementById('total').textContent.replace(/\\D/g, ''))"
    before = browser.evaluate(total)
    assert before >= 5
    wait_for(lambda: browser.evaluate(total) > before, what="more events come")
    screenshots = REPOSITORY / "build"
    screenshots.mkdir(exist_ok=True)
    browser.screenshot(screenshots / f"page-{browser_program}.png")
    # Opening an event shows all of it, and holds the list still.
    browser.evaluate("document.querySelector('#events .row').click()")
    assert '"_kafka": {' in browser.evaluate("document.querySelector('#events .whole').textContent")
    assert browser.evaluate("document.getElementById('pause').textContent").startswith("Resume")


def test_the_page_changes_topics(browser, demo):
    browser.open(demo.url("/"))
    boxes = "[...document.querySelectorAll('[name=topic]')].map((box) => box.value)"
    wait_for(lambda: len(browser.evaluate(boxes)) == 3, what="three topics are listed")
    browser.evaluate(
        "document.querySelectorAll('[name=topic]').forEach("
        "(box) => { if (box.checked !== (box.value === 'demo.page-create')) box.click(); })"
    )
    events = "document.getElementById('events').innerText"
    wait_for(
        lambda: "page-create" in browser.evaluate(events), timeout=180, what="the other topic comes"
    )
    assert "demo.page-create" in browser.evaluate("document.getElementById('curl').innerText")


SHOWN = "[...document.querySelectorAll('#events .brief')].map((brief) => brief.textContent)"


CHOSEN = "document.querySelectorAll('[name=topic]:checked').length"


def show_only(browser, name, text):
    """As a person would: types it, and leaves the field."""
    browser.evaluate(
        f"(() => {{ const input = document.getElementById('{name}'); input.value = {json.dumps(text)};"
        " input.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )


def test_the_page_filters(browser, demo):
    browser.open(demo.url("/#demo.recentchange"))
    wait_for(lambda: browser.evaluate(SHOWN), timeout=120, what="events are shown")
    browser.evaluate("document.querySelector('[value=beginning]').click()")
    show_only(browser, "filter", "type == 'new'")
    show_only(browser, "fields", "type,title")
    wait_for(lambda: len(browser.evaluate(SHOWN)) >= 3, timeout=120, what="what is kept is shown")
    for shown in browser.evaluate(SHOWN):
        assert "new" in shown and "user" not in shown
    # What the page says for a terminal does the same.
    curl = browser.evaluate("document.getElementById('curl').innerText")
    command = curl.replace("curl -N", "curl -sN --max-time 3")
    lines = subprocess.run(command, shell=True, capture_output=True, text=True, check=False).stdout
    assert '"type":"new"' in lines and '"type":"edit"' not in lines and '"user"' not in lines


def test_the_page_says_what_is_wrong_with_a_filter(browser, demo):
    browser.open(demo.url("/#demo.recentchange"))
    wait_for(lambda: browser.evaluate(SHOWN), timeout=120, what="events are shown")
    refusal = "document.getElementById('refusal').textContent"
    show_only(browser, "filter", "bot = 1")
    wait_for(lambda: "at character 5" in browser.evaluate(refusal), what="the place is shown")
    assert browser.evaluate("document.getElementById('filter').getAttribute('aria-invalid')") == "true"
    show_only(browser, "filter", "!bot")
    wait_for(lambda: browser.evaluate(SHOWN), timeout=120, what="events are shown again")
    assert browser.evaluate(refusal) == ""


def test_the_page_shows_whatever_records_hold(browser, start, topics):
    """A time beyond what a Date can say, a _kafka of somebody else, members that are no text."""
    topic = topics.create(message_timestamp_after_max_ms=2**63 - 1)
    topics.produce(topic, {"n": "before"})
    topics.produce(topic, {"n": "far"}, timestamp=8_640_000_000_000_001)
    topics.produce(topic, {"n": "last"}, timestamp=2**63 - 1)
    strange = {"type": {"toString": 1}, "n": "strange", "topic": {"toString": 1}}
    topics.produce(topic, strange, {"n": "behind"})
    server = start()
    browser.open(server.url(f"/#{topic}"))
    wait_for(lambda: browser.evaluate(CHOSEN), what="the topic is chosen")
    browser.evaluate("document.querySelector('[value=beginning]').click()")
    wait_for(lambda: len(browser.evaluate(SHOWN)) == 5, what="five events are shown")
    shown = browser.evaluate(SHOWN)[::-1]
    for name, brief in zip(["before", "far", "last", "strange", "behind"], shown, strict=True):
        assert name in brief
    times = "[...document.querySelectorAll('#events time')].map((time) => time.textContent)"
    assert "8640000000000001" in browser.evaluate(times)


NAMED = ["t", "v2", "stream"]


@pytest.fixture(scope="module")
def named(topics):
    """Topics that are called as a part of the route is."""
    for name in NAMED:
        topics.create(name)
        topics.produce(name, {"n": f"in {name}"})


def test_the_page_on_a_route_with_the_topics_name(browser, start, named, tmp_path):
    """/v2/stream/stream must not be cut at its first `stream`."""
    config = tmp_path / "routes.ini"
    config.write_text(f"[route /v2/stream/{{topics}}]\ntopics = {','.join(NAMED)}\n")
    server = start(config=config)
    listed = {topic["name"]: topic for topic in json.loads(server.get("/-/topics").body)["topics"]}
    assert listed["v2"]["url"] == "/v2/stream/v2"
    assert listed["v2"]["route"] == "/v2/stream/{topics}"
    for chosen in [["t"], ["v2"], ["stream"], NAMED]:
        browser.open(server.url("/-/healthy"))
        browser.open(server.url("/#" + ",".join(chosen)))
        wait_for(lambda: browser.evaluate(CHOSEN), what="a topic is chosen")
        browser.evaluate("document.querySelector('[value=beginning]').click()")
        for name in chosen:
            wait_for(
                lambda name=name: f"in {name}" in " ".join(browser.evaluate(SHOWN)),
                what=f"the event of {name} is shown",
            )
