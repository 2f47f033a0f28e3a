"""Bookkeeping over delivered records: per partition every offset once, in order, none missing."""

import collections
import threading


class Ledger:
    def __init__(self, start):
        """`start` is {(topic, partition): first offset that is due}."""
        self.next = dict(start)
        self.count = 0

    def take(self, event, check_id=True):
        """Checks one message against what is due, and its id against what has been taken."""
        topic, partition, offset = event.place
        due = self.next[topic, partition]
        assert offset == due, f"{topic}/{partition}: offset {offset} came when {due} was due"
        self.next[topic, partition] = offset + 1
        self.count += 1
        if check_id:
            assert event.position == self.next

    def has_reached(self, ends):
        return all(self.next[place] >= end for place, end in ends.items())


BURST = 20  # more in one go: readers of this process keep the writer from running often


class Writer:
    """Writes records to all partitions in turn on a thread until told to stop."""

    def __init__(self, topics, names, partitions, pad=80, pause=0.005):
        self.topics, self.names, self.partitions = topics, names, partitions
        self.pad, self.pause = "x" * pad, pause
        self.ends = collections.Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        number = 0
        while not self._stop.is_set():
            for number in range(number, number + BURST):
                self.write(number)
            number += 1
            self._stop.wait(self.pause)

    def write(self, number):
        topic = self.names[number % len(self.names)]
        partition = (number // len(self.names)) % self.partitions
        self.topics.send(topic, {"n": number, "pad": self.pad}, partition)
        self.ends[topic, partition] += 1

    def write_many(self, count):
        for number in range(count):
            self.write(number)
        self.topics.flush()
        return self

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the writing; `ends` then holds the number of records of each partition."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.topics.flush()


def from_the_start(names, partitions):
    """An event id and the Ledger that goes with it."""
    places = [(name, partition) for name in names for partition in range(partitions)]
    last_id = [{"topic": t, "partition": p, "offset": 0} for t, p in places]
    return last_id, Ledger({place: 0 for place in places})
