"""Runs in the venv of one Python client: every call once, then waits until all is sent."""

import importlib
import sys

module, host, key, gzip = sys.argv[1:]
options = {"gzip": True} if gzip == "gzip" else {}
client = importlib.import_module(module).Client(key, host=host, **options)
client.identify("u1", {"email": "ann@example.com", "имя": "Аня"})
client.track("u1", "Signed", {"plan": "pro", "total": 19.9})
client.page("u1", "Docs", "Home", {"path": "/"})
client.screen("u1", "App", "Start", {})
client.group("u1", "g1", {"name": "Team"})
client.alias("u0", "u1")
client.flush()
client.join()
