"""The files of a test broker's partitions: their batches, and how to damage them."""

import dataclasses
import struct

HEADER = struct.Struct(">qiibiHiqqqhii")  # magic 2: up to the number of records


@dataclasses.dataclass
class Batch:
    path: object
    position: int  # in the file
    size: int  # of the whole batch
    first: int  # offset of its first record
    end: int  # offset behind its last one

    def damage(self):
        """Flips the bits of some bytes in the middle of its records. A second time mends it."""
        self._flip(HEADER.size + (self.size - HEADER.size) // 2, 4)

    def damage_version(self):
        """The same of its version: librdkafka tells that once, and is silent then."""
        self._flip(16, 1)

    def _flip(self, at, count):
        with open(self.path, "r+b") as file:
            file.seek(self.position + at)
            old = file.read(count)
            file.seek(self.position + at)
            file.write(bytes(byte ^ 0x7F for byte in old))


def batches(broker, topic, partition=0):
    """All batches of the partition's first segment, oldest first."""
    folder = broker.directory / "data" / f"{topic}-{partition}"
    path = folder / "00000000000000000000.log"
    data = path.read_bytes()
    found, at = [], 0
    while at + HEADER.size <= len(data):
        fields = HEADER.unpack_from(data, at)
        first, length, last_delta = fields[0], fields[1], fields[6]
        if length == 0:
            break  # the file is longer than what is written
        assert fields[3] == 2, fields
        found.append(Batch(path, at, 12 + length, first, first + last_delta + 1))
        at += 12 + length
    return found
