"""The map of a journey: channels, touchpoints, stages, and the words that tell them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.config import config, parse_config
from nlp_cx.errors import ConfigError


@config
class Place:
    """A label with its names.

    Attributes
    ----------
    id, zh, en : str
    """

    id: str
    zh: str
    en: str


@config
class Preset:
    """A division of the journey into stages.

    Attributes
    ----------
    id : str
    labels : tuple of Place
        In the order of the journey.
    """

    id: str
    labels: tuple[Place, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the stages, in the order of the journey."""
        return tuple(label.id for label in self.labels)


@config
class Touchpoint:
    """Where customer and company meet.

    Attributes
    ----------
    id, zh, en : str
    channel : str
        Id of a channel; empty where the touchpoint does not tell it.
    at : tuple of str
        Its stage in each preset, in their order; empty where it may stand in several.
    activities : dict of str to str
        What goes on there by stage of the first preset, in the words of the sources.
    signs, not_ : tuple of str
        Regular expressions in one clause of folded text, and those that take it back.
    """

    id: str
    zh: str
    en: str
    signs: tuple[str, ...]
    not_: tuple[str, ...] = ()
    channel: str = ""
    at: tuple[str, ...] = ()
    activities: dict[str, str] = field(default_factory=dict)


@config
class Moment:
    """What tells a stage but no touchpoint.

    Attributes
    ----------
    id : str
    at, signs, not_ : tuple of str
        As in `Touchpoint`.
    """

    id: str
    at: tuple[str, ...]
    signs: tuple[str, ...]
    not_: tuple[str, ...] = ()


@config
class _JourneyFile:
    """The fields of the file."""

    name: str
    version: str
    presets: tuple[Preset, ...]
    channels: tuple[Place, ...]
    touchpoints: tuple[Touchpoint, ...]
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """Channels, touchpoints and stages.

    Attributes
    ----------
    name, version : str
    preset : Preset
        The division in use.
    channels : tuple of Place
    touchpoints : tuple of Touchpoint
        A clause belongs to the first whose sign it holds.
    moments : tuple of Moment
    position : int
        Of `preset` among those of the file, which is where ``at`` holds its stage.
    """

    name: str
    version: str
    preset: Preset
    channels: tuple[Place, ...]
    touchpoints: tuple[Touchpoint, ...]
    moments: tuple[Moment, ...]
    position: int

    def stage_of(self, mark: Touchpoint | Moment) -> str | None:
        """Give the stage that a touchpoint or moment tells by itself; None where it tells none.

        Parameters
        ----------
        mark : Touchpoint or Moment

        Returns
        -------
        str or None
        """
        return mark.at[self.position] if mark.at else None


def load_journey(preset: str = "stages", *, path: str | Path | None = None) -> JourneyMap:
    """Read a map of the journey.

    Parameters
    ----------
    preset : str
        ``"stages"`` (before, during, after), ``"five_es"`` (Entice, Enter, Engage, Exit, Extend),
        ``"discover_engage_deliver"`` (发现、参与、交付), or one of the file's own.
    path : str or Path, optional
        A TOML file like the packaged ``resources/touchpoints.toml``, e.g. a copy of it with a
        company's own touchpoints.

    Returns
    -------
    JourneyMap

    Raises
    ------
    ConfigError
        If the file cannot be read or is malformed, or the preset is not in it.

    Notes
    -----
    The sources name the three divisions but not where each touchpoint stands in the last two; that
    is this project's reading.

    Examples
    --------
    >>> load_journey().preset.ids
    ('pre', 'during', 'post')
    >>> len(load_journey("five_es").preset.ids)
    5
    """
    parsed = _read_packaged() if path is None else _read(Path(path))
    ids = [p.id for p in parsed.presets]
    if preset not in ids:
        raise ConfigError(f"preset {preset!r}, expected one of {', '.join(ids)}")
    position = ids.index(preset)
    return JourneyMap(
        parsed.name,
        parsed.version,
        parsed.presets[position],
        parsed.channels,
        parsed.touchpoints,
        parsed.moments,
        position,
    )


@cache
def _read_packaged() -> _JourneyFile:
    """Parse the packaged file once."""
    packaged = resources.files("nlp_cx") / "resources" / "touchpoints.toml"
    return _parse(packaged.read_text("utf-8"), "touchpoints.toml")


def _read(path: Path) -> _JourneyFile:
    """Parse a file of the user's."""
    try:
        return _parse(path.read_text(encoding="utf-8-sig"), str(path))
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}). Give a TOML file.") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8 ({e.reason} at byte {e.start}).") from e


def _parse(text: str, where: str) -> _JourneyFile:
    """Check the file as a whole."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{where}: not valid TOML ({e}).") from e
    for row in [*raw.get("touchpoints", []), *raw.get("moments", [])]:
        if isinstance(row, dict) and "not" in row:
            row["not_"] = row.pop("not")  # a word of Python's own
    parsed = parse_config(raw, _JourneyFile, where=where)
    marks: tuple[Touchpoint | Moment, ...] = (*parsed.touchpoints, *parsed.moments)
    faults = [fault for mark in marks for fault in _faults(mark)]
    channels = {channel.id for channel in parsed.channels}
    for mark in marks:
        if mark.at and len(mark.at) != len(parsed.presets):
            faults.append(
                f"{mark.id}: at has {len(mark.at)} stages, expected one of each preset "
                f"({', '.join(p.id for p in parsed.presets)})"
            )
        faults += [
            f"{mark.id}: {stage!r} is no stage of {preset.id} ({', '.join(preset.ids)})"
            for preset, stage in zip(parsed.presets, mark.at, strict=False)
            if stage not in preset.ids
        ]
        if isinstance(mark, Touchpoint) and mark.channel and mark.channel not in channels:
            faults.append(f"{mark.id}: channel {mark.channel!r}, expected {', '.join(channels)}")
    if faults:
        noun = "mistake" if len(faults) == 1 else "mistakes"
        raise ConfigError(f"{where}: {len(faults)} {noun}.\n  " + "\n  ".join(faults))
    return parsed


def _faults(mark: Touchpoint | Moment) -> list[str]:
    """Name the expressions that are none."""
    nothing = pa.array([""])
    faults = []
    for sign in (*mark.signs, *mark.not_):
        try:
            re.compile(sign)
            pc.match_substring_regex(nothing, sign)
        except (re.error, pa.ArrowInvalid) as e:
            faults.append(f"{mark.id}: {sign!r} is no regular expression ({e})")
    return faults
