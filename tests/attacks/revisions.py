"""What a stranger without any key appends to a signed file as an incremental update, or takes off its end.

ISA: "1 Trillion Dollar Refund" (ACM CCS 2019). Shadow attacks: Mainka, Mladenov, Rohlmann, "Shadow Attacks: Hiding and
Replacing Content in Signed PDFs" (NDSS 2021). EAA, SSA: Rohlmann, Mladenov, Mainka, Schwenk, "Breaking the
Specification: PDF Certification" (IEEE S&P 2021).
"""

from __future__ import annotations

import re
from typing import Any

from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from fieldapp.reports.judging.bytecheck import signed_ranges
from tests.attacks import edits, genuine
from tests.attacks.edits import generic
from tests.reports import samples, signed
from tests.reports.authority import Authority, World, world

_name = generic.pdf_name


def overpainted() -> bytes:
    """ISA: a white box and other words over the first page, in an update (CCS 2019)."""
    return edits.overpainted(genuine.on_site())


def overpainted_after_the_stamp() -> bytes:
    """ISA: the same, after the centre's time-stamp (CCS 2019)."""
    return edits.overpainted(genuine.stamped())


def update_without_table() -> bytes:
    """ISA: an object with another page is appended without table and trailer, for readers that repair files (CCS 2019, variant 2)."""
    pdf = genuine.on_site()
    page = re.search(rb"/Contents (\d+) 0 R", pdf)
    assert page is not None
    return pdf + b"%s 0 obj\n<< /Length 29 >>\nstream\nq 1 1 1 rg 0 0 600 840 re f Q\nendstream\nendobj\n" % page[1]


def update_that_looks_signed() -> bytes:
    """ISA: the update repeats the last signature, so that a reader that only counts finds one in it (CCS 2019, variant 3)."""
    pdf = genuine.on_site()
    at = pdf.rindex(b"/Contents <")
    return edits.overpainted(pdf) + b"\n% " + pdf[at : pdf.index(b">>", at)].replace(b"\n", b" ") + b"\n%%EOF\n"


def page_dropped() -> bytes:
    """The last page is taken out of the tree in an update (CCS 2019, ISA)."""

    def drop(writer: Any) -> None:
        pages = writer.root["/Pages"]
        del pages["/Kids"][-1]
        pages[_name("/Count")] = generic.NumberObject(len(pages["/Kids"]))
        writer.update_container(pages["/Kids"])

    return edits.updated(genuine.on_site(), drop)


def annotated() -> bytes:
    """EAA: an annotation covers the text of a certified file, before the customer signs (S&P 2021)."""
    return edits.annotated(genuine.certified())


def annotated_after_signing() -> bytes:
    """EAA: an annotation covers the text of the completely signed file (S&P 2021)."""
    return edits.annotated(genuine.on_site())


def sneaky_signature() -> bytes:
    """SSA: a new signature field whose appearance covers the text, in a certified file (S&P 2021)."""

    def add(writer: Any) -> None:
        append_signature_field(writer, SigFieldSpec("extra", on_page=0, box=(40, 400, 500, 700)))
        edits.entry_of(writer, -1)[_name("/AP")] = generic.DictionaryObject(
            {_name("/N"): writer.add_object(edits.drawn(b"1 1 1 rg 0 0 460 300 re f", 460, 300))}
        )

    return edits.updated(genuine.certified(), add)


def photo_replaced() -> bytes:
    """Shadow attack "replace": another picture under the number of the photo (NDSS 2021)."""
    return edits.photo_replaced(genuine.on_site(), samples.photo(10, wide=160, high=120).jpeg)


def font_replaced() -> bytes:
    """Shadow attack "replace": other glyphs under the number of a font (NDSS 2021; "Mirage", USENIX Security 2017)."""

    def exchange(writer: Any) -> None:
        fonts = writer.root["/Pages"]["/Kids"][0].get_object()["/Resources"]["/Font"]
        reference = fonts.raw_get(next(iter(fonts)))
        plain = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Symbol"}
        number = reference.reference.idnum
        writer.objects[(0, number)] = generic.DictionaryObject({_name(key): _name(value) for key, value in plain.items()})

    return edits.updated(genuine.on_site(), exchange)


def hidden_layer_shown() -> bytes:
    """Shadow attack "hide": a layer of optional content is added that is switched on by an update (NDSS 2021)."""

    def switch(writer: Any) -> None:
        group = generic.DictionaryObject({_name("/Type"): _name("/OCG"), _name("/Name"): generic.TextStringObject("paid")})
        layer = writer.add_object(group)
        order = generic.DictionaryObject({_name("/ON"): generic.ArrayObject([layer])})
        both = {_name("/OCGs"): generic.ArrayObject([layer]), _name("/D"): order}
        writer.root[_name("/OCProperties")] = generic.DictionaryObject(both)
        writer.update_root()

    return edits.updated(genuine.on_site(), switch)


def strokes_replaced() -> bytes:
    """Shadow attack "replace": other strokes in the customer's place (NDSS 2021)."""
    return edits.strokes_drawn(genuine.on_site(), 1)


def strokes_without_signature() -> bytes:
    """Strokes are drawn into the customer's empty place after the engineer signed, without any signature (S&P 2021, on appearances)."""
    return edits.strokes_drawn(genuine.certified(), 1)


def field_pointed_elsewhere() -> bytes:
    """The customer's place points to the engineer's signature: two names, one seal (CCS 2019, on references to signatures)."""

    def point(writer: Any) -> None:
        engineer, customer = edits.entry_of(writer, 0), edits.entry_of(writer, 1)
        customer[_name("/V")] = engineer.raw_get("/V")
        writer.update_container(customer)

    return edits.updated(genuine.certified(), point)


def script_added() -> bytes:
    """A script runs when the file is opened (Müller et al., "Processing Dangerous Paths", NDSS 2021)."""

    def add(writer: Any) -> None:
        action = {_name("/S"): _name("/JavaScript"), _name("/JS"): generic.TextStringObject("app.alert('paid')")}
        writer.root[_name("/OpenAction")] = generic.DictionaryObject(action)
        writer.update_root()

    return edits.updated(genuine.on_site(), add)


def data_replaced() -> bytes:
    """The attached data are exchanged in an update; the pages stay (NDSS 2021, "replace")."""

    def exchange(writer: Any) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        entry = names[1]["/EF"]
        entry[_name("/F")] = writer.add_object(generic.StreamObject(stream_data=entry["/F"].data.replace(b"PSU-800", b"PSU-900")))
        writer.update_container(entry)

    return edits.updated(genuine.on_site(), exchange)


def metadata_changed() -> bytes:
    """Another title and author in the file's information, which some verifiers allow after signing (pyHanko's default rules)."""

    def change(writer: Any) -> None:
        information = writer.trailer["/Info"]
        information[_name("/Title")] = generic.TextStringObject("Invoice")
        writer.update_container(information)

    return edits.updated(genuine.on_site(), change)


def rolled_back_to_the_engineer() -> bytes:
    """The customer's revision is cut off: a file that was valid once (CCS 2019, on revisions)."""
    pdf = genuine.stamped()
    return pdf[: signed_ranges(pdf)[0].covered]


def rolled_back_to_nothing() -> bytes:
    """All signatures are cut off: the pages as they were drawn (CCS 2019, on revisions)."""
    pdf = genuine.stamped()
    return pdf[: pdf.rindex(b"%%EOF", 0, signed_ranges(pdf)[0].start) + 6]


def cut_inside_a_revision() -> bytes:
    """The file ends in the middle of the time-stamp's revision, for readers that repair files (ISO 32000-1, annex C)."""
    pdf = genuine.stamped()
    return pdf[: signed_ranges(pdf)[1].covered + 600]


def look_alike() -> bytes:
    """The same pages and seals to the eye, written anew without a signature (S&P 2021, on what a viewer shows)."""
    return edits.without_signatures(genuine.on_site())


def store_extended() -> bytes:
    """Certificates are added to the store after the stamp, which other verifiers allow for long-term validation (EN 319 142-1)."""

    def extend(writer: Any) -> None:
        store = writer.root["/DSS"]
        store["/Certs"].append(writer.add_object(generic.StreamObject(stream_data=Authority().root)))
        writer.update_container(store["/Certs"])

    return edits.updated(genuine.stamped(), extend)


def stamped_again_by_a_stranger() -> bytes:
    """A second time-stamp, of somebody else with a store of their own, follows the centre's (EN 319 142-1)."""
    other = Authority()
    stranger = World(other, world().engineer, other.issue("Time stamps", stamping=True))
    return edits.stamp_again(genuine.stamped(), signed.stamper(stranger), samples.at(13, 15), certificates=(other.root,))


def table_in_a_circle() -> bytes:
    """The table of an update names itself as the one before, so that a reader goes round for ever (Müller et al., NDSS 2021, on loops)."""
    pdf = genuine.on_site()
    at = len(pdf)
    root = re.findall(rb"/Root (\d+) 0 R", pdf)[-1]
    table = b"xref\n0 0\ntrailer\n<< /Root %s 0 R /Size 99 /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (root, at, at)
    return pdf + table
