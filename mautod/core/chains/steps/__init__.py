"""The kinds of steps, one module each; a module's name is the key that writers use.

A trailing underscore keeps a name from being a word of Python.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mautod.core.chains.step import Step


@cache
def kinds() -> Mapping[str, type[Step]]:
    """Every kind of step by its key."""
    found = {
        module.name.removesuffix("_"): importlib.import_module(f"{__name__}.{module.name}").STEP
        for module in pkgutil.iter_modules(__path__)
    }
    return MappingProxyType(found)
