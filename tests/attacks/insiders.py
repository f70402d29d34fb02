"""What somebody with an enrolled laptop, its valid key and a program of their own can try.

Shadow attacks: Mainka, Mladenov, Rohlmann (NDSS 2021). EAA, SSA: Rohlmann et al. (IEEE S&P 2021). What is called
"unpublished" is our own: other verifiers have no data in the file to hold the pages against.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from fieldapp.reports.documents import document
from fieldapp.reports.embedding import reader_of
from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.reports.layout import render
from fieldapp.reports.signing import approve, certify
from tests.attacks import edits, genuine
from tests.attacks.edits import generic
from tests.attacks.insider import appearance_of, customer, engineer, resigned, signed_by_hand
from tests.reports import samples, signed
from tests.reports.authority import World, world

_name = generic.pdf_name
_WHITE = b"1 1 1 rg 0 0 460 300 re f"


def overpainted_before_the_engineer() -> bytes:
    """Shadow attack "hide": a box lies over the pages before anybody signs, to be taken away later (NDSS 2021)."""
    return signed.approved(signed.certified(edits.overpainted(genuine.pages())))


def overpainted_before_the_customer() -> bytes:
    """Shadow attack "hide": the box comes between the engineer's and the customer's signature (NDSS 2021)."""
    return signed.approved(edits.overpainted(genuine.certified()))


def annotated_before_the_customer() -> bytes:
    """EAA: an annotation comes between the two signatures and is signed along (S&P 2021)."""
    return signed.approved(edits.annotated(genuine.certified()))


def photo_replaced_before_the_customer() -> bytes:
    """Shadow attack "replace": the photo is exchanged between the two signatures (NDSS 2021)."""
    other = samples.photo(10, wide=160, high=120).jpeg
    return signed.approved(edits.photo_replaced(genuine.certified(), other))


def second_content_in_wait() -> bytes:
    """Shadow attack "hide and replace": the signed pages name an object that is defined only in the customer's revision (NDSS 2021)."""

    def base(number: int) -> bytes:
        def name_it(writer: Any) -> None:
            page = writer.root["/Pages"]["/Kids"][0].get_object()
            page[_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), generic.IndirectObject(number, 0, writer)])
            writer.update_container(page)

        return signed.certified(edits.written_as_one(genuine.pages(), name_it))

    def define_it(writer: Any, field: Any) -> None:
        assert writer.add_object(generic.StreamObject(stream_data=b"q 1 1 1 rg 40 400 500 300 re f Q")).idnum == number

    number = int(reader_of(base(50)).trailer["/Size"]) + 1  # the next one that the writer gives
    return signed_by_hand(base(number), customer(tamper=define_it))


def other_tables_behind() -> bytes:
    """The customer's revision brings tables of its own for all revisions: other pages, and no older byte changes (unpublished)."""
    return _with_other_tables(genuine.on_site())


def other_table_in_the_seal() -> bytes:
    """The engineer's revision brings a table of its own for the drawn pages: other pages, sealed (unpublished)."""
    return signed.approved(_with_other_tables(genuine.certified()))


def _with_other_tables(pdf: bytes) -> bytes:
    """Before the last revision's table stand another page, another table of the drawn pages, and copies of those between."""
    page = re.search(rb"/Contents (\d+) 0 R", pdf)
    assert page is not None
    evil = b"%s 0 obj\n<< /Length 32 >>\nstream\nq 1 1 1 rg 40 400 500 300 re f Q\nendstream\nendobj\n" % page[1]
    drawn, *between, _ = [pdf[found.start() + 1 : pdf.index(b"startxref", found.start())] for found in re.finditer(rb"\nxref\n", pdf)]
    entry = drawn.index(b"\n", len(b"xref\n")) + 1 + 20 * int(page[1])
    chain: list[int] = []

    def inserted(at: int) -> bytes:
        more, chain[:] = evil + drawn[:entry] + b"%010d" % at + drawn[entry + 10 :] + b"\n", [at + len(evil)]
        for table in between:
            chain.append(at + len(more))
            more += re.sub(rb"/Prev \d+", b"/Prev %d" % chain[-2], table) + b"\n"
        return more

    return resigned(pdf, inserted, lambda _: chain[-1])


def place_listed_twice() -> bytes:
    """The customer's table lists the place twice; one reader takes the first, which covers the text, another the last (unpublished)."""
    pdf = genuine.on_site()
    before = int(re.findall(rb"/Prev (\d+)\n", pdf)[-1])
    start = signed_ranges(pdf)[0].covered
    number, place = int(re.match(rb"\d+", pdf[start:])[0]), pdf[start : pdf.index(b"endobj\n", start) + 7]  # type: ignore[index]
    evil = re.sub(rb"/Rect \[[^]]*\]", b"/Rect [ 40 400 500 700 ]", place)
    at = pdf.rindex(b"\nxref\n") + 1
    return resigned(pdf, lambda _: evil, lambda _: before, b"%d 1\n%010d 00000 n \n" % (number, at))


def object_that_no_table_names() -> bytes:
    """Another page stands in the customer's revision, in no table, for readers that repair files (CCS 2019, on repairing)."""
    pdf = genuine.on_site()
    page = re.search(rb"/Contents (\d+) 0 R", pdf)
    assert page is not None
    before = int(re.findall(rb"/Prev (\d+)\n", pdf)[-1])
    evil = b"%s 0 obj\n<< /Length 32 >>\nstream\nq 1 1 1 rg 40 400 500 300 re f Q\nendstream\nendobj\n" % page[1]
    return resigned(pdf, lambda _: evil, lambda _: before)


def page_freed() -> bytes:
    """The customer's table calls the page's text free, so that viewers show nothing of it (ISO 32000-1, 7.5.4; unpublished)."""
    pdf = genuine.on_site()
    page = re.search(rb"/Contents (\d+) 0 R", pdf)
    assert page is not None
    before = int(re.findall(rb"/Prev (\d+)\n", pdf)[-1])
    return resigned(pdf, lambda _: b"", lambda _: before, b"%s 1\n0000000000 00001 f \n" % page[1])


def pages_of_other_data() -> bytes:
    """The pages say something else than the attached data that every signature names (unpublished)."""
    honest = document(samples.service(annexes=(), upgrades=(), people=(), site_rules=()))
    other = document(samples.service(annexes=(), upgrades=(), people=(), site_rules=(), work_done="未处理"))
    return signed.approved(signed.certified(render(replace(other, data_json=honest.data_json, digest=honest.digest))))


def version_that_never_was() -> bytes:
    """The pages say they are of a version that no program knows, so that nobody draws them again (unpublished)."""
    return signed.approved(signed.certified(genuine.pages(renderer="2.5")))


def page_moved_in_the_revision() -> bytes:
    """The engineer's own revision also exchanges what a page draws (S&P 2021, on what certification must forbid)."""

    def exchange(writer: Any, field: Any) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page[_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"q 1 1 1 rg 40 400 500 300 re f Q"))
        writer.update_container(page)

    return signed.approved(signed_by_hand(genuine.pages(), engineer(tamper=exchange)))


def field_enlarged() -> bytes:
    """SSA from inside: the customer's place grows over the text within the customer's own revision (S&P 2021)."""

    def enlarge(writer: Any, field: Any) -> None:
        field[_name("/Rect")] = generic.ArrayObject([generic.FloatObject(n) for n in (40, 400, 500, 700)])
        appearance_of(writer, field, edits.drawn(_WHITE, 460, 300))

    return signed_by_hand(genuine.certified(), customer(tamper=enlarge))


def engineers_field_enlarged() -> bytes:
    """SSA from inside: the engineer's place grows over the text within the certifying revision (S&P 2021)."""

    def enlarge(writer: Any, field: Any) -> None:
        field[_name("/Rect")] = generic.ArrayObject([generic.FloatObject(n) for n in (40, 400, 500, 700)])
        appearance_of(writer, field, edits.drawn(_WHITE, 460, 300))

    return signed.approved(signed_by_hand(genuine.pages(), engineer(tamper=enlarge)))


def other_place_drawn() -> bytes:
    """The customer's revision also gives the engineer's place another look (S&P 2021)."""

    def redraw(writer: Any, field: Any) -> None:
        entry = edits.entry_of(writer, 0)
        appearance_of(writer, entry, edits.drawn(_WHITE))
        writer.update_container(entry)

    return signed_by_hand(genuine.certified(), customer(tamper=redraw))


def places_of_both_drawn_at_once() -> bytes:
    """The engineer's revision already draws strokes into the customer's place (S&P 2021)."""

    def draw(writer: Any, field: Any) -> None:
        entry = edits.entry_of(writer, 1)
        appearance_of(writer, entry, edits.drawn(b"2 w 10 10 m 80 30 l S"))
        writer.update_container(entry)

    return signed.approved(signed_by_hand(genuine.pages(), engineer(tamper=draw)))


def metadata_in_the_revision() -> bytes:
    """The customer's revision also changes the file's title, which other verifiers let pass (pyHanko's default rules)."""

    def change(writer: Any, field: Any) -> None:
        information = writer.trailer["/Info"]
        information[_name("/Title")] = generic.TextStringObject("Invoice")
        writer.update_container(information)

    return signed_by_hand(genuine.certified(), customer(tamper=change))


def xmp_in_the_revision() -> bytes:
    """The customer's revision also exchanges the XMP metadata (pyHanko's default rules)."""

    def change(writer: Any, field: Any) -> None:
        old = writer.root["/Metadata"]
        other = old.data.replace(b"SR-2026-HD-000173", b"SR-2026-HD-000999")
        names = {_name("/Type"): _name("/Metadata"), _name("/Subtype"): _name("/XML")}
        writer.root[_name("/Metadata")] = writer.add_object(generic.StreamObject(names, stream_data=other))
        writer.update_root()

    return signed_by_hand(genuine.certified(), customer(tamper=change))


def store_in_the_revision() -> bytes:
    """The customer's revision brings a store of certificates of its own, before the centre has seen the file (EN 319 142-1)."""

    def add(writer: Any, field: Any) -> None:
        items = generic.ArrayObject([writer.add_object(generic.StreamObject(stream_data=world().authority.root))])
        writer.root[_name("/DSS")] = writer.add_object(generic.DictionaryObject({_name("/Certs"): items}))
        writer.update_root()

    return signed_by_hand(genuine.certified(), customer(tamper=add))


def one_more_place() -> bytes:
    """SSA: the engineer's revision adds a place of signature that covers the text (S&P 2021)."""

    def add(writer: Any, field: Any) -> None:
        append_signature_field(writer, SigFieldSpec("extra", on_page=0, box=(40, 400, 500, 700)))
        entry = edits.entry_of(writer, -1)
        appearance_of(writer, entry, edits.drawn(_WHITE, 460, 300))

    return signed.approved(signed_by_hand(genuine.pages(), engineer(tamper=add)))


def certified_for_annotations() -> bytes:
    """The engineer's certification allows annotations (DocMDP 3), so that any may follow (S&P 2021, EAA)."""
    return signed.approved(signed_by_hand(genuine.pages(), engineer(permissions=MDPPerm.ANNOTATE)))


def not_certified() -> bytes:
    """The engineer signs plainly instead of certifying, so that nothing is forbidden later (S&P 2021)."""
    return signed.approved(signed_by_hand(genuine.pages(), engineer(certifies=False)))


def not_locked() -> bytes:
    """The last signature does not lock the file (ISO 32000-1, 12.8.2.4)."""
    return signed_by_hand(genuine.certified(), customer(locks=False))


def customer_first() -> bytes:
    """The customer signs before the engineer sealed anything (unpublished: the order of the template)."""
    first = signed_by_hand(genuine.pages(), customer(certifies=True, when=samples.at(8, 50)))
    return signed_by_hand(first, engineer(certifies=False))


def other_content_named() -> bytes:
    """The customer's strokes are bound to the digest of another content (unpublished: strokes moved between reports)."""
    return signed_by_hand(genuine.certified(), customer(content="ab" * 32))


def seal_instead_of_strokes() -> bytes:
    """The customer's place holds a second seal of the engineer, without strokes (unpublished)."""
    return signed_by_hand(genuine.certified(), customer(strokes=""))


def clock_set_back() -> bytes:
    """The customer signs before the engineer: the laptop's clock was set back in between (RFC 3628, on claimed times)."""
    early = samples.at(8)
    who = world().engineer
    return approve(genuine.certified(), who, field="customer", strokes=signed.strokes(), name="王敏", role="", when=early)


def signed_after_the_stamp() -> bytes:
    """The laptop says it signed hours after the trusted time at which the file existed (RFC 3161, on claimed times)."""
    who = world().engineer
    late = approve(genuine.certified(), who, field="customer", strokes=signed.strokes(), name="王敏", role="", when=samples.at(20))
    return signed.stamped_from(late)


def signed_before_the_certificate() -> bytes:
    """The laptop says it signed before it had its certificate (RFC 5280, 4.1.2.5)."""
    long_ago = samples.at(9) - timedelta(days=400)
    return signed.approved(certify(genuine.pages(), world().engineer, when=long_ago, name="李工"))


def device_expired() -> bytes:
    """The device's certificate ended before the day of signing (RFC 5280, 4.1.2.5)."""
    return _by(world().authority.issue("FA-LAPTOP-03", days=100))


def device_not_yet_valid() -> bytes:
    """The device's certificate begins after the day of signing (RFC 5280, 4.1.2.5)."""
    return _by(world().authority.issue("FA-LAPTOP-04", start=samples.at(9) + timedelta(days=30)))


def device_revoked() -> bytes:
    """The device was revoked before the centre's stamp; the list in the file says so (RFC 5280, 5)."""
    here = world()
    device = here.authority.issue("FA-LAPTOP-05")
    pdf = _by(device)
    crl = here.authority.crl(samples.at(12), (device,), samples.at(1))
    return signed.stamped_with(pdf, (device.certificate, here.authority.root), crl)


def _by(device: Any) -> bytes:
    using = World(world().authority, device, world().stamping)
    return signed.approved(signed.certified(genuine.pages(), using), using)
