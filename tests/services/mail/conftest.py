"""Mail servers and a journal for them."""

from __future__ import annotations

import shutil

import pytest
from letters_kit import LINKS
from mailroom_kit import Mailroom
from post_kit import DOVECOT, POSTFIX, ROOT, SINK, Dovecot, open_folder, self_signed

from mautod.store.group_commit import GroupCommit


@pytest.fixture
def room(tmp_path):
    made = Mailroom(tmp_path / "room")
    yield made
    made.close()


@pytest.fixture
async def writer(room):
    made = GroupCommit(room.journal, limit=1000)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def dovecot(certificate):
    if DOVECOT is None or not ROOT:
        pytest.skip("Dovecot is not installed (apt-get install dovecot-imapd), or we are not root")
    with open_folder() as folder, Dovecot(folder / "dovecot", certificate) as server:
        yield server


@pytest.fixture
def needs_postfix():
    if POSTFIX is None or SINK is None or not ROOT:
        pytest.skip("Postfix is not installed (apt-get install postfix), or we are not root")


@pytest.fixture
def links():
    return LINKS
