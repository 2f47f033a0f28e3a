"""A TCP relay in front of a broker, which can be shut or go mute: an address that nobody reaches."""

import contextlib
import selectors
import socket
import threading

from .wait import free_port


class Relay:
    """
    Listens on `port`. As a context manager it ends with close(). Its modes: "open", "shut" (nothing
    listens) and "mute" (connections are taken, and nothing ever comes back).
    """

    def __init__(self, target_port, mode="open"):
        self.port = free_port()
        self.target_port = target_port
        self._lock = threading.Lock()
        self._pairs = {}
        self._listener = None
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._is_closing = False
        self.mode = None
        self.set(mode)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def set(self, mode):
        """Changes the mode; what is connected now is broken off."""
        with self._lock:
            self._drop_all()
            self.mode = mode
            if mode != "shut" and self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self.port))
                self._selector.register(self._listener, selectors.EVENT_READ)
            elif mode == "shut" and self._listener is not None:
                self._selector.unregister(self._listener)
                self._listener.close()
                self._listener = None
        self._wake.send(b"x")

    def _drop(self, end):
        other = self._pairs.pop(end, None)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(end)
        end.close()
        if other is not None:
            self._pairs.pop(other, None)
            self._drop(other)

    def _drop_all(self):
        while self._pairs:
            self._drop(next(iter(self._pairs)))

    def _accept(self):
        client, _ = self._listener.accept()
        self._pairs[client] = None
        if self.mode == "mute":
            return
        try:
            broker = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
        except OSError:
            self._drop(client)
            return
        broker.settimeout(None)
        self._pairs[client], self._pairs[broker] = broker, client
        for end in (client, broker):
            self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end):
        try:
            data = end.recv(1 << 18)
            if data:
                self._pairs[end].sendall(data)
                return
        except OSError:
            pass
        self._drop(end)

    def _run(self):
        while not self._is_closing:
            ready = self._selector.select()
            with self._lock:
                for key, _ in ready:
                    if key.fileobj is self._woken:
                        self._woken.recv(100)
                    elif key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj in self._pairs:
                        self._pass_on(key.fileobj)

    def close(self):
        self.set("shut")
        self._is_closing = True
        self._wake.send(b"x")
        self._thread.join()
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
