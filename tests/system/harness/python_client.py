"""
Python's clients on one URL. Arguments: KIND, URL, optionally an event id, optionally a media type.
KINDS that parse print a JSON line per event; the others print the body's bytes as they get them.
"""

import json
import pathlib
import sys


def show(name, data, last_id):
    print(json.dumps({"type": name, "data": data, "id": last_id}), flush=True)


def write(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def requests_lines(url, fields):
    import requests

    for line in requests.get(url, headers=fields, stream=True).iter_lines():
        write(line + b"\n")


def requests_sse(url, fields):
    import requests_sse

    with requests_sse.EventSource(url, headers=fields) as source:
        for event in source:
            show(event.type, event.data, event.last_event_id)


def sseclient_py(url, fields):
    """Its module has the name of another client's: it is installed apart."""
    sys.path.insert(0, str(pathlib.Path(sys.prefix) / "apart"))
    import requests
    import sseclient

    for event in sseclient.SSEClient(requests.get(url, headers=fields, stream=True)).events():
        show(event.event, event.data, event.id)


def sseclient(url, fields):
    import sseclient

    for event in sseclient.SSEClient(url, headers=fields):
        if event.data:  # it takes comments for messages without data
            show(event.event, event.data, event.id)


def urllib3_pieces(url, fields):
    """Pieces of a fixed size, larger than an event."""
    import urllib3

    response = urllib3.PoolManager().request("GET", url, headers=fields, preload_content=False)
    for piece in response.stream(1024):
        write(piece)


kind, url, last_id, media_type = (sys.argv[1:] + [""] * 2)[:4]
fields = {"Accept": media_type or "text/event-stream"}
if last_id:
    fields["Last-Event-ID"] = last_id
globals()[kind](url, fields)
