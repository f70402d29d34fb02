"""Labels of computed values in forms without translations."""

from __future__ import annotations

from fieldapp.forms.authoring.checking import check_workbook
from fieldapp.forms.converting.computed import keep_labels
from fieldapp.forms.definition import parse
from fieldapp.forms.views import computed_keys
from fieldapp.forms.xlsform import convert
from tests.forms.building import opened, workbook

HEAD = ["type", "name", "label", "calculation"]


def test_a_computed_value_has_its_label_in_a_form_of_one_language_too() -> None:
    rows = [HEAD, ["integer", "a", "A", ""], ["begin_group", "g", "G", ""], ["calculate", "sum", "Sum of A & B <", "${a} + 1"]]
    rows += [["calculate", "silent", "", "${a}"], ["calculate", "told", "Of ${a}", "${a}"], ["end_group", "", "", ""]]
    form = opened(parse(convert(workbook(rows), "x.xlsx").xform_xml))
    assert check_workbook(workbook(rows), "x.xlsx").languages == ()
    form.answer("/data/a", "2")
    assert computed_keys(form.definition, form.document())[1] == ("/data/g/sum",)
    for language in ("zh", "en", None):
        item = form.item("/data/g/sum", language)
        assert (item.label, item.value, item.readonly) == ("Sum of A & B <", "3", True)
    assert form.item("/data/a", "zh").label == "A"
    assert [item.name for item in form.questions()] == ["a", "g"], "no screen shows it"


def test_a_form_without_such_labels_stays_as_it_is() -> None:
    rows = [HEAD, ["integer", "a", "A", ""], ["calculate", "b", "", "${a}"]]
    xform = convert(workbook(rows), "x.xlsx").xform_xml
    assert "<itext>" not in xform
    assert keep_labels(xform, [{"type": "text", "name": "b", "label": "B"}]) == xform
