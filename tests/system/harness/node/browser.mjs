// A real browser, driven by JSON lines on standard input; its answers are JSON lines, too.
// Arguments: chromium|firefox, the program's path. Commands:
//   {"open": url}           go to a page; {"type":"opened"}
//   {"listen": url}         an EventSource in that page; each event is a line
//   {"evaluate": text}      {"type":"value","value":...}
//   {"screenshot": path}    {"type":"saved"}
import { createInterface } from "node:readline";
import * as playwright from "playwright-core";

const [name, executablePath] = process.argv.slice(2);
const CHROMIUM_FLAGS = [
  "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const MARK = "kafkasse-event ";
const print = (value) => process.stdout.write(JSON.stringify(value) + "\n");

function listen(url, mark) {
  const source = new EventSource(url);
  const show = (value) => console.log(mark + JSON.stringify(value));
  source.onopen = () => show({ type: "open" });
  source.onerror = (event) => {
    if (event.data !== undefined) show({ type: "error", data: event.data, id: event.lastEventId });
    else show({ type: "trouble", closed: source.readyState === EventSource.CLOSED });
  };
  for (const type of ["message", "gap", "position", "tombstone"]) {
    source.addEventListener(type, (event) =>
      show({ type, data: event.data, id: event.lastEventId }));
  }
}

// Firefox is driven by WebDriver BiDi, which is still growing: playwright needs a Firefox of its age.
async function launch() {
  if (name === "chromium") {
    return playwright.chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  }
  try {
    return await playwright.firefox.launch({ executablePath, channel: "moz-firefox" });
  } catch (error) {
    if (!/Protocol error .*unknown command/.test(error.message)) throw error;
    print({ type: "undrivable", text: error.message.split("\n")[0] });
    process.exit(0);
  }
}

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.on("console", (message) => {
  const text = message.text();
  if (text.startsWith(MARK)) process.stdout.write(text.slice(MARK.length) + "\n");
  else if (message.type() === "error") print({ type: "console", text });
});
page.on("pageerror", (error) => print({ type: "pageerror", text: String(error) }));

async function obey(command) {
  if (command.open !== undefined) {
    await page.goto(command.open, { waitUntil: "domcontentloaded" });
    print({ type: "opened" });
  } else if (command.listen !== undefined) {
    await page.evaluate(`(${listen})(${JSON.stringify(command.listen)}, ${JSON.stringify(MARK)})`);
  } else if (command.evaluate !== undefined) {
    print({ type: "value", value: (await page.evaluate(command.evaluate)) ?? null });
  } else if (command.screenshot !== undefined) {
    await page.screenshot({ path: command.screenshot });
    print({ type: "saved" });
  }
}

print({ type: "ready" });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    await obey(JSON.parse(line));
  } catch (error) {
    print({ type: "failed", text: String(error) });
  }
}
await browser.close();
process.exit(0);
