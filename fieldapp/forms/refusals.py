"""What can be wrong with a form or a workbook: the leaves of FormError, codes FA-700 to FA-749."""

from __future__ import annotations

from fieldapp.base.errors import FormError
from fieldapp.base.i18n import N_

__all__ = [
    "AnswerNotTakenError",
    "AnswerTypeError",
    "CircularFormError",
    "ExpressionRefusedError",
    "FormDamagedError",
    "UnknownFunctionError",
    "WorkbookDamagedError",
    "WorkbookRefusedError",
    "XPathSyntaxError",
]


class WorkbookDamagedError(FormError):
    """The file is no workbook, or it is broken."""

    code = "FA-701"
    message = N_(
        "The file “{file}” cannot be read as an Excel workbook. Nothing was changed. "
        "Open it in Excel, save it again as .xlsx and import that file."
    )


class WorkbookRefusedError(FormError):
    """The workbook is readable, but a cell of it cannot be used; values: file, sheet, row, reason."""

    code = "FA-702"
    message = N_(
        "The workbook “{file}” was not imported: sheet “{sheet}”, row {row}: {reason} "
        "Nothing was changed. Correct this row and import the file again."
    )


class FormDamagedError(FormError):
    """The XForm is not well formed or lacks a part."""

    code = "FA-703"
    message = N_("This form cannot be read: {reason} Nothing was changed. Ask who sent the form for a correct file.")


class CircularFormError(FormError):
    """Questions of the form depend on each other in a circle; values: names."""

    code = "FA-704"
    message = N_(
        "In this form these questions depend on each other in a circle: {names}. Nothing was changed. "
        "Ask who wrote the form to break the circle."
    )


class ExpressionRefusedError(FormError):
    """An expression of the form cannot be used; values: where, expression, reason."""

    code = "FA-705"
    message = N_(
        "The form has an expression that cannot be used, at {where}: “{expression}” ({reason}). "
        "Nothing was changed. Ask who wrote the form to correct it."
    )


class XPathSyntaxError(FormError):
    """An expression is not XPath; values: expression, reason."""

    code = "FA-706"
    message = N_("The expression “{expression}” is not written correctly: {reason}. Nothing was changed.")


class UnknownFunctionError(FormError):
    """A function is unknown or has the wrong arguments; values: name, reason."""

    code = "FA-707"
    message = N_("The function “{name}” cannot be used: {reason}. Nothing was changed.")


class AnswerNotTakenError(FormError):
    """An answer cannot be taken: the question does not exist or takes none; values: key."""

    code = "FA-708"
    message = N_("The entry for “{key}” cannot be taken here. Nothing was changed. Open the checklist again.")


class AnswerTypeError(AnswerNotTakenError):
    """An answer does not fit the type of its question; values: key, entry, kind (integer, decimal, date, time, dateTime)."""

    code = "FA-709"
    message = N_("“{entry}” cannot be entered here: this question takes another kind of value ({kind}). Nothing was changed.")
