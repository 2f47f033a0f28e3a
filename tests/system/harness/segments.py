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
        begin = self.position + HEADER.size
        middle = begin + (self.size - HEADER.size) // 2
        with open(self.path, "r+b") as file:
            file.seek(middle)
            old = file.read(4)
            file.seek(middle)
            file.write(bytes(byte ^ 0xFF for byte in old))


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
