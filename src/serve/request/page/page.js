// The page at "/": a list of topics, one EventSource, and a bounded list of what came (rows.js).
// Arriving events are only counted and queued; all parsing and drawing happens in animation
// frames, for at most MAX_ROWS events, so that a fast topic cannot freeze the page.
"use strict";

const MAX_ROWS = 200; // in the page; older ones are dropped
const SPARK_SECONDS = 60;
const RATE_SECONDS = 5;
const FAST_RATE = 50; // events/s from which rows come in without animation, a few times a second
const FAST_DRAW_MS = 200;
const TOPICS_EVERY_MS = 30000;
const RETRY_MS = 3000;
const MAX_START_ALL = 4; // so many topics are all chosen at first,
const MAX_START_ONE = 20; // of so many the first one, of more none
const KINDS = ["message", "gap", "tombstone", "position", "error"];
const SELECTION = ["filter", "fields"]; // parameters of the URL, and the inputs for them
const UNREACHABLE = "The server does not answer. Trying again…";

const $ = (id) => document.getElementById(id);

const topics = new Map(); // name -> {partitions, before, after, hue}
let chosen = [];
let source = null;
let retryTimer = 0;
let queue = []; // events not drawn yet, oldest first, at most MAX_ROWS
let arrived = 0; // since the stream was chosen
let heldBack = 0; // arrived while paused
let lastId = "";
let lastRecord = null;
let isPaused = false;
let isPressed = false; // a row under a finger must not move away before the click
let drawnAt = 0;
let drawIsDue = false;
const perSecond = new Array(SPARK_SECONDS).fill(0);
let second = Math.floor(performance.now() / 1000);
let startedSecond = second;

function setState(state, text) {
    if ($("state-text").textContent === text) return; // said once by screen readers
    document.querySelector(".state").dataset.state = state;
    $("state-text").textContent = text;
}

// ---- topics ----

async function loadTopics() {
    try {
        const response = await fetch("-/topics", {cache: "no-store"});
        const body = await response.json();
        takeTopics(body.topics || [], body.message);
    } catch {
        if (topics.size === 0) $("topics-note").textContent = UNREACHABLE;
    }
    setTimeout(loadTopics, topics.size === 0 ? RETRY_MS : TOPICS_EVERY_MS);
}

function takeTopics(list, message) {
    if (list.length === 0) {
        if (topics.size > 0) return; // keep what we know while Kafka is away
        $("topics-note").textContent = message || "No topics yet. Looking again every few seconds…";
        setState("wait", message ? "Waiting for Kafka" : "No topics");
        $("empty").textContent = "Nothing to show yet.";
        return;
    }
    $("topics-note").hidden = true;
    const isFirst = topics.size === 0;
    for (const topic of list) addTopic(topic);
    $("find-field").hidden = topics.size <= 8;
    if (isFirst) firstChoice();
}

function addTopic(topic) {
    if (topics.has(topic.name)) {
        topics.get(topic.name).partitions = topic.partitions;
        return;
    }
    const [before, after] = topic.route.split("{topics}");
    const hue = topics.size % 6;
    topics.set(topic.name, {partitions: topic.partitions, before, after, hue});

    const box = Object.assign(element("input"), {type: "checkbox", name: "topic", value: topic.name});
    const label = element("label");
    const name = element("span", "name hue-" + hue, topic.name);
    name.append(element("small", "", topic.partitions === 1 ? "1 partition" : topic.partitions + " partitions"));
    label.append(box, name);
    const item = element("li");
    item.append(label);
    $("topics").append(item);
}

// What the address says (#a,b), else all or one when there are few.
function firstChoice() {
    const wanted = location.hash.slice(1).split(",").filter((name) => topics.has(name));
    const count = topics.size <= MAX_START_ALL ? topics.size : topics.size <= MAX_START_ONE ? 1 : 0;
    if (wanted.length === 0) wanted.push(...[...topics.keys()].slice(0, count));
    for (const box of document.querySelectorAll("[name=topic]")) box.checked = wanted.includes(box.value);
    choose();
}

function findTopics() {
    const text = $("find").value.toLowerCase();
    for (const item of $("topics").children) {
        const box = item.querySelector("input");
        item.hidden = !box.checked && !box.value.toLowerCase().includes(text);
    }
}

// ---- the chosen stream ----

const startChoice = () => document.querySelector("[name=start]:checked").value;

function choose() {
    chosen = [...document.querySelectorAll("[name=topic]:checked")].map((box) => box.value);
    const withTime = startChoice() === "since";
    $("since-field").hidden = !withTime;
    if (withTime && !$("since").value) $("since").value = localTime(new Date(Date.now() - 3600000));
    history.replaceState(null, "", chosen.length ? "#" + chosen.join(",") : location.pathname + location.search);
    startAnew();
    showSnippets();
    connect();
}

// The form that datetime-local takes: local time without a zone.
const localTime = (date) => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 19);

// Partitions from their first records, as an event id names them.
function beginningId() {
    return JSON.stringify(chosen.flatMap((topic) => Array.from({length: topics.get(topic).partitions},
        (_, partition) => ({topic, partition, offset: -2}))));
}

// {url, id}: the address without an id, and the id if the start needs one.
function stream() {
    const {before, after} = topics.get(chosen[0]);
    const url = new URL("." + before + chosen.join(",") + after, document.baseURI);
    url.hash = "";
    const since = new Date($("since").value);
    if (startChoice() === "since" && !isNaN(since)) url.searchParams.set("since", since.toISOString());
    for (const [name, value] of selection()) url.searchParams.set(name, value);
    return {url, id: startChoice() === "beginning" ? beginningId() : ""};
}

// What is to be shown of the records, as [name, value].
const selection = () => SELECTION.map((name) => [name, $(name).value.trim()]).filter(([, value]) => value !== "");

function sourceUrl() {
    const {url, id} = stream();
    const withId = new URL(url);
    // A page that reconnects by itself goes on from where it was.
    if (lastId || id) withId.searchParams.set("lastEventId", lastId || id);
    return withId.href;
}

// Filters stay readable: curl encodes them.
function curlCommand(url, id) {
    const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
    const plain = new URL(url);
    for (const name of SELECTION) plain.searchParams.delete(name);
    const parts = selection().map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
    const program = parts.length > 0 ? "curl -N -G" : "curl -N";
    if (id) parts.push(`-H ${quoted(`Last-Event-ID: ${id}`)}`);
    return [program, ...parts, quoted(plain.href)].join(parts.length > 0 ? " \\\n    " : " ");
}

function showSnippets() {
    document.querySelector(".same").hidden = chosen.length === 0;
    if (chosen.length === 0) return;
    const {url, id} = stream();
    $("curl").textContent = curlCommand(url, id);
    const withId = new URL(url);
    if (id) withId.searchParams.set("lastEventId", id);
    $("js").textContent = `const source = new EventSource("${withId.href}");\n` +
        "source.onmessage = (event) => {\n    console.log(JSON.parse(event.data));\n};";
}

function disconnect() {
    clearTimeout(retryTimer);
    if (source) source.close();
    source = null;
}

function connect() {
    disconnect();
    if (chosen.length === 0) {
        setState("idle", "No topic chosen");
        $("empty").textContent = "Choose a topic to see its records arrive.";
        return;
    }
    setState("wait", "Connecting");
    showRefusal({});
    $("empty").textContent = `Waiting for the first record${$("filter").value.trim() ? " that the filter keeps" : ""}…`;
    const opened = source = new EventSource(sourceUrl());
    opened.onopen = showLive;
    for (const kind of KINDS) {
        opened.addEventListener(kind, (event) => {
            // EventSource's own error has no data; the server's `event: error` has.
            if (event.data !== undefined) take(kind, event);
            else if (source === opened) connectionLost(opened);
        });
    }
}

const showLive = () => setState(isPaused ? "wait" : "live", isPaused ? "Paused" : "Live");

function connectionLost(lost) {
    if (lost.readyState !== EventSource.CLOSED) {
        setState("wait", "Reconnecting");
        return;
    }
    // The browser has given up, as it does after any 4xx or 5xx: ask for the reason, then try again.
    setState("bad", "Not connected");
    refusal(lost.url).then((reason) => {
        if (source !== lost) return;
        if (reason.message) $("empty").textContent = reason.message;
        if (!showRefusal(reason)) retryTimer = setTimeout(connect, RETRY_MS);
    });
}

// Whether it is one of the filter or the fields: then only another text helps.
function showRefusal({name, message}) {
    const wrong = {InvalidFilterError: "filter", InvalidFieldsError: "fields"}[name];
    for (const input of SELECTION) $(input).setAttribute("aria-invalid", String(input === wrong));
    $("refusal").textContent = wrong ? message : "";
    return wrong !== undefined;
}

async function refusal(url) {
    const stop = new AbortController(); // a 200 would be a stream without an end
    try {
        const response = await fetch(url, {signal: stop.signal, cache: "no-store"});
        return response.ok ? {} : await response.json();
    } catch {
        return {message: UNREACHABLE};
    } finally {
        stop.abort();
    }
}

// ---- events ----

function take(kind, event) {
    lastId = event.lastEventId;
    requestDraw();
    if (kind === "position") return;
    arrived++;
    countSecond();
    perSecond[SPARK_SECONDS - 1]++;
    if (isPaused) heldBack++;
    queue.push({kind, data: event.data});
    if (queue.length > MAX_ROWS) queue.shift();
}

function countSecond() {
    const now = Math.floor(performance.now() / 1000);
    for (let behind = Math.min(now - second, SPARK_SECONDS); behind > 0; behind--) {
        perSecond.shift();
        perSecond.push(0);
    }
    second = now;
}

// Events/s over the last whole seconds; the running second counts only while there is no other.
function rate() {
    const seconds = Math.min(RATE_SECONDS, second - startedSecond);
    if (seconds === 0) return perSecond.at(-1);
    return perSecond.slice(-1 - seconds, -1).reduce((sum, count) => sum + count, 0) / seconds;
}

function requestDraw() {
    if (drawIsDue) return;
    drawIsDue = true;
    requestAnimationFrame(draw);
}

function draw(now) {
    drawIsDue = false;
    const isFast = rate() > FAST_RATE;
    if (isFast && now - drawnAt < FAST_DRAW_MS) {
        requestDraw();
        return;
    }
    drawnAt = now;
    $("events").classList.toggle("is-fast", isFast);
    if (!isPaused && !isPressed) drawRows();
    drawFigures();
    drawPosition();
}

function drawRows() {
    const batch = queue;
    queue = [];
    const rows = document.createDocumentFragment();
    for (const event of batch) {
        const meta = parsed(event.data)._kafka;
        if (typeof meta?.topic === "string" && typeof meta.offset === "number") lastRecord = meta;
        rows.prepend(row(event, hueOf, hold));
    }
    const list = $("events");
    list.prepend(rows);
    while (list.children.length > MAX_ROWS) list.lastChild.remove();
    $("empty").hidden = list.children.length > 0;
}

const hueOf = (name) => topics.get(name)?.hue ?? 0;

// Opening an event to read it holds the list still.
const hold = () => isPaused || setPaused(true);

function drawFigures() {
    const now = rate();
    $("rate").textContent = now >= 10 || now === 0 ? number.format(Math.round(now)) : now.toFixed(1);
    $("total").textContent = number.format(arrived);
    if (isPaused) $("pause").textContent = heldBack ? `Resume (${number.format(heldBack)})` : "Resume";
}

function drawSpark() {
    const top = Math.max(4, ...perSecond);
    const points = perSecond.slice(0, SPARK_SECONDS - 1)
        .map((count, i, all) => `${(i * 240 / (all.length - 1)).toFixed(1)} ${(46 - count / top * 44).toFixed(1)}`);
    $("spark-line").setAttribute("d", "M" + points.join("L"));
    $("spark-area").setAttribute("d", `M0 48L${points.join("L")}L240 48Z`);
}

function drawPosition() {
    $("position-details").hidden = lastId === "";
    const words = $("position");
    words.textContent = "";
    if (lastRecord) {
        words.append("Last record: offset ", element("b", "", number.format(lastRecord.offset)), " of ",
            element("b", "", lastRecord.topic), ", partition ", element("b", "", lastRecord.partition), ". ");
    }
    const id = parsed(lastId);
    const parts = Array.isArray(id) ? id : [];
    if (parts.length > 0) {
        words.append(`The event id knows where ${parts.length === 1 ? "the partition stands" : `all ${parts.length} partitions stand`}:`,
            " a reconnect goes on exactly there.");
    } else if (!lastRecord) {
        words.textContent = "No record yet.";
    }
    if ($("position-details").open) $("position-rows").replaceChildren(...parts.map(positionRow));
}

function positionRow(part) {
    const date = new Date(part.timestamp);
    const time = isNaN(date) ? String(part.timestamp) : date.toLocaleString();
    const next = part.offset !== undefined ? number.format(part.offset) : time;
    const line = element("tr");
    line.append(element("td", "", part.topic), element("td", "", part.partition), element("td", "", next));
    return line;
}

// ---- controls ----

function setPaused(paused) {
    isPaused = paused;
    heldBack = 0;
    $("pause").setAttribute("aria-pressed", String(paused));
    $("pause").textContent = paused ? "Resume" : "Pause";
    $("feed-note").textContent = paused ? "held still; the stream goes on" : "newest first";
    if (source?.readyState === EventSource.OPEN) showLive();
    requestDraw();
}

function emptyList(text) {
    $("events").replaceChildren();
    $("empty").textContent = text;
    $("empty").hidden = false;
}

// As if nothing had come yet: the stream is another one.
function startAnew() {
    queue = [];
    arrived = 0;
    lastId = "";
    lastRecord = null;
    perSecond.fill(0);
    countSecond();
    startedSecond = second;
    setPaused(false);
    emptyList("");
}

$("choice").onsubmit = (event) => event.preventDefault();
$("choice").onchange = (event) => event.target !== $("find") && choose();
$("find").oninput = findTopics;
$("events").onpointerdown = () => { isPressed = true; };
window.onpointerup = window.onpointercancel = () => { isPressed = false; };
$("pause").onclick = () => setPaused(!isPaused);
$("clear").onclick = () => emptyList("Waiting for the next record…");
$("copy-curl").onclick = (event) => copyText(event.target, $("curl").textContent);
$("copy-js").onclick = (event) => copyText(event.target, $("js").textContent);
$("copy-id").onclick = (event) => copyText(event.target, lastId);
$("position-details").ontoggle = drawPosition;
setInterval(() => {
    countSecond();
    drawSpark();
    drawFigures();
}, 1000);
loadTopics();
