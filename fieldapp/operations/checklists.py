"""Filling a checklist: the form stays open in a Checklist, answers recompute at once, and are saved as rows in one commit each.

A Checklist belongs to the thread of the screen; `take` hands what is not saved yet to `save_answer` on the worker thread.
Annotations of an answer stand beside it: `key#result` (na | unchecked) and `key#reason`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from fieldapp.base.errors import FormError, RuleError
from fieldapp.base.i18n import N_, Sentence
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset, AssetLimit, Site, SiteRule, effect_of
from fieldapp.domain.inspections import UNCHECKED_REASONS, Finding, FormInstance, Inspection
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance as OpenForm
from fieldapp.operations.cases import asset_title
from fieldapp.operations.filling import findings as finds
from fieldapp.operations.filling.asking import Earlier, Surroundings, period_sentence, place_of
from fieldapp.operations.filling.before import last_saved, version_of
from fieldapp.operations.filling.board import Board
from fieldapp.operations.filling.findings import Seed
from fieldapp.operations.filling.media import form_tables, lacking_of
from fieldapp.operations.filling.views import OpenFinding, Words, words
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = [
    "UNCHECKED_REASONS",
    "Batch",
    "Checklist",
    "ChecklistClosed",
    "FormNotHere",
    "FormUnusable",
    "Heading",
    "Saved",
    "add_finding_photo",
    "answer_with_file",
    "follow_up_case",
    "open_checklist",
    "read_checklist",
    "record_finding",
    "save_answer",
    "settle_finding",
]


class FormNotHere(RuleError):
    """The form of a checklist has not come to this laptop."""

    code = "FA-260"
    message = N_("The form {form} is not on this laptop yet. Nothing is lost. Sync, and open the checklist again.")


class FormUnusable(FormNotHere):
    """The form of a checklist is here and cannot be read: damaged, or written for a newer version of the program."""

    code = "FA-264"
    message = N_("The form {form} on this laptop cannot be read. Your answers are kept. Sync; if it stays so, tell the service desk.")


class ChecklistClosed(RuleError):
    """A checklist that is finished or signed."""

    code = "FA-262"
    message = N_("This checklist is finished, so it takes no more answers. Nothing was changed. Reopen the inspection to correct it.")


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be saved: rows (None takes an answer back), findings that begin, and items whose finding falls away."""

    instance_id: Id
    rows: Mapping[str, str | None]
    abnormal: tuple[Seed, ...] = ()
    normal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """What was committed, when; findings that stand now, and items that have none any more."""

    at: datetime
    rows: Mapping[str, str | None] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    normal: tuple[str, ...] = ()
    case_numbers: Mapping[Id, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a checklist: the form's title, its code, the period, the equipment; what was left over last time.

    `lacking` names the files of the form that have not come to this laptop.
    """

    title: Words
    form_id: str
    period_words: Sentence
    equipment: str
    left: tuple[OpenFinding, ...]
    finished: bool
    lacking: Sentence | None = None


class Checklist(Board):
    """One checklist that is being filled. Made by `open_checklist`; its views are frozen and made anew when something changes."""

    def __init__(self, form: OpenForm, around: Surroundings, rows: Mapping[str, str], findings: list[Finding], about: Heading) -> None:
        """`rows` are the saved rows with their annotations."""
        super().__init__(form, around, {key: text for key, text in rows.items() if "#" in key}, findings, about.title)
        self._remembered: dict[str, Finding] = {}
        self._unsaved: dict[str, str | None] = {}
        self._opening: dict[str, str | None] = dict(form.opening.rows)
        self.instance_id: Id = around.instance.id
        self.inspection_id: Id = around.instance.owner_id
        self.about = about
        self.left: tuple[OpenFinding, ...] = about.left
        self.fresh = around.instance.started_at is None
        self.editable = around.instance.state == "open" and not about.finished
        self.closed_why: Sentence | None = None if self.editable else ChecklistClosed().sentence

    # what a person does

    def answer(self, key: str, text: str | None) -> frozenset[str]:
        """Enter or clear an answer and recompute; the keys whose view is another now.

        Empty when rows of a repeat came or went: all views are made anew. ChecklistClosed, or what the form refuses
        (FA-708, FA-709); nothing is changed then.
        """
        self._need_open()
        delta = self._form.answer(key, text)
        self._keep(delta.rows)
        if text and f"{key}#result" in self._notes:
            self._note(f"{key}#result", None)
            self._note(f"{key}#reason", None)
        if self._views[key].status == "unchecked" and text != "unchecked":
            self._note(f"{key}#reason", None)
        self._touched |= delta.changed | {key}
        return self._refresh(delta.changed | {key})

    def mark(self, key: str, result: str = "", reason: str = "") -> frozenset[str]:
        """不适用, 未检 with its reason, or neither ("" for both takes the mark back). Returns as `answer` does."""
        self._need_open()
        view = self.question(key)
        changed = frozenset({key})
        if any(each.meaning == result for each in view.choices if result in ("na", "unchecked")):
            if view.value != result:
                changed |= self.answer(key, result)
        else:
            self._note(f"{key}#result", result or None)
        self._note(f"{key}#reason", reason.strip() or None)
        self._touched |= changed
        return self._refresh(changed)

    def add_row(self, key: str, repeat_id: str) -> str:
        """Add a row to a repeat (by the key of its heading); the key of the new row."""
        self._need_open()
        self._keep(self._form.add_repeat(key, repeat_id).rows)
        self._rebuild()
        return f"{key}{{{repeat_id}}}"

    def remove_row(self, key: str) -> None:
        """Remove a row of a repeat with its answers and their annotations."""
        self._need_open()
        self._keep(self._form.remove_repeat(key).rows)
        for note in [each for each in self._notes if each.startswith(key + "/")]:
            self._note(note, None)
        self._touched |= {each for each in self._findings if each.startswith(key + "/")}
        self._rebuild()

    # what is saved

    @property
    def has_unsaved(self) -> bool:
        """Whether something was entered that no `take` handed on."""
        return bool(self._unsaved)

    def take(self, *, final: bool = True) -> Batch | None:
        """What is not saved yet, to be handed to `save_answer`; None when there is nothing.

        While a person still types, `final` is False: findings wait for the whole value.
        """
        rows, self._unsaved = {**self._opening, **self._unsaved} if self._unsaved else {}, {}
        seeds: list[Seed] = []
        normal: list[str] = []
        if final:
            for key in sorted(self._touched):
                view = self._views.get(key)
                if view is not None and view.status == "abnormal":
                    seeds.append(self.seed(key))
                elif key in self._findings and not self._findings[key].case_id:
                    normal.append(key)
            self._touched.clear()
        if not rows and not seeds and not normal:
            return None
        self._opening = {} if rows else self._opening
        return Batch(self.instance_id, rows, tuple(seeds), tuple(normal))

    def give_back(self, batch: Batch) -> None:
        """What could not be saved waits again, older entries behind newer ones."""
        self._unsaved = {**batch.rows, **self._unsaved}
        self._touched |= {seed.key for seed in batch.abnormal} | set(batch.normal)

    def know(self, saved: Saved) -> frozenset[str]:
        """Take note of findings as they were saved; the keys whose view is another now."""
        numbers = {**self._around.case_numbers, **saved.case_numbers}
        self._around = replace(self._around, case_numbers=numbers)
        for key in saved.normal:
            gone = self._findings.pop(key, None)
            if gone is not None:
                self._remembered[key] = gone
        for each in saved.findings:
            self._findings[each.key] = each
        return self._refresh(frozenset(saved.normal) | {each.key for each in saved.findings})

    def seed(self, key: str) -> Seed:
        """What the finding of an item begins with."""
        view = self.question(key)
        return Seed(self.instance_id, key, view.name, view.label.read("zh"), view.value, self._remembered.get(key))

    def finished_rows(self, at: datetime) -> Mapping[str, str | None]:
        """The rows that the form writes at its end (its time of end), with those of its beginning when nothing was ever answered."""
        return {**self._opening, **dict(self._form.finish(at).rows)}

    def _need_open(self) -> None:
        if not self.editable:
            raise ChecklistClosed

    def _keep(self, rows: tuple[tuple[str, str | None], ...]) -> None:
        self._unsaved.update(rows)

    def _note(self, key: str, text: str | None) -> None:
        if self._notes.get(key) != text:
            self._unsaved[key] = text
            if text is None:
                del self._notes[key]
            else:
                self._notes[key] = text


def read_checklist(session: FieldSession, reader: Reader, instance: FormInstance) -> Checklist:
    """Open a checklist inside a reading; FormNotHere when its form has not come, FormUnusable when it cannot be read."""
    version = version_of(reader, instance)
    if version is None:
        raise FormNotHere(form=instance.form_id)
    try:
        definition = parse(version.xform)
    except FormError as fault:
        raise FormUnusable(form=instance.form_id) from fault
    asset = reader.get(Asset, instance.asset_id) if instance.asset_id else None
    site = reader.get(Site, instance.site_id) if instance.site_id else None
    inspection = reader.get(Inspection, instance.owner_id) if instance.owner_id else None
    zone = site.zone if site else session.zone
    # what is finished is read as of its end: a report made later says of its dates what the screen said on site
    now = instance.finished_at or session.clock.now()
    limits = {each.item: each for each in reader.find(AssetLimit, model=asset.model)} if asset is not None else {}
    rows = reader.answers(instance.id)
    instances = {"limits": _limits_xml(limits), **last_saved(session, reader, instance, definition, zone)}
    tables = form_tables(session, reader, version)
    lacking = lacking_of(session, reader, version, definition, tables, instances)
    environment = Environment(
        now=now,
        zone=zone,
        properties={"username": session.engineer_name, "deviceid": session.replica.device},
        instances=instances,
        media=tables,
        randomness=session.randomness,
    )
    form = OpenForm.open(definition, {key: text for key, text in rows.items() if "#" not in key}, environment)
    found = reader.find(Finding, instance_id=instance.id)
    rules = reader.find(SiteRule, site_id=instance.site_id)
    files = [effect_of(rules, subject) for subject in ("usb", "data_out")]
    around = Surroundings(
        instance=instance,
        today=now.astimezone(ZoneInfo(zone)).date(),
        camera=effect_of(rules, "camera"),
        files=next((each for each in files if not each.allowed), files[0]),
        limits=limits,
        earlier=_earlier(reader, instance),
        case_numbers=finds.case_numbers(reader, found),
        lacking=lacking.lists,
    )
    about = Heading(
        title=words(version.title_zh or definition.title, version.title_en),
        form_id=instance.form_id,
        period_words=period_sentence(instance.period),
        equipment=_equipment(asset) if asset is not None else "",
        left=finds.left_over(session, reader, instance.site_id, instance.owner_id, instance.asset_id) if instance.asset_id else (),
        finished=inspection is not None and inspection.state == "finished",
        lacking=lacking.sentence,
    )
    return Checklist(form, around, rows, found, about)


def _equipment(asset: Asset) -> str:
    return f"{asset_title(asset)} · SN {asset.serial}"


def _limits_xml(limits: Mapping[str, AssetLimit]) -> str:
    """The agreed limits as the secondary instance `limits`, for forms that look them up themselves."""
    names = ("model", "item", "unit", "minimum", "maximum", "baseline")
    items = ("".join(f"<{name}>{escape(getattr(each, name))}</{name}>" for name in names) for each in limits.values())
    return "<root>" + "".join(f"<item>{each}</item>" for each in items) + "</root>"


def _earlier(reader: Reader, instance: FormInstance) -> dict[str, tuple[Earlier, ...]]:
    """What earlier checklists of the same equipment say, by the place of the question, the oldest first.

    Earlier is what was begun before: periods of different rhythms (a quarter, a month, before a holiday) have no order of their own.
    """
    if not instance.asset_id:
        return {}
    others = [
        each
        for each in reader.find(FormInstance, asset_id=instance.asset_id, owner_kind=instance.owner_kind, order="started_at")
        if each.id != instance.id and each.started_at is not None and not each.deprecated_id
        if instance.started_at is None or each.started_at < instance.started_at
    ]
    periods = {each.id: each.period for each in others}
    told: dict[str, dict[Id, dict[str, str]]] = {}
    for row in reader.answers_of(list(periods)):
        key, _, note = row.key.partition("#")
        if note in ("", "result"):
            told.setdefault(place_of(key), {}).setdefault(row.instance_id, {})[note] = row.value
    return {
        place: tuple(
            Earlier(period, by_instance[one].get("", ""), by_instance[one].get("result", ""))
            for one, period in periods.items()
            if one in by_instance
        )
        for place, by_instance in told.items()
    }


def open_checklist(session: FieldSession, instance_id: Id) -> Checklist:
    """Open a checklist with its earlier readings, limits, findings and the site's rules; nothing is written. FormNotHere, UnknownRecord."""
    with session.reading() as reader:
        return read_checklist(session, reader, reader.need(FormInstance, instance_id))


def save_answer(session: FieldSession, batch: Batch) -> Saved:
    """Save what was entered in one commit, with the findings that begin or fall away; the first answer starts checklist and inspection.

    ChecklistClosed when it was finished meanwhile; DiskFull and the like leave everything as it was.
    """
    now = session.clock.now()
    with session.writing() as work:
        instance = work.need(FormInstance, batch.instance_id)
        if instance.state != "open":
            raise ChecklistClosed
        work.answer(instance.id, batch.rows)
        if instance.started_at is None:
            work.save(replace(instance, started_at=now))
        inspection = work.get(Inspection, instance.owner_id) if instance.owner_id else None
        if inspection is not None and inspection.state == "planned":
            work.save(replace(inspection, state="started", started_at=now, engineer_id=inspection.engineer_id or session.engineer))
        findings = [finds.write_finding(session, work, seed) for seed in batch.abnormal]
        for key in batch.normal:
            finds.drop_finding(work, instance.id, key)
    return Saved(now, batch.rows, tuple(findings), batch.normal)


def _told(session: FieldSession, write: Callable[[], Finding]) -> Saved:
    found = write()
    with session.reading() as reader:
        return Saved(session.clock.now(), {}, (found,), (), finds.case_numbers(reader, [found]))


def record_finding(session: FieldSession, seed: Seed, **entered: Any) -> Saved:
    """Write fields of an item's finding: description, level (minor | major | critical), state (fixed | left_over), owner
    (us | customer | vendor), advice, due_on, witness. It may be completed later.
    """
    return _told(session, lambda: finds.record_finding(session, seed, **entered))


def add_finding_photo(session: FieldSession, seed: Seed, name: str, data: bytes) -> Saved:
    """Add a photo (bytes of a JPEG or PNG) to an item's finding; PhotoNotAllowed, FileNotTaken."""
    return _told(session, lambda: finds.add_photo(session, seed, name, data))


def answer_with_file(session: FieldSession, instance_id: Id, key: str, name: str, data: bytes, *, photo: bool, drawn: bool = False) -> str:
    """Keep a file that answers a question; its name is then the answer. PhotoNotAllowed (never of what is `drawn`), FileNotTaken."""
    return finds.attach(session, instance_id, key, name, data, photo=photo, drawn=drawn)


def follow_up_case(session: FieldSession, finding_id: Id) -> Saved:
    """转工单: open a case from a finding, once; FindingIncomplete without a note, NoNumbersLeft."""
    return _told(session, lambda: finds.follow_up_case(session, finding_id))


def settle_finding(session: FieldSession, checklist_instance: Id, finding_id: Id, note: str = "") -> tuple[OpenFinding, ...]:
    """Settle what was left over, in the inspection of this checklist; what is still open of the equipment. FindingSettled."""
    with session.reading() as reader:
        instance = reader.need(FormInstance, checklist_instance)
    finds.settle_finding(session, finding_id, instance.owner_id, note)
    with session.reading() as reader:
        return finds.left_over(session, reader, instance.site_id, instance.owner_id, instance.asset_id)
