from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from mautod import channels, config
from mautod.channels.port import Net
from mautod.services.definitions.example import example_config

FILE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_is_what_the_structs_say():
    """After a change of the configuration: mautod config example > config.example.toml"""
    assert FILE.read_text(encoding="utf-8") == example_config()


def test_the_example_loads_and_means_the_defaults():
    read = config.parse(FILE.read_text(encoding="utf-8"))
    assert read == config.Config(channels=read.channels)


def test_every_channel_is_in_it_and_takes_what_it_says(tmp_path):
    read = config.parse(FILE.read_text(encoding="utf-8"))
    assert list(read.channels) == channels.kinds()
    for kind, section in read.channels.items():
        channels.create(kind, section, Net(tmp_path))


def test_every_key_is_described():
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if re.match(r"\w+ = ", line):
            assert above.startswith("# "), line
