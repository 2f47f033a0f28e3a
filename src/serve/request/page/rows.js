// How an event looks in the list: a line, and all of it when it is opened. Knows nothing of streams.
"use strict";

const number = new Intl.NumberFormat("en");

function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
}

function parsed(text) {
    try {
        const value = JSON.parse(text);
        return value !== null && typeof value === "object" ? value : {};
    } catch {
        return {};
    }
}

// A line of the list. `hueOf` tells the colour of a topic's name, `hold` is called when somebody
// opens the event to read it. Records may hold anything: one that cannot be told apart is shown as
// it came, and the others of its batch are not lost.
function row({kind, data}, hueOf, hold) {
    const value = parsed(data);
    try {
        return rowOf(kind, data, value, value._kafka || {}, hueOf, hold);
    } catch {
        return rowOf("message", data, {}, {}, hueOf, hold);
    }
}

function rowOf(kind, data, value, meta, hueOf, hold) {
    const item = element("li", "event is-new");
    item.dataset.kind = kind;
    const button = Object.assign(element("button", "row"), {type: "button"});
    button.setAttribute("aria-expanded", "false");
    button.append(timeOf(meta), fromOf(value, meta, hueOf), briefOf(kind, value, meta, data));
    button.onclick = () => toggle(item, button, data) && hold();
    item.append(button);
    return item;
}

function timeOf(meta) {
    const date = new Date(meta.timestamp ?? Date.now());
    if (isNaN(date)) return element("time", "", String(meta.timestamp)); // 8.64e15 is a Date's last
    const text = date.toLocaleTimeString("en-GB") + "." + String(date.getMilliseconds()).padStart(3, "0");
    return Object.assign(element("time", "", text), {dateTime: date.toISOString(), title: String(date)});
}

function fromOf(value, meta, hueOf) {
    const name = meta.topic ?? value.topic ?? "";
    const made = element("span", "from hue-" + hueOf(name), name);
    if (meta.offset === undefined) return made;
    made.append(element("small", "", `${meta.partition} · ${number.format(meta.offset)}`));
    made.title = `${name}, partition ${meta.partition}, offset ${meta.offset}, key ${meta.key ?? "none"}`;
    return made;
}

function briefOf(kind, value, meta, data) {
    const made = element("span", "brief");
    if (kind !== "message") made.append(element("span", "tag", kind));
    if (kind === "gap" && value.to === null) {
        made.append(`Partition ${value.partition} is gone`);
    } else if (kind === "gap") {
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

// Whether it is open now.
function toggle(item, button, data) {
    const open = item.querySelector(".whole");
    button.setAttribute("aria-expanded", String(!open));
    open?.remove();
    if (open) return false;
    const copy = Object.assign(element("button", "quiet", "Copy"), {type: "button"});
    copy.onclick = () => copyText(copy, data);
    const pre = Object.assign(element("pre"), {tabIndex: 0});
    pre.append(pretty(data));
    const whole = element("div", "whole");
    whole.append(pre, copy);
    item.append(whole);
    return true;
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
