"""mautod: a marketing automation daemon for one server and a terminal."""

__version__ = "0.1.0"
