"""Two loops over whole vector registers, for arrays whose rows are multiples of 16 long.

numba's own loops test at every entry whether arrays overlap and how long they are, which for rows
of 64 numbers takes longer than the work. Here the sums stay in registers and are stored once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 16
"""Numbers in a register; rows are padded to a multiple of it."""

_GROUP = 4


@intrinsic
def sum_rows(typing_context: Any, table: Any, rows: Any, n: Any, total: Any) -> Any:
    """Write the sum of rows of a table.

    Parameters
    ----------
    table : int8 (n_rows, D)
        C-contiguous; D a multiple of 16.
    rows : int64 (n or more,)
    n : int
    total : int32 (D,)
        Receives ``table[rows[:n]].sum(0)``.
    """
    signature = types.void(table, rows, n, total)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        table_, rows_, total_ = (
            context.make_array(signature.args[i])(context, builder, value=values[i])
            for i in (0, 1, 3)
        )
        n_columns = cgutils.unpack_tuple(builder, table_.shape)[1]
        integers = ir.VectorType(ir.IntType(32), LANES)
        octets = ir.VectorType(ir.IntType(8), LANES)
        n_rows = context.cast(builder, values[2], signature.args[2], types.int64)
        for columns, n_registers in _column_groups(builder, n_columns):
            with columns as (column, _):
                sums = _zeros(builder, integers, n_registers)
                with cgutils.for_range(builder, n_rows) as loop:
                    row = builder.load(builder.gep(rows_.data, [loop.index]))
                    place = builder.add(builder.mul(row, n_columns), column)
                    for k, sum_ in enumerate(sums):
                        value = _load(builder, table_.data, _beside(builder, place, k), octets, 1)
                        longer = builder.sext(value, integers)
                        builder.store(builder.add(builder.load(sum_), longer), sum_)
                for k, sum_ in enumerate(sums):
                    _store(builder, total_.data, _beside(builder, column, k), builder.load(sum_))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_product(typing_context: Any, x: Any, weights: Any, out: Any) -> Any:
    """Add ``x @ weights`` to `out`, always in the same order.

    Parameters
    ----------
    x : float32 (n,)
        n a multiple of 4.
    weights : float32 (n, m)
        C-contiguous; m a multiple of 16.
    out : float32 (m,)
    """
    signature = types.void(x, weights, out)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        x_, weights_, out_ = (
            context.make_array(type_)(context, builder, value=value)
            for type_, value in zip(signature.args, values, strict=True)
        )
        n, n_columns = cgutils.unpack_tuple(builder, weights_.shape)
        floats = ir.VectorType(ir.FloatType(), LANES)
        multiply_add = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(floats, [floats] * 3), f"llvm.fmuladd.v{LANES}f32"
        )
        for columns, n_registers in _column_groups(builder, n_columns):
            n_sums = 2 if n_registers > 1 else 4  # so many sums at a time hide the latency
            with columns as (column, _):
                sums = [_zeros(builder, floats, n_registers) for _ in range(n_sums)]
                zero, step = ir.Constant(n.type, 0), ir.Constant(n.type, n_sums)
                with cgutils.for_range_slice(builder, zero, n, step) as (first, _):
                    for offset, registers in enumerate(sums):
                        i = builder.add(first, ir.Constant(n.type, offset))
                        number = builder.load(builder.gep(x_.data, [i]))
                        factor = _broadcast(builder, number, floats)
                        place = builder.add(builder.mul(i, n_columns), column)
                        for k, sum_ in enumerate(registers):
                            row = _load(builder, weights_.data, _beside(builder, place, k), floats)
                            value = builder.call(multiply_add, [factor, row, builder.load(sum_)])
                            builder.store(value, sum_)
                for k in range(n_registers):
                    place = _beside(builder, column, k)
                    total = _load(builder, out_.data, place, floats)
                    for registers in sums:
                        total = builder.fadd(total, builder.load(registers[k]))
                    _store(builder, out_.data, place, total)
        return context.get_dummy_value()

    return signature, generate


def _column_groups(builder: Any, n_columns: Any) -> Iterator[tuple[Any, int]]:
    """Give loops over the columns: four registers at a time, then one."""
    type_ = n_columns.type
    wide = ir.Constant(type_, _GROUP * LANES)
    middle = builder.sub(n_columns, builder.srem(n_columns, wide))
    zero, one = ir.Constant(type_, 0), ir.Constant(type_, LANES)
    yield cgutils.for_range_slice(builder, zero, middle, wide), _GROUP
    yield cgutils.for_range_slice(builder, middle, n_columns, one), 1


def _zeros(builder: Any, type_: ir.VectorType, n: int) -> list[Any]:
    """Make registers that hold zeros."""
    zero = ir.Constant(type_, [0] * LANES)
    places = [cgutils.alloca_once_value(builder, zero) for _ in range(n)]
    for place in places:
        builder.store(zero, place)  # at each entry of the loop around, not once
    return places


def _beside(builder: Any, place: Any, k: int) -> Any:
    """Give the place of the k-th register from a place on."""
    return builder.add(place, ir.Constant(place.type, k * LANES))


def _load(builder: Any, data: Any, place: Any, type_: ir.VectorType, align: int = 4) -> Any:
    """Load a register from an array."""
    pointer = builder.bitcast(builder.gep(data, [place]), type_.as_pointer())
    return builder.load(pointer, align=align)


def _store(builder: Any, data: Any, place: Any, value: Any) -> None:
    """Store a register into an array."""
    pointer = builder.bitcast(builder.gep(data, [place]), value.type.as_pointer())
    builder.store(value, pointer, align=4)


def _broadcast(builder: Any, value: Any, type_: ir.VectorType) -> Any:
    """Put one number into every lane."""
    lane = builder.insert_element(
        ir.Constant(type_, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(lane, ir.Constant(type_, ir.Undefined), lanes)
