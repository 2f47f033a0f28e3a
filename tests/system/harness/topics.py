"""What tests do to Kafka: topics, records, transactions, deletions."""

import itertools
import json
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from .wait import PATIENCE_S, wait_for

_numbers = itertools.count()


def _result(futures):
    for future in futures.values():
        future.result(timeout=PATIENCE_S)


def encode(value):
    """Objects become JSON; bytes, text and None stay what they are."""
    if isinstance(value, dict):
        return json.dumps(value).encode()
    return value.encode() if isinstance(value, str) else value


class Topics:
    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.settings = {
            "bootstrap.servers": bootstrap,
            "log_level": 0,
            "reconnect.backoff.max.ms": 200,
        }
        self.failures = []
        self.admin = AdminClient(self.settings)
        self.producer = Producer(
            {
                **self.settings,
                "linger.ms": 0,
                "message.max.bytes": 16 << 20,
                "acks": "all",
                "max.in.flight": 1,
                # Not idempotent: acknowledged records to new topics got lost with that.
                "socket.nagle.disable": True,
            }
        )

    def create(self, name=None, partitions=1, **config):
        """Makes a topic (dots in config names are written as `_`) and returns its name."""
        if name is None:
            name = f"t{next(_numbers)}-{uuid.uuid4().hex[:6]}"
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        _result(self.admin.create_topics([NewTopic(name, partitions, 1, config=config)]))
        self.wait_partitions(name, partitions)
        return name

    def create_many(self, names):
        """Topics of one partition each."""
        _result(self.admin.create_topics([NewTopic(name, 1, 1) for name in names]))

    def partitions(self, name):
        """How many partitions with a leader the topic has."""
        topic = self.admin.list_topics(topic=name, timeout=PATIENCE_S).topics[name]
        if topic.error is not None:
            return 0
        return sum(1 for partition in topic.partitions.values() if partition.leader >= 0)

    def wait_partitions(self, name, count):
        wait_for(lambda: self.partitions(name) == count, what=f"{name} has {count} partitions")
        # So that the producer knows, too.
        self.producer.list_topics(topic=name, timeout=PATIENCE_S)

    def add_partitions(self, name, total):
        _result(self.admin.create_partitions([NewPartitions(name, total)]))
        self.wait_partitions(name, total)

    def delete(self, name):
        _result(self.admin.delete_topics([name]))

    def delete_records(self, name, offsets):
        """Makes offsets[partition] the partition's first offset."""
        up_to = [TopicPartition(name, partition, offset) for partition, offset in offsets.items()]
        _result(self.admin.delete_records(up_to))

    def send(self, topic, value, partition=0, key=None, headers=None, timestamp=0):
        """Queues one record; flush() waits for all of them. Returns a dict that gets `offset`."""
        receipt = {}

        def delivered(error, message):
            if error is not None:
                self.failures.append(error)
            else:
                receipt["offset"] = message.offset()

        while True:
            try:
                self.producer.produce(
                    topic, encode(value), key=key, partition=partition, headers=headers,
                    timestamp=timestamp, on_delivery=delivered,
                )  # fmt: skip
                break
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)
        return receipt

    def flush(self):
        assert self.producer.flush(180) == 0, "records were not delivered"
        failures, self.failures = self.failures, []
        assert not failures, failures[0]

    def produce(self, topic, *values, partition=0, **options):
        """Produces the values in order and returns the offset of the first one."""
        receipts = [self.send(topic, value, partition, **options) for value in values]
        self.flush()
        return receipts[0]["offset"]

    def transaction(self, topic, *values, partition=0, commit=True):
        """Produces within a transaction: it leaves a control record, and aborted records if told."""
        producer = Producer({**self.settings, "transactional.id": uuid.uuid4().hex})
        producer.init_transactions(PATIENCE_S)
        producer.begin_transaction()
        for value in values:
            producer.produce(topic, encode(value), partition=partition)
        assert producer.flush(180) == 0
        (producer.commit_transaction if commit else producer.abort_transaction)(PATIENCE_S)

    def offsets(self, topic, partition=0):
        """The (first, next) offsets of a partition."""
        consumer = Consumer({**self.settings, "group.id": "unused"})
        try:
            place = TopicPartition(topic, partition)
            return consumer.get_watermark_offsets(place, timeout=PATIENCE_S)
        finally:
            consumer.close()

    def groups(self):
        """The ids of all consumer groups that the broker knows."""
        listed = self.admin.list_consumer_groups(request_timeout=PATIENCE_S).result()
        return [group.group_id for group in listed.valid]



    def read_all(self, topic, partition=0):
        """The offsets that a plain consumer gets from the start of the partition to its end."""
        settings = {"group.id": "unused", "enable.partition.eof": True}
        consumer = Consumer({**self.settings, **settings, "enable.auto.commit": False})
        consumer.assign([TopicPartition(topic, partition, 0)])
        offsets = []
        try:
            while True:
                message = consumer.poll(PATIENCE_S)
                assert message is not None, f"no end of {topic}/{partition}"
                if message.error():
                    return offsets
                offsets.append(message.offset())
        finally:
            consumer.close()

    def roll_and_wait_compacted(self, topic, below):
        """Goes on writing, so that segments are closed, until fewer than `below` are left."""

        def is_compacted():
            self.produce(topic, {"roll": 1}, key="roll")
            return len(self.read_all(topic)) < below

        wait_for(is_compacted, timeout=180, what=f"{topic} is compacted", every=0.3)
