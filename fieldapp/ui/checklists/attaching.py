"""Files between a checklist's cards and the laptop: what is dropped, pasted or drawn goes in, what is asked for comes back."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from fieldapp.base.i18n import say
from fieldapp.base.ids import Id
from fieldapp.operations.checklists import answer_with_file
from fieldapp.operations.filling.findings import read_file
from fieldapp.operations.filling.media import AttachedFile, attached_file, form_media
from fieldapp.ui.answers.scans import BarcodeEditor, code_in
from fieldapp.ui.checklists.keeper import Keeper
from fieldapp.ui.checklists.pen import Pen
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.page import Page

__all__ = ["Attaching"]


class Attaching(QObject):
    """Listens to cards beside the pen. What is opened with the system's program lies in a folder of its own that goes with the page."""

    def __init__(self, page: Page, keeper: Keeper, pen: Pen) -> None:
        super().__init__(page)
        self._page, self._keeper, self._pen = page, keeper, pen
        self._folder: QTemporaryDir | None = None

    def listen(self, card: QuestionCard) -> None:
        """Do what a card asks for."""
        card.path_given.connect(lambda key, path: self._pen.take_file(key, path, finding=False))
        card.data_given.connect(self.take_data)
        card.content_wanted.connect(lambda _key: self._read(card))
        card.open_wanted.connect(lambda _key: self._open(card))
        card.scan_wanted.connect(lambda _key: self._scan(card))
        card.media_wanted.connect(lambda name: self._media(card, name))
        card.play_wanted.connect(self._play)
        card.ask()

    def _instance(self) -> Id:
        return self._keeper.checklist.instance_id if self._keeper.checklist is not None else ""

    def take_data(self, key: str, data: bytes, kind: str) -> None:
        """Answer with a picture that was pasted, drawn or drawn upon; its name says the question and begins its digest."""
        checklist = self._keeper.checklist
        if checklist is None:
            return
        self._pen.save()
        session, instance = self._page.ctx.session, checklist.instance_id
        name = f"{checklist.question(key).name}-{hashlib.sha256(data).hexdigest()[:8]}.png"
        self._keeper.run(
            lambda: answer_with_file(session, instance, key, name, data, photo=True, drawn=kind == "drawn"),
            lambda told: self._pen.answer(key, told),
        )

    def _wanted(self, card: QuestionCard) -> tuple[str, str]:
        checklist = self._keeper.checklist
        if checklist is None or checklist.place(card.key) is None:
            return "", ""
        return card.key, checklist.question(card.key).value

    def _read(self, card: QuestionCard) -> None:
        key, name = self._wanted(card)
        session, instance = self._page.ctx.session, self._instance()
        if name:
            self._page.run(lambda: attached_file(session, instance, key, name), partial(self._show, card, name))

    def _show(self, card: QuestionCard, name: str, found: AttachedFile | None) -> None:
        if found is not None and isValid(card) and self._wanted(card)[1] == name:
            card.show_content(found.size, found.data)

    def _open(self, card: QuestionCard) -> None:
        key, name = self._wanted(card)
        session, instance = self._page.ctx.session, self._instance()
        if name:
            self._page.run(
                lambda: attached_file(session, instance, key, name),
                lambda found: self._hand_out(name, found.data if found is not None else None),
            )

    def _play(self, name: str) -> None:
        session, instance = self._page.ctx.session, self._instance()
        self._page.run(lambda: form_media(session, instance, name), lambda data: self._hand_out(name, data))

    def _hand_out(self, name: str, data: bytes | None) -> None:
        if data is None:
            self._page.ctx.notify(say("The file “{name}” is not on this laptop. Sync to fetch it.", name=name), "due", 8)
            return
        if self._folder is None:
            self._folder = QTemporaryDir()
        path = Path(self._folder.filePath(Path(name).name))
        path.write_bytes(data)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._page.ctx.notify(say("No program on this laptop opens “{name}”.", name=name), "due", 8)

    def put_away(self) -> None:
        """Delete what was opened."""
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def _media(self, card: QuestionCard, name: str) -> None:
        session, instance = self._page.ctx.session, self._instance()
        if instance:
            self._page.run(lambda: form_media(session, instance, name), partial(self._show_media, card, name))

    def _show_media(self, card: QuestionCard, name: str, data: bytes | None) -> None:
        if data and isValid(card):  # the card may have gone while it was read
            card.show_media(name, data)

    def _scan(self, card: QuestionCard) -> None:
        page = self._page
        path, _ = QFileDialog.getOpenFileName(page, page.t("Choose a photo"), "", f"{page.t('Pictures')} (*.jpg *.jpeg *.png)")
        if path:
            self.take_code(card, Path(path))

    def take_code(self, card: QuestionCard, path: Path) -> None:
        """Read the code in a picture and answer with it."""
        editor = card.editor
        if isinstance(editor, BarcodeEditor):
            self._page.run(lambda: code_in(read_file(path)), editor.take_code)
