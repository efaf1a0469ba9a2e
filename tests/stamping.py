"""A time-stamping authority of one's own: a root, a signer below it, ``openssl ts`` behind an HTTP port on loopback."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIGURATION = """
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = {name}
[ root ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ signer ]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ tsa ]
default_tsa = answers
[ answers ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """Answers as long as it is open; ``failing`` is a body that it answers with instead, ``status`` its HTTP status."""

    def __init__(self, folder: Path, name: str = "测试时间戳机构") -> None:
        self.folder = folder
        self.failing: bytes | None = None
        self.status = 200
        self.asked = 0
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "serial").write_text("01\n")
        for role in ("root", "signer"):
            (folder / f"{role}.cnf").write_text(CONFIGURATION.format(folder=folder, name=f"{name} {role}"), "utf-8")
            _openssl(
                "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder / f"{role}.key"
            )
        new = ("req", "-new", "-utf8", "-config")
        _openssl(
            *new, folder / "root.cnf", "-x509", "-days", "30", "-extensions", "root",
            "-key", folder / "root.key", "-out", folder / "root.pem",
        )  # fmt: skip
        _openssl(*new, folder / "signer.cnf", "-key", folder / "signer.key", "-out", folder / "signer.csr")
        _openssl(
            "x509", "-req", "-in", folder / "signer.csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key",
            "-CAcreateserial", "-days", "30", "-extfile", folder / "signer.cnf", "-extensions", "signer",
            "-out", folder / "signer.pem",
        )  # fmt: skip
        authority = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authority.asked += 1
                request = self.rfile.read(int(self.headers["Content-Length"]))
                body = authority.answer(request) if authority.failing is None else authority.failing
                self.send_response(authority.status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/tsa"

    @property
    def certificates(self) -> Path:
        """The root, by which its stamps are checked."""
        return self.folder / "root.pem"

    def answer(self, request: bytes) -> bytes:
        """What ``openssl ts`` answers; the signer's certificate goes with it where the request asks for it."""
        asked, answered = self.folder / "request.tsq", self.folder / "answer.tsr"
        asked.write_bytes(request)
        _openssl("ts", "-reply", "-config", self.folder / "signer.cnf", "-queryfile", asked, "-out", answered)
        return answered.read_bytes()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def openssl_verifies(folder: Path, note: bytes, response: bytes, authorities: Path) -> bool:
    """Whether ``openssl ts -verify`` finds the stamp to be of exactly these bytes."""
    (folder / "checkpoint").write_bytes(note)
    (folder / "checkpoint.tsr").write_bytes(response)
    command = ["openssl", "ts", "-verify", "-data", folder / "checkpoint", "-in", folder / "checkpoint.tsr"]
    return subprocess.run([*command, "-CAfile", authorities], capture_output=True, check=False).returncode == 0


def _openssl(*arguments: object) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
