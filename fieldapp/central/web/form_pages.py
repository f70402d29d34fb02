"""The console's page of forms: what is published, a workbook checked and then published, a version withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from fastapi.responses import RedirectResponse, Response

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import read, when_text
from fieldapp.base.ids import Id
from fieldapp.central.checklists.publishing import CATEGORIES, VersionStanding, give_again, publish, standing_of, versions, withdraw
from fieldapp.central.checklists.uploads import drop, held, hold
from fieldapp.central.refusals import BadEntry, UnknownBlob
from fieldapp.central.web.asking import Ask
from fieldapp.central.web.words import CATEGORY_WORDS, STANDING_WORDS, WORDS
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.authoring.checking import CheckedForm, check_beside
from fieldapp.forms.xlsform import media_beside

__all__ = ["FormPages"]

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OLD_SHEET = "application/vnd.ms-excel"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version in words; `state` is given, older or withdrawn, `files` are (id, name) pairs."""

    id: Id
    form: str
    version: str
    title: str
    other_title: str
    category: str
    state: str
    published: str
    by: str
    begun: int
    open: int
    files: tuple[tuple[Id, str], ...]
    workbook: bool
    withdrawn: str
    first: bool


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One thing that the check says, with its place."""

    sheet: str
    row: str
    column: str
    words: str
    grave: bool


class FormPages:
    """Published forms and their versions."""

    def __init__(self, render: Callable[..., Response]) -> None:
        """`render` makes a page from a request, a template, a status and values."""
        self._render = render

    def routes(self) -> list[tuple[str, str, Callable[[Ask], Response]]]:
        """Method, path and page of each."""
        return [
            ("GET", "/console/forms", self.forms),
            ("POST", "/console/forms/check", self.check),
            ("POST", "/console/forms/publish", self.publish),
            ("GET", "/console/forms/{key}/workbook", self.workbook),
            ("GET", "/console/forms/{key}/files", self.file),
            ("POST", "/console/forms/{key}/withdraw", self.withdraw),
            ("POST", "/console/forms/{key}/again", self.again),
        ]

    def forms(self, ask: Ask) -> Response:
        """The list."""
        return self._forms(ask)

    def _forms(self, ask: Ask, message: str = "", status: int = 200) -> Response:
        held_versions = versions(ask.desk)
        rows = []
        for place, each in enumerate(held_versions):
            first = place == 0 or held_versions[place - 1].form.form_id != each.form.form_id
            rows.append(_row(ask, each, first))
        return self._render(ask, "forms.html", status, rows=rows, categories=_categories(ask), message=message)

    def check(self, ask: Ask) -> Response:
        """Say what is wrong with a workbook, and offer to publish it when nothing is."""
        folder = ask.desk.service.settings.folder
        try:
            path = hold(folder, ask.account.name, ask.files)
        except FieldappError as fault:
            return self._forms(ask, fault.read(ask.language), 400)
        data = path.read_bytes()
        checked = check_beside(path, data)
        standing = standing_of(ask.desk, data, path.name) if checked.usable else ""
        missing = set(checked.media) - media_beside(path, checked.media).keys()
        return self._render(
            ask,
            "form_check.html",
            file=path.name,
            told=[sentence.read(ask.language) for sentence in checked.summary()],
            troubles=_troubles(ask, checked),
            standing=standing,
            stands=read(STANDING_WORDS[standing], ask.language) if standing else "",
            ready=standing in ("new_form", "new_version") and not missing,
            category=ask.field("category"),
            digest=sha256(data).hexdigest(),
        )

    def publish(self, ask: Ask) -> Response:
        """Publish what was checked, as the command does."""
        folder, category = ask.desk.service.settings.folder, ask.field("category") or "inspection"
        try:
            if category not in CATEGORIES:
                raise BadEntry(field=read(WORDS["made_for"], ask.language))
            done = publish(ask.desk, held(folder, ask.account.name, ask.field("digest")), category=category)
        except FieldappError as fault:
            return self._forms(ask, fault.read(ask.language), 400)
        drop(folder, ask.account.name)
        return RedirectResponse(f"/console/forms#v{done.form.id}", 303)

    def withdraw(self, ask: Ask) -> Response:
        """Let no new record begin with a version."""
        withdraw(ask.desk, ask.key)
        return RedirectResponse(f"/console/forms#v{ask.key}", 303)

    def again(self, ask: Ask) -> Response:
        """Take a withdrawal back."""
        give_again(ask.desk, ask.key)
        return RedirectResponse(f"/console/forms#v{ask.key}", 303)

    def workbook(self, ask: Ask) -> Response:
        """The workbook of a version, as it was published."""
        form = ask.desk.get(FormVersion, ask.key)
        data = _bytes(ask, form.workbook_digest)
        old = data[:4] == b"\xd0\xcf\x11\xe0"
        name = f"{form.form_id}-{form.version or '-'}.{'xls' if old else 'xlsx'}"
        return _download(data, name, _OLD_SHEET if old else _SHEET)

    def file(self, ask: Ask) -> Response:
        """A file of a version; the field `file` names its attachment."""
        wanted = ask.desk.get(Attachment, ask.field("file"))
        if (wanted.owner_kind, wanted.owner_id) != ("form_version", ask.key):
            raise UnknownBlob
        return _download(_bytes(ask, wanted.digest), wanted.name, "application/octet-stream")


def _row(ask: Ask, each: VersionStanding, first: bool) -> VersionRow:
    form, zh = each.form, ask.language == "zh"
    title, other = (form.title_zh, form.title_en) if zh else (form.title_en, form.title_zh)
    gone = each.withdrawn_at
    told = (when_text(gone, ask.language), each.withdrawn_by) if gone else ()
    return VersionRow(
        id=form.id,
        form=form.form_id,
        version=form.version or "-",
        title=title or other or form.form_id,
        other_title=other if other != title else "",
        category=read(CATEGORY_WORDS[form.category], ask.language) if form.category in CATEGORY_WORDS else form.category,
        state="withdrawn" if gone else "given" if each.given else "older",
        published=when_text(form.published_at, ask.language) if form.published_at else "",
        by=each.by or read(WORDS["service_desk"], ask.language),
        begun=each.begun,
        open=each.open,
        files=tuple((file.id, file.name) for file in each.files),
        workbook=bool(form.workbook_digest),
        withdrawn=" · ".join(part for part in told if part),
        first=first,
    )


def _troubles(ask: Ask, checked: CheckedForm) -> list[TroubleRow]:
    found = [(each, each.grave) for each in checked.troubles] + [(each, False) for each in checked.instead]
    return [
        TroubleRow(each.sheet, str(each.row or ""), each.column, each.words.read(ask.language), grave)
        for each, grave in sorted(found, key=lambda pair: not pair[1])
    ]


def _categories(ask: Ask) -> list[tuple[str, str]]:
    return [(each, read(CATEGORY_WORDS[each], ask.language)) for each in CATEGORIES]


def _bytes(ask: Ask, digest: str) -> bytes:
    if not digest:
        raise UnknownBlob
    return ask.desk.service.blobs.get(digest)


def _download(data: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=kind, headers=headers | {"Cache-Control": "no-store"})
