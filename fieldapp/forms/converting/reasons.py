"""Why the converter refused a workbook, in sentences of ours: it speaks English only, and at length.

What it says is matched with its own templates by the name of the error, or with the words that it has no name for. Where neither
fits, its English stays, and a sentence before it says whose words these are.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

from fieldapp.base.i18n import N_, Sentence, say

__all__ = ["reason_of"]

_NAMED: Mapping[str, str] = MappingProxyType(
    {
        "ENTITY_001": N_("a save_to needs a sheet “entities” that declares a list."),
        "ENTITY_002": N_("the property “{saveto}” of save_to stands in row {other_row} already."),
        "ENTITY_003": N_("a group or repeat cannot be saved by save_to."),
        "ENTITY_004": N_("the list “{dataset}” of save_to is not on the sheet “entities”."),
        "ENTITY_005": N_("the list “{dataset}” needs a label, as it makes entities."),
        "HEADER_001": N_("the sheet “{sheet_name}” has no row of headers, or one that is no column of XLSForm."),
        "HEADER_002": N_("the columns “{other}” and “{header}” are two names of the same column."),
        "HEADER_003": N_("these columns are missing: {missing}."),
        "HEADER_004": N_("the column “{column}” has no name, or one with a blank in it."),
        "HEADER_005": N_("these columns of the sheet “entities” are not known: {columns}."),
        "NAMES_001": N_("the name “{value}” stands twice in the same group."),
        "NAMES_002": N_("the name “{value}” differs from another one in capital letters only."),
        "NAMES_003": N_("a repeat cannot be called “{value}”, as the form itself is."),
        "NAMES_004": N_("two repeats are called “{value}”."),
        "NAMES_005": N_("the name “meta” is kept for the form itself."),
        "NAMES_006": N_("a choice has no name."),
        "NAMES_007": N_("a choice of this list has the same name as one before it; the setting allow_choice_duplicates permits that."),
        "NAMES_008": N_("the “{column}” begins with no letter or underscore, or holds more than letters, digits, _, - and points."),
        "NAMES_009": N_("“{name}” begins with no letter or underscore, or holds more than letters, digits, _, - and points."),
        "NAMES_010": N_("the “{column}” must not begin with two underscores."),
        "NAMES_011": N_("the “{column}” must not hold a point."),
        "NAMES_012": N_("the “{column}” must not be “name” or “label”."),
        "NAMES_013": N_("there is no sheet “{sheet}”, but one with nearly that name: {candidates}."),
        "NAMES_014": N_("the list_name stands twice on the sheet “entities”."),
        "NAMES_015": N_("an entity list has no name."),
        "PYREF_001": N_("a reference in “{column}” is not written as ${{name}}."),
        "PYREF_002": N_("the references in “{column}” need a comma between them."),
        "PYREF_003": N_("“{column}” names “{q}”, and no question is called so."),
        "PYREF_004": N_("“{column}” names “{q}”, and more than one question is called so."),
        "RANGE_001": N_("the parameter {name} of a range must be a number."),
        "RANGE_002": N_("the parameter {name} of a range must not be 0."),
        "RANGE_003": N_("the parameter {name} is larger than the range itself."),
        "RANGE_004": N_("the parameter {name} must be a multiple of the step."),
        "RANGE_005": N_("the parameter {name} lies outside of the range."),
        "RANGE_006": N_("the tick_labelset names no list of choices."),
        "SURVEY_001": N_("this end_{type} has no begin_{type}."),
        "SURVEY_002": N_("this begin_{type} (“{name}”) has no end_{type}."),
        "SURVEY_004": N_("parameters are written as key=value, with a blank between them."),
        "SURVEY_005": N_("this type has no parameter {rejected}; it has: {accepted}."),
    }
)
_SAID: tuple[tuple[str, str], ...] = (
    (r"Question with no type\.", N_("the question has no type.")),
    (r"Question or group with no name\.", N_("the question or group has no name.")),
    (r"Missing calculation\.", N_("the calculation is missing.")),
    (r"List name not in (?:external )?choices sheet: (?P<list>.+)", N_("there is no list “{list}” on the sheet of choices.")),
    (r"There should be a choices sheet in this xlsform\.", N_("the workbook has no sheet “choices”.")),
    (r"Choice filter not supported with or_other\.", N_("or_other and a choice_filter do not go together.")),
    (r"Please specify choices for this 'or other' question\.", N_("or_other needs a list of choices.")),
    (r"There is no survey element named '(?P<name>[^']+)'", N_("no question is called “{name}”.")),
    (r"There are multiple survey elements named '(?P<name>[^']+)'", N_("more than one question is called “{name}”.")),
    (r"Duplicate column header: (?P<column>.+)", N_("the column “{column}” stands twice.")),
    (r"The survey element named '(?P<name>[^']+)' has no label or hint\.", N_("“{name}” has neither a label nor a hint.")),
    (r"To use big-image, you must also specify an image for .* named (?P<name>\S+)\.", N_("“{name}” has a big-image and no image.")),
    (r"File name for '.*' should end with one of .*: (?P<kinds>.+)", N_("the file of the choices must end in one of {kinds}.")),
    (r"(?:Parameter )?(?P<name>[\w-]+) must have an integer value\.", N_("the parameter {name} must be a whole number.")),
    (r"Invalid value for (?P<name>[\w-]+)\.", N_("the parameter {name} has a value that it cannot have.")),
    (r"(?P<name>randomize) must be set to true or false", N_("the parameter {name} must be true or false.")),
    (r"Parameters must include randomize=true to use a (?P<name>seed)\.", N_("a {name} needs randomize=true.")),
    (r"Choice names with spaces cannot be added to multiple choice selects", N_("a choice of select_multiple has a blank in its name.")),
)  # fmt: skip
_ROW = re.compile(r"\[row : [^\]]+\] ?")


@functools.lru_cache(maxsize=128)
def _pattern(template: str) -> re.Pattern[str]:
    """A message of the converter as a pattern, without its row and its links."""
    said = re.sub(r"\s*Learn more: \S+", "", _ROW.sub("", template)).strip()
    parts = re.split(r"\{(\w+)\}", said.replace("{{", "\0").replace("}}", "\1"))
    seen: set[str] = set()
    found = ""
    for at, part in enumerate(parts):
        if at % 2 == 0:
            found += re.escape(part.replace("\0", "{").replace("\1", "}"))
        else:
            found += f"(?P={part})" if part in seen else f"(?P<{part}>.*?)"
            seen.add(part)
    return re.compile(found)


def reason_of(text: str, short: str, templates: Mapping[str, str]) -> tuple[str, Sentence]:
    """The name of the error and its sentence, for a line that the converter said, without its row and its links.

    The name is empty where the converter has none; the sentence is ours where the words are known, else it holds the `short` ones.
    `templates` are the converter's own messages by the names of their errors.
    """
    for name, template in templates.items():
        match = _pattern(template).fullmatch(text) if name in _NAMED else None
        if match is not None:
            return name, Sentence(_NAMED[name], match.groupdict())
    for said, sentence in _SAID:
        found = re.search(said, text)
        if found is not None:
            return "", Sentence(sentence, {name: value.strip() for name, value in found.groupdict().items()})
    return "", say("the converter says: {said}", said=short)
