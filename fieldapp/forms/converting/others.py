"""The choice “Other” and its question, which the converter makes for `or_other` in English only: in Chinese where the form speaks it."""

from __future__ import annotations

import re

from fieldapp.base.i18n import N_, read

__all__ = ["speak_others"]

_CHINESE = re.compile(r"\bzh\b|中文|汉语|简体|繁体|\bChinese\b", re.IGNORECASE)
_HAN = re.compile("[\u4e00-\u9fff]")
_TRANSLATION = re.compile(r'(<translation lang="([^"]*)"[^>]*>)(.*?)</translation>', re.DOTALL)
_INSTANCE = re.compile(r'<instance id="[^"]+"><root>.*?</root></instance>', re.DOTALL)
_MADE_ID = re.compile(r"<item><itextId>([^<]+)</itextId><name>other</name>")
_MADE_LABEL = "<item><name>other</name><label>Other</label>"
_MADE_QUESTION = re.compile(r'(<input ref="([^"]+_other)">)<label>Specify other\.</label>')
_CHOICE, _QUESTION = N_("Other"), N_("Specify other.")


def speak_others(xform: str) -> str:
    """The XForm with “Other” and “Specify other.” in Chinese wherever it is Chinese: in that translation, or, of a form without
    translations, in a list whose labels are. Forms without `or_other` stay as they are.
    """
    made = _MADE_QUESTION.findall(xform)
    if not made:
        return xform
    if "<itext>" not in xform:
        return _plain(xform)
    ids = [name for held in _INSTANCE.findall(xform) for name in _MADE_ID.findall(held)]

    def translated(found: re.Match[str]) -> str:
        chinese = _CHINESE.search(found[2]) is not None
        body = found[3]
        for name in ids if chinese else ():
            body = body.replace(f'<text id="{name}"><value>{_CHOICE}</value>', f'<text id="{name}"><value>{read(_CHOICE, "zh")}</value>')
        words = read(_QUESTION, "zh" if chinese else "en")
        added = "".join(f'<text id="{path}:label"><value>{words}</value></text>' for _, path in made)
        return f"{found[1]}{body}{added}</translation>"

    spoken = _TRANSLATION.sub(translated, xform)
    return _MADE_QUESTION.sub(r"""\1<label ref="jr:itext('\2:label')"/>""", spoken)


def _plain(xform: str) -> str:
    """A form in one language: its lists are Chinese where a label of theirs is."""

    def listed(found: re.Match[str]) -> str:
        told = found[0]
        return told.replace(_MADE_LABEL, _MADE_LABEL.replace(_CHOICE, read(_CHOICE, "zh"))) if _HAN.search(told) else told

    spoken = _INSTANCE.sub(listed, xform)
    if not _HAN.search(" ".join(re.findall(r"<label>([^<]*)", xform))):
        return spoken
    return _MADE_QUESTION.sub(rf"\1<label>{read(_QUESTION, 'zh')}</label>", spoken)
