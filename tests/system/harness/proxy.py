"""A proxy in front of a broker, which counts what the broker sends through it."""

import selectors
import socket
import threading


class CountingProxy:
    """Listens on a port of its own and passes all bytes on to `port`."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sent = 0  # by the broker
        self.others = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.is_stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _accept(self):
        near, _ = self.listener.accept()
        far = socket.create_connection(("127.0.0.1", self.target))
        for one, other in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.others[one] = (other, one is far)
            self.selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, one):
        other, is_broker = self.others[one]
        try:
            data = one.recv(1 << 18)
            other.sendall(data)
        except OSError:
            data = b""
        if is_broker:
            self.sent += len(data)
        if not data:
            for ended in (one, other):
                self.selector.unregister(ended)
                del self.others[ended]
                ended.close()

    def _run(self):
        while not self.is_stopping:
            for key, _ in self.selector.select(0.1):
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj in self.others:
                    self._pass_on(key.fileobj)

    def close(self):
        self.is_stopping = True
        self.thread.join(10)
        for each in (self.listener, *self.others):
            each.close()
        self.selector.close()
