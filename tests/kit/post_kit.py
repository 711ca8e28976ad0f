"""Mail servers that others wrote, in folders of their own, on loopback: Postfix and Dovecot."""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from smtp_kit import free_port, wait_for

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
POSTFIX = shutil.which("postfix", path=PATH)
DOVECOT = shutil.which("dovecot", path=PATH)
SINK = shutil.which("smtp-sink", path=PATH)
ROOT = os.geteuid() == 0

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
maillog_file_prefixes = {folder}
maillog_file = {folder}/mail.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.x.test
mydestination =
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
transport_maps = inline:{{ {routes} }}
relay_domains =
recipient_delimiter = +
alias_maps =
alias_database =
biff = no
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = {lifetime}
bounce_queue_lifetime = 1h
default_destination_concurrency_limit = 10
message_size_limit = 52428800
mailbox_size_limit = 0
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A Postfix that takes letters at `port` and routes domains as told."""

    def __init__(self, folder: Path, routes: dict[str, str], *, lifetime: str = "1h") -> None:
        self.folder = folder
        self.port = free_port()
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        (folder / "queue").mkdir()
        (folder / "data").mkdir()
        shutil.chown(folder / "data", "postfix")
        told = " ".join(f"{{{domain}={route}}}" for domain, route in routes.items())
        (folder / "main.cf").write_text(_MAIN.format(folder=folder, routes=told, lifetime=lifetime))
        (folder / "master.cf").write_text(_MASTER.format(port=self.port))

    def __enter__(self) -> Self:
        subprocess.run(
            [POSTFIX, "-c", str(self.folder), "start"], check=True, capture_output=True, timeout=30
        )
        wait_for(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(
            [POSTFIX, "-c", str(self.folder), "stop"], check=False, capture_output=True, timeout=30
        )

    def send(self, sender: str, recipient: str, letter: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.sendmail(sender, [recipient], letter)

    @property
    def log(self) -> str:
        return (self.folder / "mail.log").read_text() if (self.folder / "mail.log").exists() else ""


@contextlib.contextmanager
def sink(*options: str):
    """smtp-sink, with faults if so told; its port."""
    port = free_port()
    process = subprocess.Popen(
        [SINK, "-u", "nobody", *options, f"127.0.0.1:{port}", "10"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(5)


_DOVECOT = """\
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = password=hush
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
{more}
"""


class Dovecot:
    """A Dovecot; every user's password is `hush`."""

    def __init__(self, folder: Path, cert: tuple[Path, Path], more: str = "") -> None:
        self.folder = folder
        self.port, self.secure_port = free_port(), free_port()
        folder.mkdir(parents=True)
        (folder / "run").mkdir()
        (folder / "home").mkdir()
        folder.chmod(0o755)
        shutil.chown(folder / "home", "nobody", "nogroup")
        self.config = folder / "dovecot.conf"
        self.config.write_text(
            _DOVECOT.format(
                folder=folder, port=self.port, secure=self.secure_port,
                cert=cert[0], key=cert[1], more=more,
            )
        )  # fmt: skip
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(self.config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.port)
        wait_for(self.secure_port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def put(self, user: str, *letters: bytes) -> None:
        """Deliver letters, as a Maildir takes them: whole or not at all."""
        box = self.folder / "home" / user / "Maildir"
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
        for letter in letters:
            name = f"{time.time_ns()}.M{len(letter)}.{socket.gethostname()}"
            (box / "tmp" / name).write_bytes(letter.replace(b"\r\n", b"\n"))
            (box / "tmp" / name).chmod(0o666)
            (box / "tmp" / name).rename(box / "new" / name)
        subprocess.run(["chown", "-R", "nobody:nogroup", str(box.parent)], check=True)

    def files(self, user: str, folder: str = "") -> list[str]:
        """Names of the letters in a folder, with their flags."""
        box = self.folder / "home" / user / "Maildir" / folder
        return sorted(p.name for part in ("new", "cur") for p in (box / part).glob("*"))

    def forget_uids(self, user: str) -> None:
        """Let the mailbox have another UIDVALIDITY, as after a restore."""
        box = self.folder / "home" / user / "Maildir"
        for path in box.glob("dovecot*"):
            path.unlink()


@contextlib.contextmanager
def open_folder():
    """A folder whose parents anybody may enter: servers give up root, and pytest's are closed."""
    folder = Path(tempfile.mkdtemp(prefix="mautod-post-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def until(holds, seconds: float = 20.0):
    """Wait for something that another process is about to do; what it came to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")
