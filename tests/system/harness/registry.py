"""
A stand-in for a schema registry: the part of Confluent's HTTP API that producers and kafkasse use,
over http.server, with faults to switch on, and with TLS. Schemas live in memory; ids count from 1.
"""

import http.server
import json
import re
import socketserver
import ssl
import threading
import time
import urllib.parse

TYPE = "application/vnd.schemaregistry.v1+json"


def error(code, message):
    return int(str(code)[:3]), {"error_code": code, "message": message}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.respond(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.respond(json.loads(body))

    def respond(self, body):
        registry = self.server.registry
        if registry.server is not self.server:  # gone, but for this connection
            self.close_connection = True
            return
        with registry.lock:
            registry.requests.append((self.path, dict(self.headers)))
            status, slowness, drip = registry.fault, registry.slowness, registry.drip
        time.sleep(slowness)
        if status:
            answer = status, {"error_code": status, "message": "switched off"}
        else:
            with registry.lock:
                answer = registry.answer(self.command, urllib.parse.unquote(self.path), body)
        data = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Type", TYPE)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            for at in range(0, len(data), 1 if drip else len(data)):
                self.wfile.write(data[at : at + 1] if drip else data)
                time.sleep(drip)
        except OSError:
            pass  # who asked did not wait


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class Registry:
    """
    As a context manager, a registry that runs. `fault` is a status that every request gets, or
    None; `slowness`, seconds before each answer; `drip`, seconds between its bytes; away() and
    back() close and open its port.
    `certificate` is a harness.certificates.Certificate, which makes it speak TLS.
    """

    def __init__(self, certificate=None):
        self.certificate = certificate
        self.lock = threading.Lock()
        self.schemas = []  # by id - 1: what `GET /schemas/ids` answers
        self.subjects = {}  # name: ids of its versions
        self.requests = []  # (path, fields) of each
        self.fault = None
        self.slowness = 0
        self.drip = 0
        self.port = 0
        self.server = None

    def __enter__(self):
        self.back()
        return self

    def __exit__(self, *_):
        if self.server is not None:
            self.away()

    @property
    def url(self):
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def back(self):
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.registry, self.server.block_on_close = self, False
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate.path, self.certificate.key_path)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def away(self):
        server, self.server = self.server, None
        server.shutdown()
        server.server_close()
        self.thread.join()

    def add(self, subject, schema, type_="AVRO", references=()):
        """Registers a version of the subject, which need not be compatible; returns the id."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        body = {"schema": text, "schemaType": type_, "references": list(references)}
        with self.lock:
            return self.answer("POST", f"/subjects/{subject}/versions", body)[1]["id"]

    def asked(self, path):
        """How many requests there were for the path."""
        with self.lock:
            return sum(1 for asked, _ in self.requests if asked == path)

    def answer(self, method, path, body):
        match = re.fullmatch(r"/schemas/ids/(\d+)", path)
        if match and method == "GET":
            return self.get_schema(int(match[1]))
        match = re.fullmatch(r"/subjects/(.+)/versions(?:/(\d+))?", path)
        if match and method == "POST" and not match[2]:
            return self.register(match[1], body)
        if match and method == "GET" and match[2]:
            return self.get_version(match[1], int(match[2]))
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}

    def get_schema(self, number):
        if not 1 <= number <= len(self.schemas):
            return error(40403, f"Schema {number} not found")
        return 200, self.schemas[number - 1]

    def register(self, subject, body):
        entry = {"schema": body["schema"]}
        if body.get("schemaType", "AVRO") != "AVRO":
            entry["schemaType"] = body["schemaType"]  # which a real one leaves out for Avro
        if body.get("references"):
            entry["references"] = body["references"]
        if entry not in self.schemas:
            self.schemas.append(entry)
        number = self.schemas.index(entry) + 1
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return 200, {"id": number}

    def get_version(self, subject, version):
        if subject not in self.subjects:
            return error(40401, f"Subject '{subject}' not found.")
        if not 1 <= version <= len(self.subjects[subject]):
            return error(40402, f"Version {version} not found.")
        number = self.subjects[subject][version - 1]
        return 200, {"subject": subject, "version": version, "id": number,
                     **self.schemas[number - 1]}  # fmt: skip
