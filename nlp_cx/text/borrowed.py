"""Let compiled functions lend arrays to each other without counting references."""

from __future__ import annotations

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def borrow(typing_context: Any, array: Any) -> Any:
    """Return the array without its owner, for use inside compiled functions.

    Numba counts references, with atomic instructions, around every call that passes an array and
    is not inlined: six tenths of the time of the clause finder. A borrowed array has no owner to
    count; whoever called the outermost compiled function keeps the memory alive.

    Parameters
    ----------
    array : ndarray
        An ARGUMENT of the outermost compiled function, never an array made inside it.

    Returns
    -------
    ndarray
        The same memory, type and shape.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lent = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=values[0])
        lent.meminfo = cgutils.get_null_value(lent.meminfo.type)
        lent.parent = cgutils.get_null_value(lent.parent.type)
        return lent._getvalue()

    return array(array), generate
