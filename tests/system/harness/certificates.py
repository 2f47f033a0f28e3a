"""Certificates for tests: an authority of their own, and what it signs, made by openssl."""

import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificate:
    """
    `Certificate(folder, "ca")` is an authority, which signed itself; with `authority`, a server's
    certificate for `address` that it signed. In PEM, at `path` and `key_path`.
    """

    def __init__(self, folder, name, authority=None, address="127.0.0.1"):
        self.path, self.key_path = folder / f"{name}.pem", folder / f"{name}-key.pem"
        kind = f"subjectAltName=IP:{address}" if authority else "basicConstraints=critical,CA:TRUE"
        signer = ["-CA", authority.path, "-CAkey", authority.key_path] if authority else []
        request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
        extensions.write_text(kind + "\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", self.key_path, "-out", request, "-subj", f"/CN={name}")  # fmt: skip
        if not signer:
            signer = ["-signkey", self.key_path]
        openssl("x509", "-req", "-in", request, "-out", self.path, "-days", "2",
                "-extfile", extensions, *signer, *(["-CAcreateserial"] if authority else []))  # fmt: skip
