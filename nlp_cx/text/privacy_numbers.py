"""Tell bare numbers that may be personal from the millions that are keys."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(cache=True, nogil=True)
def find_idle_numbers(
    codes: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Mark the cells that are one bare number which no rule can match.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)
    offsets : ndarray of int64, shape (n_cells + 1,)

    Returns
    -------
    ndarray of bool, shape (n_cells,)
        False says nothing. Ten digits alone count as a key, not as a telephone.

    Notes
    -----
    Columns of keys are millions of numbers, and every one with ten digits or more would be looked
    at by regular expressions, 20 µs each.

    Examples
    --------
    >>> from nlp_cx.text.batch import TextBatch
    >>> texts = TextBatch.from_strings(["4012888888881882", "13800138000", "17"])
    >>> find_idle_numbers(texts.codes, texts.offsets).tolist()
    [True, False, True]
    """
    is_idle = np.zeros(offsets.size - 1, np.bool_)
    for cell in range(offsets.size - 1):
        first, last = offsets[cell], offsets[cell + 1]
        n = last - first
        is_number = n > 0
        for i in range(first, last):
            if not 48 <= codes[i] <= 57:
                is_number = False
                break
        if is_number:
            is_idle[cell] = not _may_be_personal(codes[first:last])
    return is_idle


@njit(cache=True, nogil=True)
def _may_be_personal(digits: npt.NDArray[np.uint32]) -> bool:
    """Tell whether a bare number has the shape, and the check digit, that some rule asks for."""
    n = digits.size
    if n < 10 or n > 19 or n in (12, 14):
        return False
    first = 10 * (np.int64(digits[0]) - 48) + np.int64(digits[1]) - 48
    if n == 10:
        return first == 9  # Taiwan; other ten digits count as a key
    is_mobile = digits[n - 11] == 49 and digits[n - 10] > 50  # 1[3-9], mainland
    if n == 11:
        return is_mobile or first in (85, 7)  # Hong Kong, United Kingdom
    if n == 13:
        return is_mobile and first == 86
    is_coded = n == 15 and is_mobile and first == 0  # 0086
    return is_coded or (n == 18 and _is_mod_11(digits)) or _may_be_card(digits)


@njit(cache=True, nogil=True)
def _may_be_card(digits: npt.NDArray[np.uint32]) -> bool:
    """Tell whether a number begins like a payment card and passes the Luhn check."""
    first = 10 * (np.int64(digits[0]) - 48) + np.int64(digits[1]) - 48
    is_issuer = 34 <= first <= 38 or 40 <= first <= 49 or 51 <= first <= 55 or 22 <= first <= 27
    if not (is_issuer or first in (60, 62, 65, 81, 95, 98)):
        return False
    total = np.int64(0)
    for i in range(digits.size):
        digit = np.int64(digits[digits.size - 1 - i]) - 48
        doubled = digit * (1 + i % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


@njit(cache=True, nogil=True)
def _is_mod_11(digits: npt.NDArray[np.uint32]) -> bool:
    """Tell whether the last digit is right by ISO 7064 MOD 11-2, as in identity numbers."""
    total, weight = np.int64(0), np.int64(1)  # the weight of place i from the right is 2 ** i
    for i in range(digits.size):
        total += weight * (np.int64(digits[digits.size - 1 - i]) - 48)
        weight = weight * 2 % 11
    return total % 11 == 1
