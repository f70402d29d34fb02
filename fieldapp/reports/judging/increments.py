"""What each signature's revision may write: its own place, and nothing of what stood there before.

Other verifiers ask only what came after a signature, and let some of it pass (metadata, more fields). A revision here
is written by `embedding` alone, so that it is known to the entry which older objects it writes anew: the signature's
field gets its value and its appearance, the certification is named in the catalogue, a time-stamp adds its field and
the store of certificates, a further one leaves in the store what it finds. Whatever else is written anew is refused,
also in the revision of the first signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils import generic as _generic

from fieldapp.base.i18n import say
from fieldapp.reports.canonical import TIME_STAMP_FIELD
from fieldapp.reports.judging.bytecheck import Refusal
from fieldapp.reports.judging.redrawing import plain
from fieldapp.reports.judging.tables import spelled_once, stands_within

__all__ = ["check_increments"]

generic: Any = _generic

_TRAILER = {"/ID", "/Info", "/Root", "/Size"}
_STORE = {"/Type", "/Certs", "/CRLs"}
_STAMP_FIELD = {"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/V"}


def check_increments(reader: Any, pdf: bytes, ends: list[int], signed_fields: list[str]) -> None:
    """Check every revision of a file whose signatures stand in these fields, one a revision; Refusal for one that does more.

    `ends` are the sizes of the file after it was drawn and after each signature.
    """
    for revision, (start, end) in enumerate(pairwise([0, *ends])):
        if not stands_within(reader, pdf, revision, start, end) or (revision and not spelled_once(reader, pdf, revision, start)):
            raise Refusal(say("A signature's revision is spelled in a way this program never writes."))
    drawn = reader.get_historical_resolver(0)
    size = int(drawn.trailer_view["/Size"])
    if any(number >= size for ref in drawn.explicit_refs_in_revision() for number in _references(drawn(ref))):
        raise Refusal(say("The pages name something that is not in them."))
    for revision, field in enumerate(signed_fields, 1):
        if not _Increment(reader, revision, field).fits():
            raise Refusal(say("A signature's revision changes more than its own place."))


class _Increment:
    """One revision beside the state of the file before it."""

    def __init__(self, reader: Any, revision: int, field: str) -> None:
        self.before = reader.get_historical_resolver(revision - 1)
        self.after = reader.get_historical_resolver(revision)
        self.xrefs, self.revision, self.field = reader.xrefs, revision, field

    def fits(self) -> bool:
        """Whether the revision writes only what its kind of signature must."""
        old, new = self.before.trailer_view, self.after.trailer_view
        if set(new) - {"/Prev"} != _TRAILER or any(plain(old.raw_get(key)) != plain(new.raw_get(key)) for key in ("/Root", "/Info")):
            return False
        if self.xrefs.refs_freed_in_revision(self.revision):
            return False
        size, size_now = int(old["/Size"]), int(new["/Size"])
        written = sorted(self.after.explicit_refs_in_revision(), key=lambda ref: ref.idnum)
        named = [number for ref in written for number in _references(self.after(ref))]
        if any(number >= size_now for number in (*named, *(ref.idnum for ref in written))):
            return False
        anew = [ref for ref in written if ref.idnum < size]
        if any(ref.generation or self.before.is_ref_unassignable(ref) for ref in anew):
            return False
        return all(self._may(ref, self.before(ref), self.after(ref)) for ref in anew)

    def _may(self, ref: Any, old: Any, new: Any) -> bool:
        if type(old) is not generic.DictionaryObject or type(new) is not generic.DictionaryObject:
            return False
        changed = {key for key in {*old, *new} if plain(_entry(old, key)) != plain(_entry(new, key))}
        root = self.after.trailer_view.raw_get("/Root").reference
        if ref == root:
            if changed & set(old):
                return self._stamps and changed == {"/DSS"} and self._store_grows(old["/DSS"], new["/DSS"])
            return changed <= ({"/DSS"} if self._stamps else {"/Perms"} if self.revision == 1 else set())
        if not self._stamps:
            return changed <= {"/V", "/AP"} and "/V" not in old and ref == self._place()
        key = "/Fields" if ref == self._form() else "/Annots"
        return changed == {key} and self._one_more(old, new, key) and (key == "/Fields" or old["/Type"] == "/Page")

    @property
    def _stamps(self) -> bool:
        return bool(re.fullmatch(rf"{TIME_STAMP_FIELD}[0-9]*", self.field))

    def _store_grows(self, old: Any, new: Any) -> bool:
        """Whether the store of certificates and lists holds all that it held, in its place, and no other kind of thing."""
        if type(new) is not generic.DictionaryObject or not set(old) <= set(new) <= _STORE:
            return False
        for key in ("/Certs", "/CRLs"):
            held = [plain(item) for item in _items(old[key])] if key in old else []
            if key in new and [plain(item) for item in _items(new[key])][: len(held)] != held:
                return False
        return True

    def _form(self) -> Any:
        form = self.before.root.raw_get("/AcroForm")
        return form.reference if isinstance(form, generic.IndirectObject) else None

    def _place(self) -> Any:
        """The reference of the field that this signature fills; None when it is not there."""
        for item in _items(self.before.root["/AcroForm"]["/Fields"]):
            if isinstance(item, generic.IndirectObject) and str(self.before(item.reference).get("/T")) == self.field:
                return item.reference
        return None

    def _one_more(self, old: Any, new: Any, key: str) -> bool:
        """Whether a list got the time-stamp's field at its end: no size, no appearance."""
        before = [plain(item) for item in _items(old[key])] if key in old else []
        *kept, added = [plain(item) for item in _items(new[key])] or [None]
        if kept != before or not isinstance(added, tuple) or added[0] != "reference":
            return False
        entry = self.after(generic.Reference(added[1], added[2], None))
        flat = [float(side) for side in entry["/Rect"]]
        return set(entry) == _STAMP_FIELD and flat == [0.0] * 4 and str(entry["/T"]) == self.field


def _entry(entries: Any, key: str) -> Any:
    return entries.raw_get(key) if key in entries else None


def _items(array: Any) -> Iterator[Any]:
    yield from (array.raw_get(index) for index in range(len(array)))


def _references(value: Any) -> Iterator[int]:
    """The numbers of all objects that an object names, not followed."""
    if isinstance(value, generic.IndirectObject):
        yield value.idnum
    elif isinstance(value, generic.DictionaryObject):
        for key in value:
            yield from _references(value.raw_get(key))
    elif isinstance(value, generic.ArrayObject):
        for item in _items(value):
            yield from _references(item)
