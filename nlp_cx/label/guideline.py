"""What annotators see: a compact guideline and the form of Label Studio, from a taxonomy."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from nlp_cx.errors import TaxonomyError
from nlp_cx.label.outputs import NAMES, label_outputs
from nlp_cx.taxonomy import Label, Taxonomy, load_taxonomy

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


def choose_taxonomy(own: Taxonomy, given: str | None = None) -> Taxonomy:
    """Choose the names of a model's labels.

    Parameters
    ----------
    own : Taxonomy
        Of the model.
    given : str, optional
        A packaged taxonomy or TOML file with the same labels, for other names and definitions.

    Returns
    -------
    Taxonomy

    Raises
    ------
    TaxonomyError
        If `given` has other labels than the model.

    Examples
    --------
    >>> choose_taxonomy(load_taxonomy()).labels[3].zh
    '价格'
    """
    if given is None:
        return own
    other = load_taxonomy(given)
    if other.ids != own.ids:
        raise TaxonomyError(
            f"{given}: has the labels {', '.join(other.ids)}, but the model gives "
            f"{', '.join(own.ids)}. Name the taxonomy of this model, or another model."
        )
    return other


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
        about = "" if label is None else _definition(label)
        question = _cell(f"{title}: {about}" if about else title)
        lines.append(f"| {name} | {question} | {', '.join(outputs[name])} |")
    lines.append(f"| loyalty | {' '.join(NAMES['loyalty'])} | {', '.join(outputs['loyalty'])} |")
    codes = "p n m u (sentiment), + - ~ 0 (drivers), L+ L- (loyalty)"
    lines += ["", f"Short codes are understood too 也可用简写: {codes}.", ""]
    lines += ["Answers, 答案:", ""]
    lines += [f"- {answer}: {zh}, {en}" for answer, (zh, en) in list(NAMES.items())[2:]]
    told = [(label, example) for label in taxonomy.labels for example in label.examples]
    if told:
        lines += ["", "Examples, 例子:", ""]
        lines += [f"- {label.id} ({e.polarity}): {_cell(e.text)}" for label, e in told]
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
    hints = {label.id: _definition(label) for label in taxonomy.labels}
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


def _definition(label: Label) -> str:
    """Give the definition in the languages there are."""
    return " ".join(filter(None, (label.definition_zh, label.definition)))


def _cell(text: str) -> str:
    """Keep a text inside a cell of a Markdown table."""
    return " ".join(text.replace("|", "/").replace("<", "&lt;").split())
