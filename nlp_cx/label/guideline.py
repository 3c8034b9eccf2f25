"""What annotators see: a compact guideline and the form of Label Studio, from a taxonomy."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from nlp_cx.classify.store import find_model, read_spec
from nlp_cx.errors import TaxonomyError
from nlp_cx.label.outputs import NAMES, label_outputs
from nlp_cx.taxonomy import PACKAGED, Label, Taxonomy, load_taxonomy

_HOTKEYS = "1234567890qwertyuiopasdfghjklzxcvbnm"

_RULES = (
    "Label what the text says about the writer's experience, not what you guess. "
    "按文字所写的体验标注，不要猜测。",
    "A driver counts only when the text evaluates it or reports a good or bad fact about it; "
    "naming a thing is no mention. 只有评价或好坏事实才算提及，仅提到名称不算。",
    "not_mentioned is an answer; an empty cell means that nobody looked. "
    "未提及请填 not_mentioned；空着表示没有判断。",
    "mixed needs a real plus and a real minus about the same thing. 同一方面有褒有贬才选 mixed。",
    "Sarcasm counts by what is meant. 反语按真实意思标注。",
)


def find_taxonomy(model: str, taxonomy: str | None = None) -> Taxonomy:
    """Find the taxonomy of a model, with the names of its labels.

    Parameters
    ----------
    model : str
        Name or folder.
    taxonomy : str, optional
        A packaged taxonomy or TOML file, where the model's own is known by ids alone.

    Returns
    -------
    Taxonomy
        Labels in the order of the model. Where nothing but ids is known, these are the names too.

    Raises
    ------
    TaxonomyError
        If `taxonomy` has other labels than the model.
    ModelError
        If there is no such model.

    Examples
    --------
    >>> find_taxonomy("fast").labels[3].zh
    '价格'
    """
    told = read_spec(find_model(model))["taxonomy"]
    ids = tuple(told["labels"])
    if taxonomy is not None:
        given = load_taxonomy(taxonomy)
        if given.ids != ids:
            raise TaxonomyError(
                f"{taxonomy}: has the labels {', '.join(given.ids)}, but the model {model} gives "
                f"{', '.join(ids)}. Name the taxonomy of this model, or another model."
            )
        return given
    name = str(told.get("name", ""))
    known = load_taxonomy(name if name in PACKAGED else None)
    if known.ids == ids:
        return known
    labels = tuple(Label(id=i, zh=i, en=i, definition="") for i in ids)
    return Taxonomy(name or "model", str(told.get("version", "")), labels)


def write_guideline(taxonomy: Taxonomy) -> str:
    """Write a page for annotators.

    Parameters
    ----------
    taxonomy : Taxonomy

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> print(write_guideline(load_taxonomy("servqual")).splitlines()[0])
    # How to label: servqual 1.0
    """
    outputs = label_outputs(taxonomy.ids)
    lines = [f"# How to label: {taxonomy.name} {taxonomy.version}", ""]
    lines += [f"- {rule}" for rule in _RULES]
    lines += ["", "| column 列 | question 问题 | answers 可填 |", "|---|---|---|"]
    for label in (None, *taxonomy.labels):
        name = "sentiment" if label is None else label.id
        title = " ".join(NAMES["sentiment"]) if label is None else _title(label)
        about = f": {label.definition}" if label is not None and label.definition else ""
        lines.append(f"| {name} | {_cell(title + about)} | {', '.join(outputs[name])} |")
    lines.append(f"| loyalty | {' '.join(NAMES['loyalty'])} | {', '.join(outputs['loyalty'])} |")
    codes = "p n m u (sentiment), + - ~ 0 (drivers), L+ L- (loyalty)"
    lines += ["", f"Short codes are understood too 也可用简写: {codes}.", ""]
    lines += ["Answers, 答案:", ""]
    lines += [f"- {answer}: {zh}, {en}" for answer, (zh, en) in list(NAMES.items())[2:]]
    return "\n".join(lines) + "\n"


def write_labelling_config(taxonomy: Taxonomy) -> str:
    """Write the labelling configuration of Label Studio.

    Parameters
    ----------
    taxonomy : Taxonomy

    Returns
    -------
    str
        XML. Buttons show Chinese and English names; exports hold the ids (``alias``).

    References
    ----------
    https://labelstud.io/tags/choices, https://labelstud.io/tags/choice

    Examples
    --------
    >>> print(write_labelling_config(load_taxonomy()).splitlines()[6].strip())
    <Choice value="负面 negative" alias="negative" hotkey="1"/>
    """
    outputs = label_outputs(taxonomy.ids)
    titles = {name: " ".join(NAMES[name]) for name in ("sentiment", "loyalty")}
    hints = {label.id: label.definition for label in taxonomy.labels}
    titles |= {label.id: _title(label) for label in taxonomy.labels}
    lines = ["<View>", f'  <Header value={quoteattr(_RULES[0])} size="5"/>']
    lines += ['  <Text name="text" value="$text"/>']
    hotkeys = iter(_HOTKEYS)
    for name, answers in outputs.items():
        required = ' required="true"' if name == "sentiment" else ""
        lines += ["  <View>", f'    <Header value={quoteattr(titles[name])} size="5"/>']
        if hints.get(name):
            lines[-1] = (
                f'    <Header value={quoteattr(titles[name] + ": " + hints[name])} size="5"/>'
            )
        lines.append(
            f'    <Choices name={quoteattr(name)} toName="text" choice="single-radio"'
            f' showInline="true"{required}>'
        )
        for answer in answers:
            key = next(hotkeys, "") if name == "sentiment" else ""
            hotkey = f' hotkey="{key}"' if key else ""
            shown = quoteattr(" ".join(NAMES[answer]))
            lines.append(f'      <Choice value={shown} alias="{answer}"{hotkey}/>')
        lines += ["    </Choices>", "  </View>"]
    return "\n".join([*lines, "</View>"]) + "\n"


def _title(label: Label) -> str:
    """Chinese and English name, once where they are the same."""
    return label.zh if label.zh == label.en else f"{label.zh} {label.en}"


def _cell(text: str) -> str:
    """Keep a text inside a cell of a Markdown table."""
    return " ".join(text.replace("|", "/").replace("<", "&lt;").split())
