"""Check the digits of identity documents, cards and telephone numbers."""

from __future__ import annotations

import re
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_PROVINCES = (
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
    71, 81, 82, 83, 91,
)  # fmt: skip
_TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_TOLL_FREE = frozenset({"822", "833", "844", "855", "866", "877", "888"})
_CARD_PREFIXES = ("34", "37", "35", "36", "38", "4", "60", "62", "65", "81", "9558", "9559", "9843")


def is_mainland_id(value: str) -> bool:
    """Tell whether 15 or 18 digits are a well-formed mainland identity number.

    Parameters
    ----------
    value : str
        May hold blanks and hyphens.

    Returns
    -------
    bool
        Province, date of birth and, for 18 digits, the check digit are right.

    References
    ----------
    GB 11643-1999: sum of digits times ``2 ** (17 - i) mod 11``, modulo 11.

    Examples
    --------
    >>> is_mainland_id("11010519491231002X"), is_mainland_id("110105194912310021")
    (True, False)
    """
    digits = _strip(value).upper()
    birth = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    if int(digits[:2]) not in _PROVINCES or not _is_date(birth):
        return False
    if len(digits) == 15:
        return True
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits, strict=False))
    return digits[17] == _ID_CHECK[total % 11]


def is_hong_kong_id(value: str) -> bool:
    """Tell whether a value such as A123456(3) has the right check digit.

    Examples
    --------
    >>> is_hong_kong_id("A123456(3)"), is_hong_kong_id("A123456(4)")
    (True, False)
    """
    body = _strip(value).replace("(", "").replace(")", "").upper().rjust(9)
    values = [36 if c == " " else int(c, 36) for c in body]
    total = sum(weight * v for weight, v in zip(range(9, 0, -1), values, strict=True))
    return total % 11 == 0


def is_taiwan_id(value: str) -> bool:
    """Tell whether a value such as A123456789 has the right check digit.

    Examples
    --------
    >>> is_taiwan_id("A123456789"), is_taiwan_id("A123456788")
    (True, False)
    """
    letter = _TW_LETTERS.index(value[0].upper()) + 10
    total = letter // 10 + 9 * (letter % 10)
    weights = (8, 7, 6, 5, 4, 3, 2, 1, 1)
    total += sum(weight * int(digit) for weight, digit in zip(weights, value[1:], strict=True))
    return total % 10 == 0


def is_bank_card(value: str) -> bool:
    """Tell whether 15 to 19 digits begin like a payment card and pass the Luhn check.

    Parameters
    ----------
    value : str
        May hold blanks and hyphens.

    Returns
    -------
    bool

    References
    ----------
    ISO/IEC 7812-1, annex B.

    Examples
    --------
    >>> is_bank_card("6222 0212 3456 7894"), is_bank_card("6222 0212 3456 7890")
    (True, False)
    """
    digits = _strip(value)
    is_mastercard = "51" <= digits[:2] <= "55" or "2221" <= digits[:4] <= "2720"
    if not (is_mastercard or digits.startswith(_CARD_PREFIXES)) or digits[:8] == digits[4:12]:
        return False
    total = 0
    for i, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + i % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def is_private_nanp(value: str) -> bool:
    """Tell whether a North American number has an area code that is not toll-free.

    Examples
    --------
    >>> is_private_nanp("(212) 555-0142"), is_private_nanp("1-800-555-0142")
    (True, False)
    """
    digits = _strip(value).lstrip("+").replace("(", "").replace(")", "").replace(".", "")
    area = digits[-10:-7]
    return not area.endswith("00") and area not in _TOLL_FREE and len(set(digits)) > 2


def is_private_foreign(value: str) -> bool:
    """Tell whether a number with a country code is no service line of a company.

    Examples
    --------
    >>> is_private_foreign("+44 20 7946 0123"), is_private_foreign("+1 800-555-0142")
    (True, False)
    """
    digits = _strip(value).replace("(", "").replace(")", "")
    if digits.startswith("+1"):
        return is_private_nanp(digits)
    return not digits.startswith(("+86400", "+86800"))


def is_private_line(value: str) -> bool:
    """Tell whether a local number is no service line (400 and 800 numbers, 955xx).

    Examples
    --------
    >>> is_private_line("8765-4321"), is_private_line("400-820-8820")
    (True, False)
    """
    digits = _strip(value)
    is_service = digits.startswith(("400", "800", "955"))
    return not is_service and not _are_years(digits) and len(set(digits)) > 2


def is_private_qq(value: str) -> bool:
    """Tell whether a QQ number is a person's: those of companies begin with 400, 800 or 938.

    Examples
    --------
    >>> is_private_qq("2874280370"), is_private_qq("800012345")
    (True, False)
    """
    is_company = value.startswith(("400", "800", "938")) and len(value) in (9, 10)
    return not is_company and len(set(value)) > 1


def is_reference(value: str) -> bool:
    """Tell whether a value can be an order number: five digits, three in a row, and no date.

    Examples
    --------
    >>> is_reference("AB-20391847"), is_reference("20151111"), is_reference("2015-11-11")
    (True, False, False)
    """
    digits = "".join(c for c in value if c.isdigit())
    if len(digits) == 8 and len(_strip(value)) == 8:
        return not (_is_date(digits) or _are_years(digits))
    if len(value) < 7 and value.endswith("000"):
        return False  # order 10000 of them
    return len(digits) >= 5 and re.search(r"[0-9]{3}", value) is not None


def is_record(value: str) -> bool:
    """Tell whether six characters can be the record locator of a booking.

    Examples
    --------
    >>> is_record("XK4J2P"), is_record("ABCDEF"), is_record("123456")
    (True, True, True)
    """
    return value.isupper() or value.isdigit()


def _strip(value: str) -> str:
    """Drop blanks and dashes."""
    return value.replace(" ", "").replace("-", "").replace("—", "").replace(".", "")


def _are_years(digits: str) -> bool:
    """Tell whether eight digits are two years, as in 2019-2020."""
    return len(digits) == 8 and all(1950 <= int(y) < 2050 for y in (digits[:4], digits[4:]))


def _is_date(digits: str) -> bool:
    """Tell whether yyyymmdd is a day between 1850 and 2099."""
    try:
        return 1850 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False
