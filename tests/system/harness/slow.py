"""Clients that read slowly, all in one thread."""

import json
import socket
import threading
import time

PIECE = 9000
RECEIVE_BUFFER = 65536


class SlowClients:
    """Each reads `rate` bytes a second of its stream, whatever comes. `requests`: (path, last id)."""

    def __init__(self, port, requests, rate):
        self.sockets = [self._connect(port, *request) for request in requests]
        self.taken = [0] * len(self.sockets)
        self.pause = PIECE / rate if rate else None
        self.is_stopping = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        if rate:
            self.thread.start()

    @staticmethod
    def _connect(port, path, last_id):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        client.settimeout(30)
        client.connect(("127.0.0.1", port))
        fields = f"Host: 127.0.0.1:{port}\r\nLast-Event-ID: {json.dumps(last_id)}\r\n"
        client.sendall(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
        client.setblocking(False)
        return client

    def _read(self):
        while not self.is_stopping.is_set():
            next_round = time.monotonic() + self.pause
            for number, client in enumerate(self.sockets):
                try:
                    self.taken[number] += len(client.recv(PIECE))
                except BlockingIOError:
                    pass
            self.is_stopping.wait(max(0, next_round - time.monotonic()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_stopping.set()
        if self.thread.is_alive():
            self.thread.join(30)
        for client in self.sockets:
            client.close()
