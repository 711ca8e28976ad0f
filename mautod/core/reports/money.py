"""Amounts as people of a language write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

_SIGNS: Final = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "RUB": "₽",
    "UAH": "₴", "KZT": "₸", "BYN": "Br", "GEL": "₾", "AMD": "֏", "TRY": "₺", "PLN": "zł",
}  # fmt: skip
_WHOLE: Final = frozenset({"JPY", "KRW", "CLP", "VND"})
_CENT: Final = Decimal("0.01")
_MOST: Final = Decimal(10) ** 15
_NARROW: Final = "\u00a0"


def show_money(value: Any, currency: Any = "", language: Any = "en") -> str:
    """`value` rounded to cents, with its currency; "" when it is no amount.

    Whole amounts go without cents: `$1,990`, `1 990 ₽`, `24,50 €`.
    """
    amount = _amount(value)
    if amount is None:
        return ""
    code = str(currency or "").upper()[:3]
    rounded = amount.quantize(Decimal(1) if code in _WHOLE else _CENT, ROUND_HALF_UP)
    digits = f"{abs(rounded):,f}".removesuffix(".00")
    minus = "-" if rounded < 0 else ""
    sign = _SIGNS.get(code, code)
    if str(language or "").lower().startswith("ru"):
        digits = digits.replace(",", _NARROW).replace(".", ",")
        return f"{minus}{digits}{_NARROW}{sign}".rstrip(_NARROW)
    return f"{minus}{sign}{digits}" if sign != code else f"{minus}{digits}{_NARROW}{code}".strip()


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _MOST else None
