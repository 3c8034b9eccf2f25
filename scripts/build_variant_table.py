"""Write the two character tables of nlp_cx/resources: variants.tsv and characters.tsv.

    pip install opencc-python-reimplemented==0.1.7     # only here, never at run time
    python scripts/build_variant_table.py

variants.tsv folds one character onto one character (width, case, traditional onto simplified);
characters.tsv gives every character a class, as ranges. Both are committed, so that results do
not depend on the Unicode version of the Python at hand.
"""

from __future__ import annotations

import unicodedata
from importlib.resources import files
from pathlib import Path

N_CODES = 0x20000  # Basic and Supplementary Multilingual Plane
RESOURCES = Path(__file__).resolve().parents[1] / "nlp_cx" / "resources"

BLANKS = "\u180e\u200b\u2060\u2800\u3164\ufeff\uffa0"  # look like nothing, are not isspace()
PUNCTUATION = {
    **dict.fromkeys("‘’‚‛ʹʼ′`´", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("〜∼〰", "~"),
    "⋯": "…",
    "•": "·",
    "・": "·",
}
# What OpenCC leaves alone because the choice depends on the word, or because both forms are
# correct: one written form of feedback must meet the other, so one of them is taken.
HAN = {
    **dict(zip("妳牠祂著瞭藉彿彷祇衹秖", "你它他着了借佛仿只只只", strict=True)),
    **dict(zip("喫菸甦佔畧羣峯裏裡麪綫髮線", "吃烟苏占略群峰里里面线发线", strict=True)),
    "嗮": "晒",
}
# Characters that are traditional in feedback although simplified writing knows them as well.
HANT_TOO = "於餘麼裡裏妳嗎"
CANTONESE = "嘅喺咗冇唔佢哋嚟嗰啲咁嘢啱噉睇乜攞畀俾嘥搵揾㗎嗮諗嗌掟嬲靚"
# Dictionary words of Mandarin in simplified writing hold these, so they mark nothing.
NOT_HANT = "著瞭藉乾徵夥摺剋覆"


def read_opencc(name: str) -> dict[str, list[str]]:
    """Read one OpenCC character table: character -> candidates, best first."""
    text = files("opencc").joinpath("dictionary", name).read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line)
    return {character: candidates.split() for character, candidates in rows}


def fold_once(character: str, simplified: dict[str, list[str]]) -> str:
    """Fold one character by the first rule that changes it."""
    if character.isspace() or character in BLANKS or unicodedata.category(character) == "Cc":
        return " "
    if character in PUNCTUATION:
        return PUNCTUATION[character]
    if character in HAN:
        return HAN[character]
    compatible = unicodedata.normalize("NFKC", character)
    is_jamo = "HANGUL" in unicodedata.name(character, "")
    is_single = len(compatible) == 1 and compatible != character and not is_jamo
    if is_single and ord(compatible) < N_CODES:
        return compatible
    lower = character.lower()
    if len(lower) == 1 and lower != character:
        return lower
    if character == "İ":
        return "i"
    simple = simplified.get(character, [character])[0]
    return simple if ord(simple) < N_CODES else character


def fold(character: str, simplified: dict[str, list[str]]) -> str:
    """Apply the rules until nothing changes, so that folding twice is folding once."""
    for _ in range(8):
        folded = fold_once(character, simplified)
        if folded == character:
            return character
        character = folded
    raise ValueError(f"the rules run in a circle at U+{ord(character):04X}")


def is_emoji(code: int) -> bool:
    """Say whether a symbol shows a face, a thing or a sign of feeling rather than a bullet."""
    if 0x1F000 <= code < 0x1FB00:
        return not 0x1F100 <= code < 0x1F200 or code in (0x1F18E, *range(0x1F191, 0x1F19B))
    bullets = (0x2605, 0x2606, 0x2610, 0x261E, 0x2660, 0x2661, 0x2756)
    if 0x2600 <= code < 0x27C0 and code not in bullets:
        return not 0x2768 <= code < 0x2794 and unicodedata.category(chr(code)) == "So"
    return code in (0x231A, 0x231B, 0x23E9, 0x23EA, 0x23F0, 0x23F3, 0x2B50, 0x2B55, 0x2B06)


def character_class(code: int, hant: set[str], hans: set[str]) -> str:
    """Name the class of one code point; the words are those of nlp_cx/text/characters.py."""
    character = chr(code)
    category = unicodedata.category(character)
    name = unicodedata.name(character, "")
    compatible = unicodedata.normalize("NFKC", character)
    if character in "\n\r\u0085\u2028\u2029\u000b\u000c":
        return "newline"
    if character.isspace() or character in BLANKS or category == "Cc":
        return "blank"
    if character in CANTONESE:
        return "cantonese"
    if character in hant:
        return "hant"
    if character in hans:
        return "hans"
    is_ideograph = "IDEOGRAPH" in name and category != "Po"  # not the ideographic full stop
    if is_ideograph or "KANGXI RADICAL" in name or character == "〇":
        return "han"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "flag"
    if code == 0x200D:
        return "joiner"
    if category in ("Mn", "Me", "Mc") or 0x1F3FB <= code <= 0x1F3FF or code in (0xFE0E, 0xFE0F):
        return "extender"
    if is_emoji(code):
        return "emoji"
    if category == "Nd" or (category == "No" and compatible.isdigit()):
        return "digit"
    if len(compatible) == 1 and ("LATIN" in name or "LATIN" in unicodedata.name(compatible, "")):
        return "upper" if compatible.isupper() else "lower" if compatible.isalpha() else ""
    if compatible.isascii() and len(compatible) == 1 and compatible.isalpha():
        return "upper" if compatible.isupper() else "lower"
    if category.startswith("L"):
        syllabic = ("HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "THAI", "LAO", "KHMER")
        return "syllable" if any(word in name for word in syllabic) else "letter"
    if category in ("Ps", "Pi") or character in "＂":
        return "open"
    if category in ("Pe", "Pf"):
        return "close"
    return ""


def write_variants(simplified: dict[str, list[str]]) -> None:
    """Write every character that folds onto another, as two hexadecimal columns."""
    lines = [
        "# Character folding of nlp_cx.text.normalize: code point, tab, folded code point (hex).",
        "# Made by scripts/build_variant_table.py. Width, case and compatibility forms: Unicode",
        f"# Character Database {unicodedata.unidata_version} (Unicode License V3).",
        "# Traditional to simplified: TSCharacters of OpenCC, Apache License 2.0, first candidate.",
    ]
    for code in range(N_CODES):
        if 0xD800 <= code < 0xE000:
            continue
        folded = fold(chr(code), simplified)
        if folded != chr(code):
            lines.append(f"{code:X}\t{ord(folded):X}")
    (RESOURCES / "variants.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def write_characters(hant: set[str], hans: set[str]) -> None:
    """Write the class of every character that has one, as ranges."""
    lines = [
        "# Character classes of nlp_cx.text: first code point, last (hex), class.",
        "# Made by scripts/build_variant_table.py from the Unicode Character Database",
        f"# {unicodedata.unidata_version} (Unicode License V3); hant and hans from the character",
        "# tables of OpenCC, Apache License 2.0.",
    ]
    start, current = 0, ""
    for code in range(N_CODES + 1):
        found = character_class(code, hant, hans) if code < N_CODES else ""
        if found != current or code == N_CODES:
            if current:
                lines.append(f"{start:X}\t{code - 1:X}\t{current}")
            start, current = code, found
    (RESOURCES / "characters.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    """Build both tables."""
    simplified = read_opencc("TSCharacters.txt")
    traditional = read_opencc("STCharacters.txt")
    hant = {one for one, others in simplified.items() if len(one) == 1 and one not in others}
    hant = (hant - set(traditional) - set(NOT_HANT)) | set(HANT_TOO)
    hans = {one for one, others in traditional.items() if one not in others and one not in hant}
    write_variants(simplified)
    write_characters(hant, hans)
    print(f"wrote {RESOURCES / 'variants.tsv'} and {RESOURCES / 'characters.tsv'}")


if __name__ == "__main__":
    main()
