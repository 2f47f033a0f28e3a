"""nginx or HAProxy in front of a server."""

import re

from .http import Stream
from .process import spawn
from .wait import PATIENCE_S, free_port, wait_for

# Around what /etc/nginx/conf.d would hold.
NGINX = """\
daemon off;
pid @/nginx.pid;
error_log @/error.log;
events {}
http {
    access_log off;
    client_body_temp_path @/body;
    proxy_temp_path @/proxy;
    fastcgi_temp_path @/fastcgi;
    uwsgi_temp_path @/uwsgi;
    scgi_temp_path @/scgi;
"""


class WebProxy:
    """`WebProxy("nginx", program, configuration, directory)`; its one listen or bind gets a port."""

    def __init__(self, kind, program, configuration, directory):
        self.port = free_port()
        listen = rf"\g<1>127.0.0.1:{self.port}"
        configuration, count = re.subn(r"(listen |bind )[\d:]+", listen, configuration)
        assert count == 1
        path = directory / f"{kind}.conf"
        if kind == "nginx":
            frame = NGINX.replace("@", str(directory))
            path.write_text(f"{frame}{configuration}}}\n")
            errors = str(directory / "error.log")
            command = [program, "-p", str(directory), "-c", str(path), "-e", errors]
        else:
            path.write_text(configuration)
            command = [program, "-db", "-f", str(path)]
        self.log = open(directory / f"{kind}.log", "wb")
        self.process = spawn(command, stdout=self.log, stderr=self.log)
        wait_for(self.is_up, what=f"{kind} listens (see {self.log.name})")

    def is_up(self):
        assert self.process.poll() is None, f"the proxy ended: see {self.log.name}"
        try:
            Stream(self.port, "/-/healthy").close()
            return True
        except ConnectionError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()
