"""`mautod` and `python -m mautod`."""

from __future__ import annotations

from mautod.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
