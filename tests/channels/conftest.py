import asyncio
import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from smtp_kit import SINK, Scripted, free_port, wait_for

from mautod import channels
from mautod.channels.port import Net


@pytest.fixture
def net(tmp_path):
    secrets = {"MAUTOD_SMTP_PASSWORD": "hush@hush/%"}
    return Net(
        folder=tmp_path,
        name="Shop",
        url="https://shop.test",
        secret=lambda name: secrets.get(name, ""),
        clock=lambda: 1_800_000_000_000,
    )


@pytest.fixture
async def email(net):
    """Makes email channels, closes them afterwards."""
    made = []

    async def make(**section):
        channel = channels.create("email", {"sender": "Shop <shop@shop.test>", **section}, net)
        made.append(channel)
        await channel.open()
        return channel

    yield make
    for channel in made:
        await channel.close()


@pytest.fixture
def sink(tmp_path):
    """Starts Postfix's smtp-sink with flags; answers (port, folder of what it took)."""
    if SINK is None:
        pytest.skip("smtp-sink is not installed (Debian package postfix)")
    started = []

    def start(*flags: str):
        port, taken = free_port(), Path(f"/tmp/sink-{os.getpid()}-{free_port()}")
        taken.mkdir(mode=0o777)
        taken.chmod(0o777)
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        command = [SINK, *user, "-d", f"{taken}/m.", *flags, f"127.0.0.1:{port}", "100"]
        started.append((subprocess.Popen(command, stderr=subprocess.DEVNULL), taken))
        wait_for(port)
        return port, taken

    yield start
    for process, taken in started:
        process.terminate()
        process.wait()
        shutil.rmtree(taken, ignore_errors=True)


@pytest.fixture
async def scripted():
    """Starts a `Scripted` server."""
    servers = []

    async def start(**rules):
        script = Scripted(**rules)
        server = await asyncio.start_server(script.serve, "127.0.0.1", 0, limit=2**24)
        script.port = server.sockets[0].getsockname()[1]
        servers.append((server, script))
        return script

    yield start
    for server, script in servers:
        server.close()
        for task in script.tasks:
            task.cancel()
        await asyncio.gather(*script.tasks, return_exceptions=True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for localhost that nobody signed: (certificate, key)."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", pem],
        check=True, capture_output=True,
    )  # fmt: skip
    return pem, key


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
