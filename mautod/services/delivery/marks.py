"""How links are marked for analytics, as the configuration says."""

from __future__ import annotations

from typing import Final

from mautod.config import Config
from mautod.core.sending.utm import PARAMETERS, Utm, check_domains, check_holes
from mautod.errors import BadInput, ConfigError

_SECTION: Final = "utm"


def utm_of(config: Config) -> Utm:
    """What `[utm]` of `config.toml` says.

    Raises:
        ConfigError: a domain or a text is unfit.
    """
    values = {name: getattr(config.utm, name) for name in PARAMETERS}
    try:
        check_domains(config.utm.domains)
        for text in values.values():
            check_holes(text)
    except BadInput as error:
        raise ConfigError(
            f"config.toml: {_SECTION}: {error.message}", field=_SECTION, hint=error.hint
        ) from error
    return Utm(config.utm.domains, values)
