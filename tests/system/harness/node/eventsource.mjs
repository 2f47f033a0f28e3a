// npm's eventsource on one URL: a JSON line per event on standard output, until it is killed.
// Arguments: URL, then optionally the Last-Event-ID of the first request.
import { EventSource } from "eventsource";

const [url, firstId] = process.argv.slice(2);
let isFirst = true;

function withFirstId(input, init) {
  const headers = { ...init.headers };
  if (isFirst && firstId) headers["Last-Event-ID"] = firstId;
  isFirst = false;
  return fetch(input, { ...init, headers });
}

const print = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const source = new EventSource(url, { fetch: withFirstId });
source.onopen = () => print({ type: "open" });
source.onerror = (event) => {
  // The server's own `error` events come here, too; those have data.
  if (event.data !== undefined) print({ type: "error", data: event.data, id: event.lastEventId });
  else print({ type: "trouble", code: event.code ?? null, closed: source.readyState === 2 });
};
for (const type of ["message", "gap", "position", "tombstone"]) {
  source.addEventListener(type, (event) =>
    print({ type, data: event.data, id: event.lastEventId }));
}
