"""What a study means for the files at hand: which column is read where, and under what name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlp_cx.join.spec import Family, JoinSpec, TableSpec, split_how
from nlp_cx.join.take import find_family
from nlp_cx.study.headers import Header
from nlp_cx.study.spec import TEXT_KINDS, InputSpec, OutcomeSpec, Study

_FIXED = frozenset(
    ("doc_id", "input", "interaction_id", "customer_id", "channel", "created_at", "lang")
)
"""Columns that every table of documents may have."""


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A study with every name settled.

    Parameters
    ----------
    study : Study
    headers : dict of str to Header
    """

    study: Study
    headers: dict[str, Header]

    @property
    def texts(self) -> tuple[InputSpec, ...]:
        """Inputs with texts."""
        return tuple(each for each in self.study.inputs if each.kind in TEXT_KINDS)

    @property
    def tables(self) -> tuple[InputSpec, ...]:
        """Inputs with ratings or operations."""
        return tuple(each for each in self.study.inputs if each.kind not in TEXT_KINDS)

    @property
    def joined_texts(self) -> tuple[InputSpec, ...]:
        """Inputs whose texts make the units of the join."""
        named = self.study.join.texts
        if named:
            return tuple(each for each in self.texts if each.name in named)
        reviews = tuple(each for each in self.texts if each.kind != "chats")
        return reviews or self.texts

    @property
    def joined_tables(self) -> tuple[InputSpec, ...]:
        """Tables that have a key."""
        return tuple(each for each in self.tables if each.on)

    @property
    def base_tables(self) -> tuple[InputSpec, ...]:
        """Tables whose columns units have: those that are joined, or the first without texts."""
        return self.joined_tables if self.texts else self.tables[:1]

    @property
    def grain(self) -> tuple[str, ...]:
        """What a unit is."""
        if self.study.join.grain:
            return self.study.join.grain
        is_chats = all(each.kind == "chats" for each in self.joined_texts)
        joins = any(
            pair.partition("=")[0] == "interaction_id"
            for each in self.joined_tables
            for pair in each.on
        )
        return ("interaction_id",) if joins or is_chats else ("doc_id",)

    def carried(self, spec: InputSpec) -> tuple[str, ...]:
        """List the user's columns of texts that later stages need."""
        columns = self.headers[str(spec.name)].columns
        wanted = [*spec.carry, *(bare for name in self._wanted() for bare in (name, _bare(name)))]
        wanted += [pair.partition("=")[0] for each in self.joined_tables for pair in each.on]
        # A column of this name is taken for the customer where none is named.
        fixed = _FIXED if spec.customer else _FIXED - {"customer_id"}
        return tuple(
            dict.fromkeys(name for name in wanted if name in columns and name not in fixed)
        )

    def unit_column(self, name: str, *, is_rating: bool = False) -> str | None:
        """Give the name in the O+X table of a column that the study names.

        Parameters
        ----------
        name : str
        is_rating : bool
            It is an outcome: a column of texts becomes ``r_…``.

        Returns
        -------
        str or None
            None where no input has it.
        """
        if name.startswith(("x_", "w_")) or (self.texts and name in self.grain):
            return name
        bare = _bare(name)
        for spec in self.joined_texts:
            if name in self._text_names(spec) or bare in self._text_names(spec):
                source = name if name in self._text_names(spec) else bare
                return _prefixed(source, "r" if is_rating else "o")
        for spec in self.base_tables:
            columns = self.headers[str(spec.name)].columns
            if spec.columns is not None:
                taken = {
                    split_how(text, columns.__contains__)[0]: to
                    for to, text in spec.columns.items()
                }
                found = name if name in spec.columns else taken.get(name, taken.get(bare))
                if found is not None:
                    return found
            elif name in columns or bare in columns:
                return _prefixed(name if name in columns else bare, self._family(spec))
        return None

    def outcomes(self) -> Iterator[tuple[str, OutcomeSpec]]:
        """Give the outcomes with their names in the O+X table."""
        for outcome in self.study.outcomes:
            name = self.unit_column(outcome.column, is_rating=True)
            if name is not None:
                yield name, outcome

    def join_spec(self) -> JoinSpec:
        """Say how texts and tables are joined."""
        rules = self.study.join
        return JoinSpec(
            grain=self.grain,
            period=rules.period,
            time_zone=self.study.time_zone,
            keep=rules.keep,
            carry=self._carry(),
            tables={str(each.name): self._table_spec(each) for each in self.joined_tables},
            allow_many=rules.allow_many,
            normalize_keys=rules.normalize_keys,
            duplicates=rules.duplicates,
            weights=rules.weights,
        )

    def _table_spec(self, spec: InputSpec) -> TableSpec:
        """Say how one table is joined."""
        made = TableSpec(
            on=spec.on,
            family=self._family(spec),
            columns=spec.columns,
            cardinality=spec.cardinality,
            time=spec.time,
            asof=spec.asof,
        )
        return replace(made, look_ahead=spec.look_ahead or self.study.join.look_ahead)

    def _carry(self) -> dict[str, str]:
        """Say which columns of texts go along, and how one value is made of several."""
        ratings = {outcome.column for outcome in self.study.outcomes}
        is_unit = self.grain == ("doc_id",)
        found: dict[str, str] = {}
        for name in self._wanted():
            for spec in self.joined_texts:
                names = self._text_names(spec)
                source = name if name in names else _bare(name)
                if source not in names or source in self.grain:
                    continue
                is_rating = name in ratings
                is_number = source in self.headers[str(spec.name)].columns and self.headers[
                    str(spec.name)
                ].is_number(source)
                # Several texts of one unit: ratings are averaged, of words the first by name.
                how = "" if is_unit else (":mean" if is_number else ":min")
                found.setdefault(_prefixed(source, "r" if is_rating else "o"), f"{source}{how}")
        return found

    def _wanted(self) -> list[str]:
        """List the columns that the study names."""
        study = self.study
        more = [name for name in (study.weights, study.customer) if name is not None]
        customers = ["customer_id"] if self._has_customers() else []
        return [o.column for o in study.outcomes] + [
            *study.groups,
            *study.controls,
            *more,
            *customers,
        ]

    def _has_customers(self) -> bool:
        """Tell whether all texts that are joined know their customer."""
        texts = self.joined_texts
        return bool(texts) and all(
            each.customer or "customer_id" in self.headers[str(each.name)].columns for each in texts
        )

    def _text_names(self, spec: InputSpec) -> set[str]:
        """List what a table of documents of an input holds beside scores."""
        fixed = {"input", "channel", "lang"}
        if spec.customer:
            fixed.add("customer_id")
        if spec.interaction or spec.kind == "chats":
            fixed.add("interaction_id")
        return fixed | set(self.headers[str(spec.name)].columns)

    @staticmethod
    def _family(spec: InputSpec) -> Family:
        """Give the prefix of a table's columns."""
        if spec.kind == "ratings":
            return "r"
        return "o" if spec.kind == "operations" else find_family(str(spec.name))


def _bare(name: str) -> str:
    """Give a column's name without the prefix of its family."""
    return name[2:] if name.startswith(("r_", "o_")) else name


def _prefixed(name: str, family: str) -> str:
    """Give a column's name with the prefix of its family."""
    return name if name.startswith(("r_", "o_")) else f"{family}_{name}"
