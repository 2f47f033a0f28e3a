"""
What a stranger does to a server, without any right that others lack. A process of its own.

    attack.py NAME PORT TOPIC RECORDS COUNT SECONDS

COUNT connections at a time do it for SECONDS (see each function). Prints "ready" when it has begun
in earnest, and JSON with how often it was done at the end.
"""

import asyncio
import json
import random
import sys
import time
from urllib.parse import quote

READ_BYTES = 16 * 1024
ADDRESS = "127.0.0.2"  # that limits per address tell from everybody else's
FILTER_PARTS = 50  # as much as a filter may have


class Plan:
    def __init__(self, port, topic, records, count, seconds):
        self.port, self.topic, self.records = int(port), topic, int(records)
        self.count, self.seconds = int(count), float(seconds)
        self.done = 0

    async def connect(self):
        return await asyncio.open_connection(
            "127.0.0.1", self.port, limit=READ_BYTES, local_addr=(ADDRESS, 0)
        )

    async def ask(self, path, last_id=None):
        reader, writer = await self.connect()
        fields = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        status = await reader.readline()
        assert b" 200 " in status, (status, await reader.read(READ_BYTES))
        return reader, writer


def id_at(plan, offset):
    return json.dumps([{"topic": plan.topic, "partition": 0, "offset": offset}])


async def until(deadline, reading):
    """What `reading` gives, or None when the time is over."""
    try:
        return await asyncio.wait_for(reading, max(0.001, deadline - time.monotonic()))
    except (asyncio.TimeoutError, OSError, asyncio.IncompleteReadError):
        return None


async def slow(plan, deadline):
    """Reads a long past at 90 KB/s."""
    reader, writer = await plan.ask(
        f"/{plan.topic}", id_at(plan, random.randrange(plan.records // 2))
    )
    while time.monotonic() < deadline:
        data = await until(deadline, reader.read(9000))
        plan.done += len(data or b"")
        await asyncio.sleep(0.1)
    writer.close()


async def mute(plan, deadline):
    """Asks for a long past and reads nothing."""
    _, writer = await plan.ask(f"/{plan.topic}", id_at(plan, random.randrange(plan.records // 2)))
    writer.transport.pause_reading()
    plan.done += 1
    await asyncio.sleep(max(0, deadline - time.monotonic()))
    writer.close()


async def visits(plan, deadline):
    """Comes at any place, takes one event and goes."""
    while time.monotonic() < deadline:
        reader, writer = await plan.ask(f"/{plan.topic}", id_at(plan, random.randrange(plan.records)))
        if await until(deadline, reader.readuntil(b"\ndata: ")) is not None:
            plan.done += 1
        writer.transport.abort()
        await asyncio.sleep(0.02)


async def idle(plan, deadline):
    """Connects and says nothing."""
    _, writer = await plan.connect()
    plan.done += 1
    await asyncio.sleep(max(0, deadline - time.monotonic()))
    writer.close()


async def filters(plan, deadline):
    """A long filter that nobody else has, all of which has to be looked at."""
    n = plan.done = plan.done + 1
    parts = (f'!text.contains("{"a" * 40}{i}z{n}")' for i in range(FILTER_PARTS))
    filter_ = f"n != -{n} && " + " && ".join(parts)
    reader, writer = await plan.ask(f"/{plan.topic}?filter={quote(filter_)}")
    while await until(deadline, reader.read(READ_BYTES)):
        pass
    writer.close()


async def fields(plan, deadline):
    """A list of many paths that nobody else has."""
    n = plan.done = plan.done + 1
    paths = ",".join(f"inner.m{n}x{i}" for i in range(100))
    reader, writer = await plan.ask(f"/{plan.topic}?fields={paths}")
    while await until(deadline, reader.read(READ_BYTES)):
        pass
    writer.close()


async def subsets(plan, deadline):
    """A set of partitions that nobody else has, with the first one in all of them."""
    n = plan.done = plan.done + 1
    chosen = [0] + [1 + bit for bit in range(n.bit_length()) if n >> bit & 1]
    start = [{"topic": plan.topic, "partition": p, "offset": -1} for p in chosen]
    reader, writer = await plan.ask(f"/{plan.topic}", json.dumps(start))
    while await until(deadline, reader.read(READ_BYTES)):
        pass
    writer.close()


ATTACKS = (slow, mute, visits, idle, filters, fields, subsets)


async def run(attack, plan):
    deadline = time.monotonic() + plan.seconds
    tasks = [asyncio.ensure_future(attack(plan, deadline)) for _ in range(plan.count)]
    await asyncio.sleep(min(1.0, plan.seconds / 4))
    print("ready", flush=True)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [str(outcome) for outcome in outcomes if isinstance(outcome, Exception)]
    print(json.dumps({"done": plan.done, "failed": len(failed), "why": failed[:1]}), flush=True)


def main():
    name, *rest = sys.argv[1:]
    attack = {function.__name__: function for function in ATTACKS}[name]
    asyncio.run(run(attack, Plan(*rest)))


if __name__ == "__main__":
    main()
