"""Python's sseclient on one URL: a JSON line per event. Arguments: URL, optionally an event id."""

import json
import sys

from sseclient import SSEClient

arguments = sys.argv[1:]
for event in SSEClient(arguments[0], last_id=arguments[1] if len(arguments) > 1 else None):
    if not event.data:
        continue  # it takes comments for messages without data
    line = {"type": event.event, "data": event.data, "id": event.id}
    print(json.dumps(line), flush=True)
