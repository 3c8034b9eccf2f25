"""The few words that files of a report need beside those that the report brings."""

from __future__ import annotations

from typing import Final

from nlp_cx.report.model import Language

FILE_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "summary": "Summary",
        "contents": "Contents",
        "back": "Back to the summary",
        "evidence": "Evidence",
        "estimate": "Estimate",
        "low": "Low (95%)",
        "high": "High (95%)",
        "n": "n",
        "not_shown": "Not shown",
        "remedy": "What would make it possible",
        "no_rows": "No rows.",
        "cut": "Texts of more than {n:,} characters are cut; the ending says how many are missing.",
        "rank": "Rank",
        "driver": "Driver",
        "polarity": "Polarity",
        "clause": "Clause",
        "text": "Text",
        "start": "Start",
        "end": "End",
        "yes": "yes",
        "no": "no",
        "separator": ": ",
        "points": "{value} pts",
    },
    "zh": {
        "summary": "摘要",
        "contents": "目录",
        "back": "返回摘要",
        "evidence": "依据",
        "estimate": "估计值",
        "low": "下限（95%）",
        "high": "上限（95%）",
        "n": "n",
        "not_shown": "未展示",
        "remedy": "补上什么即可得到",
        "no_rows": "没有数据行。",
        "cut": "超过 {n:,} 个字符的文本已截断，末尾注明缺少的字符数。",
        "rank": "序号",
        "driver": "驱动因素",
        "polarity": "极性",
        "clause": "分句",
        "text": "原文",
        "start": "起始",
        "end": "结束",
        "yes": "是",
        "no": "否",
        "separator": "：",
        "points": "{value} 个百分点",
    },
}
"""By language; both have the same keys."""
