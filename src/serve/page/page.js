// The page at "/": a list of topics, one EventSource, and a bounded list of what came.
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
const UNREACHABLE = "The server does not answer. Trying again…";

const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

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

function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
}

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
    $("filter-field").hidden = topics.size <= 8;
    if (isFirst) firstChoice();
}

function addTopic(topic) {
    if (topics.has(topic.name)) {
        topics.get(topic.name).partitions = topic.partitions;
        return;
    }
    const [before, after] = topic.url.split(topic.name); // several topics go where one goes
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

function filterTopics() {
    const text = $("filter").value.toLowerCase();
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
    return {url, id: startChoice() === "beginning" ? beginningId() : ""};
}

function sourceUrl() {
    const {url, id} = stream();
    const withId = new URL(url);
    // A page that reconnects by itself goes on from where it was.
    if (lastId || id) withId.searchParams.set("lastEventId", lastId || id);
    return withId.href;
}

function showSnippets() {
    document.querySelector(".same").hidden = chosen.length === 0;
    if (chosen.length === 0) return;
    const {url, id} = stream();
    const header = id ? `\\\n    -H 'Last-Event-ID: ${id}' \\\n    ` : "";
    $("curl").textContent = `curl -N ${header}'${url.href}'`;
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
    $("empty").textContent = "Waiting for the first record…";
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
        if (source === lost && reason) $("empty").textContent = reason;
    });
    retryTimer = setTimeout(connect, RETRY_MS);
}

async function refusal(url) {
    const stop = new AbortController(); // a 200 would be a stream without an end
    try {
        const response = await fetch(url, {signal: stop.signal, cache: "no-store"});
        return response.ok ? "" : (await response.json()).message;
    } catch {
        return UNREACHABLE;
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
    for (const event of batch) rows.prepend(row(event));
    const list = $("events");
    list.prepend(rows);
    while (list.children.length > MAX_ROWS) list.lastChild.remove();
    $("empty").hidden = list.children.length > 0;
}

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
    const next = part.offset !== undefined ? number.format(part.offset) : new Date(part.timestamp).toLocaleString();
    const line = element("tr");
    line.append(element("td", "", part.topic), element("td", "", part.partition), element("td", "", next));
    return line;
}

// ---- a row ----

function parsed(text) {
    try {
        const value = JSON.parse(text);
        return value !== null && typeof value === "object" ? value : {};
    } catch {
        return {};
    }
}

function row({kind, data}) {
    const value = parsed(data);
    const meta = value._kafka || {};
    if (meta.offset !== undefined) lastRecord = meta;

    const item = element("li", "event is-new");
    item.dataset.kind = kind;
    const button = Object.assign(element("button", "row"), {type: "button"});
    button.setAttribute("aria-expanded", "false");
    button.append(timeOf(meta), fromOf(value, meta), briefOf(kind, value, meta, data));
    button.onclick = () => toggle(item, button, data);
    item.append(button);
    return item;
}

function timeOf(meta) {
    const date = new Date(meta.timestamp ?? Date.now());
    const text = date.toLocaleTimeString("en-GB") + "." + String(date.getMilliseconds()).padStart(3, "0");
    return Object.assign(element("time", "", text), {dateTime: date.toISOString(), title: String(date)});
}

function fromOf(value, meta) {
    const name = meta.topic ?? value.topic ?? "";
    const made = element("span", "from hue-" + (topics.get(name)?.hue ?? 0), name);
    if (meta.offset === undefined) return made;
    made.append(element("small", "", `${meta.partition} · ${number.format(meta.offset)}`));
    made.title = `${name}, partition ${meta.partition}, offset ${meta.offset}, key ${meta.key ?? "none"}`;
    return made;
}

function briefOf(kind, value, meta, data) {
    const made = element("span", "brief");
    if (kind !== "message") made.append(element("span", "tag", kind));
    if (kind === "gap") {
        made.append(`Partition ${value.partition} goes on at offset ${number.format(value.to)}`,
            ` instead of ${number.format(value.from)}: ${value.reason}`);
    } else if (kind === "error") {
        made.append(value.message ?? data);
    } else if (kind === "tombstone") {
        made.append("Deleted: ", element("bdi", "", meta.key ?? "a record without a key"));
    } else {
        addMembers(made, value, data);
    }
    return made;
}

// Text first: what a person would look for. Addresses and nested values are for the whole view.
function addMembers(made, value, data) {
    const isPlain = ([name, member]) => !name.startsWith("$") && typeof member !== "object" && !/^https?:/.test(member);
    const plain = Object.entries(value).filter(isPlain);
    plain.sort((a, b) => (typeof a[1] !== "string") - (typeof b[1] !== "string"));
    for (const [name, member] of plain.slice(0, 8)) {
        const pair = element("span", "pair");
        pair.append(element("i", "", name), element("bdi", "", String(member).slice(0, 120)));
        made.append(pair);
    }
    if (plain.length === 0) made.append(data.slice(0, 300));
}

// Opening an event to read it holds the list still.
function toggle(item, button, data) {
    const open = item.querySelector(".whole");
    button.setAttribute("aria-expanded", String(!open));
    open?.remove();
    if (open) return;
    if (!isPaused) setPaused(true);
    const copy = Object.assign(element("button", "quiet", "Copy"), {type: "button"});
    copy.onclick = () => copyText(copy, data);
    const pre = Object.assign(element("pre"), {tabIndex: 0});
    pre.append(pretty(data));
    const whole = element("div", "whole");
    whole.append(pre, copy);
    item.append(whole);
}

// Indents the JSON as it came: numbers and strings keep every character, which JSON.parse would not do.
function pretty(text) {
    const out = document.createDocumentFragment();
    let depth = 0;
    const newline = () => "\n" + "  ".repeat(depth);
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];
    tokens.forEach((token, i) => {
        if (token === "{" || token === "[") {
            depth++;
            out.append(token, tokens[i + 1] === "}" || tokens[i + 1] === "]" ? "" : newline());
        } else if (token === "}" || token === "]") {
            depth--;
            out.append(tokens[i - 1] === "{" || tokens[i - 1] === "[" ? "" : newline(), token);
        } else if (token === ",") {
            out.append(token, newline());
        } else if (token === ":") {
            out.append(": ");
        } else {
            const kind = token[0] !== '"' ? (/[-\d]/.test(token[0]) ? "number" : "word")
                : tokens[i + 1] === ":" ? "name" : "string";
            out.append(element("span", "j-" + kind, token));
        }
    });
    return out;
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

async function copyText(button, text) {
    const label = button.textContent;
    try {
        await navigator.clipboard.writeText(text);
    } catch { // no clipboard without https, but for localhost
        const area = element("textarea", "unseen", text);
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1200);
}

$("choice").onsubmit = (event) => event.preventDefault();
$("choice").onchange = (event) => event.target !== $("filter") && choose();
$("filter").oninput = filterTopics;
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
