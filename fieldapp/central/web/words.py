"""The console's fixed words, by the short name that the templates use."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp.base.i18n import N_, Language, Sentence, read, say
from fieldapp.domain.conflicts.words import field_sentence
from fieldapp.domain.merging import reason_sentence

__all__ = [
    "APPOINTMENT_STATES",
    "CATEGORY_WORDS",
    "EQUIPMENT_WORDS",
    "INSPECTION_STATES",
    "MODE_WORDS",
    "RHYTHM_WORDS",
    "SPOKEN",
    "STANDING_WORDS",
    "WORDS",
    "Words",
    "field_word",
    "kind_word",
    "refusal_sentence",
    "report_kind_sentence",
    "report_state_sentence",
]

WORDS: Mapping[str, str] = {
    "service_desk": N_("Service desk"),
    "cases": N_("Cases"),
    "reports": N_("Reports"),
    "conflicts": N_("Conflicts"),
    "laptops": N_("Engineers and laptops"),
    "room": N_("Room for photos and files"),
    "room_held": N_("held"),
    "room_quota": N_("quota"),
    "room_no_quota": N_("no quota"),
    "room_free": N_("free on the disk"),
    "room_little": N_("Little room is left: soon no photo will be taken any more. Make room, or raise blob_quota_mib in centre.json."),
    "log_in": N_("Log in"),
    "log_out": N_("Log out"),
    "name": N_("Name"),
    "password": N_("Password"),
    "new_case": N_("Open a new case"),
    "open": N_("Open"),
    "closed": N_("Closed"),
    "all": N_("All"),
    "search": N_("Search"),
    "search_hint": N_("Number, customer, summary, serial"),
    "number": N_("Number"),
    "customer": N_("Customer"),
    "site": N_("Site"),
    "severity": N_("Severity"),
    "state": N_("State"),
    "engineer": N_("Engineer"),
    "due": N_("Service clock"),
    "summary": N_("Summary"),
    "reported": N_("Reported"),
    "nothing": N_("Nothing here."),
    "not_assigned": N_("not assigned"),
    "assign": N_("Assign"),
    "reassign": N_("Change the engineer"),
    "reason": N_("Reason"),
    "add_note": N_("Add a note"),
    "note": N_("Note"),
    "create": N_("Create the case"),
    "cancel": N_("Cancel"),
    "contract": N_("Contract"),
    "no_contract": N_("without a contract (charged per call)"),
    "asset": N_("Equipment"),
    "no_asset": N_("not known yet"),
    "description": N_("Description"),
    "caller": N_("Caller"),
    "phone": N_("Telephone"),
    "customers_number": N_("Customer's own number"),
    "error_code": N_("Error code"),
    "time_line": N_("Time line"),
    "clocks": N_("Service clocks"),
    "no_clocks": N_("No service clocks are agreed for this case."),
    "facts": N_("Case"),
    "entitlement": N_("Entitlement"),
    "cause": N_("Cause"),
    "solution": N_("Solution"),
    "title": N_("Title"),
    "kind": N_("Kind"),
    "signed": N_("Signed"),
    "stamped": N_("Time-stamped"),
    "download": N_("Open the PDF"),
    "waiting_bytes": N_("has not arrived yet"),
    "waiting_stamp": N_("time-stamp follows at the next sync"),
    "stamp_refused": N_("no time-stamp: the signatures do not verify"),
    "field": N_("Field"),
    "mine": N_("From the laptop"),
    "theirs": N_("At the service desk"),
    "when": N_("When"),
    "settled": N_("Settled"),
    "rejected": N_("Not taken over"),
    "rejected_hint": N_("These entries of laptops were not taken over. Each is kept here with its reason."),
    "laptop": N_("Laptop"),
    "last_sync": N_("Last sync"),
    "never": N_("never"),
    "new_code": N_("New one-time code"),
    "block": N_("Block"),
    "blocked": N_("blocked"),
    "code_made": N_("One-time code for {name}"),
    "code_hint": N_("Read it out or send it now: it is shown only once, works for one laptop and expires in 7 days."),
    "choose": N_("Choose …"),
    "customer_first": N_("Choose the customer first; sites, contracts and equipment follow."),
    "next": N_("Next"),
    "before": N_("Before"),
    "not_known": N_("not known here"),
    "keep_laptop": N_("Keep the laptop's"),
    "keep_desk": N_("Keep the service desk's"),
    "use_value": N_("Use this value"),
    "third_value": N_("Another value"),
    "other_laptop": N_("Another laptop"),
    "came_second": N_("Decided later, kept"),
    "aside": N_("Decided by rule"),
    "undo": N_("Undo"),
    "conflicts_hint": N_(
        "Two people changed the same thing before they knew of each other. The service desk's value stands until somebody "
        "chooses, here or the engineer on his laptop; who chooses first decides, and no value is thrown away."
    ),
    "history": N_("Settled, and decided by rule"),
    "forms": N_("Forms"),
    "forms_hint": N_("New inspections begin with the newest version that is in use. A record keeps the version that it was begun with."),
    "form": N_("Form"),
    "version": N_("Version"),
    "published": N_("Published"),
    "records": N_("Records"),
    "still_open": N_("not finished"),
    "files": N_("Files"),
    "workbook": N_("Workbook"),
    "workbook_files": N_("Workbook and its files"),
    "in_use": N_("in use"),
    "older": N_("older"),
    "withdrawn": N_("withdrawn"),
    "withdraw": N_("Withdraw"),
    "use_again": N_("Use again"),
    "upload": N_("Publish a workbook"),
    "upload_hint": N_(
        "An Excel workbook in the XLSForm standard; choose the pictures and tables that it refers to with it. "
        "It is checked first: nothing is published before you have seen what the check says."
    ),
    "made_for": N_("For"),
    "check": N_("Check"),
    "checked": N_("What the check says"),
    "sheet": N_("Sheet"),
    "row": N_("Row"),
    "column": N_("Column"),
    "says": N_("What is said"),
    "wrong": N_("wrong"),
    "remark": N_("remark"),
    "publish": N_("Publish"),
    "back": N_("Back"),
    "plans": N_("Plans"),
    "plans_hint": N_(
        "What contracts ask for by their policy rows, and what was arranged for a site. Inspections are made only when somebody "
        "makes them, here or by a nightly command; nothing is made twice."
    ),
    "plan": N_("Plan of inspections"),
    "new_plan": N_("Make a plan"),
    "contract_first": N_("Choose the contract first; its sites follow."),
    "rhythm": N_("Rhythm"),
    "way": N_("Way"),
    "checklists": N_("Checklists"),
    "made": N_("Made"),
    "coming_four": N_("The next four"),
    "made_so_far": N_("Made so far"),
    "ended": N_("ended"),
    "begins_later": N_("begins later"),
    "not_published": N_("not published"),
    "alter": N_("Alter"),
    "altered": N_("Altered"),
    "alter_hint": N_("What was made stays as it is. A new choice counts for inspections that are made from now on."),
    "first_day": N_("First day"),
    "last_day": N_("Last day"),
    "save": N_("Save"),
    "end_plan": N_("End the plan"),
    "end_hint": N_("After this day nothing more is made. What was made stays, with its appointment."),
    "make_now": N_("Make the inspections"),
    "until_day": N_("up to and including"),
    "each_takes": N_("Each takes"),
    "appointments": N_("Appointments"),
    "appointments_hint": N_("Inspections that are not finished, by the agreed day or the last on which they are in time."),
    "day": N_("Day"),
    "in_time_until": N_("in time until"),
    "beyond": N_("after its last day"),
    "begins_at": N_("From"),
    "ends_at": N_("To"),
    "agree": N_("Agree the date"),
    "move": N_("Move the date"),
    "agreed_around": N_("Agreed within a week of it"),
    "contacts": N_("Contacts"),
    "show": N_("Show"),
    "walk_arounds": N_("Managers' visits"),
    "walk_arounds_hint": N_("Irregular visits at which customers are asked for their opinion, and what they say of each engineer, of 5."),
    "new_walk_around": N_("Enter a visit"),
    "stays_here": N_("What is entered here stays at the centre; it does not travel to laptops."),
    "manager": N_("Visitor"),
    "spoke_with": N_("Spoke with"),
    "spoken_of": N_("Spoken of"),
    "mean": N_("Mean"),
    "ratings": N_("Ratings"),
    "low_ratings": N_("2 or less"),
    "visits": N_("Visits paid"),
    "newest": N_("Newest"),
    "running_hint": N_("The engineer has begun on site; the date is not moved any more."),
}

RHYTHM_WORDS: Mapping[str, str] = {
    "quarter": N_("Every quarter"),
    "pre_holiday": N_("Before a holiday"),
    "month": N_("Every month"),
}
"""The rhythms of inspections."""

MODE_WORDS: Mapping[str, str] = {"on_site": N_("on site"), "remote": N_("remote")}
"""How an inspection is made."""

INSPECTION_STATES: Mapping[str, str] = {"planned": N_("planned"), "started": N_("begun"), "finished": N_("finished")}

APPOINTMENT_STATES: Mapping[str, str] = {
    "late": N_("late"),
    "due": N_("to be agreed"),
    "agreed": N_("agreed"),
    "running": N_("under way"),
}

EQUIPMENT_WORDS: Mapping[str, str] = {
    "server": N_("Server"),
    "storage": N_("Storage"),
    "switch": N_("Network"),
    "ups": N_("UPS"),
    "database": N_("Database"),
    "application": N_("Application"),
    "module": N_("Module"),
    "site": N_("The site itself"),
}
"""Categories of equipment; `site` stands for the site where checklists are chosen."""

CATEGORY_WORDS: Mapping[str, str] = {
    "inspection": N_("Inspection"),
    "upgrade": N_("Upgrade"),
    "swap": N_("Spare swap"),
    "case": N_("Case"),
    "training": N_("Training"),
    "follow_up": N_("Follow-up"),
    "event": N_("Planned event"),
    "handover": N_("Hand-over"),
}
"""What a form may be for."""

STANDING_WORDS: Mapping[str, str] = {
    "new_form": N_("This form is new here."),
    "new_version": N_("This is a new version of a form that is published. Records that were begun keep their version."),
    "same": N_("This version is published already, with the same contents. There is nothing to do."),
    "other": N_("This version is published already, with other contents. Give the workbook a new version in its sheet “settings”."),
}
"""What publishing a workbook would be."""

SPOKEN: Mapping[str, str] = {
    "other_value": N_("Another value was entered"),
    "is_deleted": N_("deleted"),
    "is_kept": N_("kept"),
    "whole_record": N_("the whole record"),
    "conflicts_open": N_("{count} to be settled"),
    "conflicts_none": N_("No conflict waits."),
    "no_day": N_("Without a day"),
}
"""Words that the views put into what they show."""

KIND_WORDS: Mapping[str, str] = {
    "case": N_("Case"),
    "visit": N_("Visit"),
    "form_instance": N_("Checklist"),
    "finding": N_("Finding"),
    "asset": N_("Equipment"),
    "contact": N_("Contact"),
    "site": N_("Site"),
    "customer": N_("Customer"),
    "swap": N_("Spare swap"),
    "rma": N_("RMA"),
    "left_over": N_("Left-over item"),
    "scheduled_event": N_("Planned event"),
    "upgrade_order": N_("Upgrade"),
    "service_report": N_("Report"),
    "inspection": N_("Inspection"),
}


class Words:
    """The words in one language, as attributes: `w.cases`."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __getattr__(self, name: str) -> str:
        """The word of a name; AttributeError for one that is not in the table."""
        try:
            return read(WORDS[name], self._language)
        except KeyError as fault:
            raise AttributeError(name) from fault


_FIELDS: Mapping[str, str] = {
    "asset_id": "asset",
    "caller_name": "caller",
    "caller_phone": "phone",
    "cause": "cause",
    "contract_id": "contract",
    "customer_id": "customer",
    "customers_number": "customers_number",
    "description": "description",
    "error_code": "error_code",
    "number": "number",
    "owner_id": "engineer",
    "severity": "severity",
    "site_id": "site",
    "solution": "solution",
    "stamped_digest": "stamped",
    "state": "state",
    "status": "state",
    "summary": "summary",
    "title": "title",
}


def field_word(field: str, language: Language) -> str:
    """The name of a record's field as the console shows it; answers and rare fields by their own name."""
    return read(WORDS[_FIELDS[field]], language) if field in _FIELDS else field_sentence(field).read(language)


def kind_word(kind: str, language: Language) -> str:
    """What a kind of record is called; a rare one by its own name."""
    return read(KIND_WORDS[kind], language) if kind in KIND_WORDS else kind


def refusal_sentence(reason: str) -> Sentence | None:
    """Why a change was not taken over, or became a conflict; None for no reason."""
    return {
        "unknown_kind": say("This program version sends a kind of record that the service desk does not know yet."),
        "unknown_field": say("There is no such field in this kind of record."),
        "bad_value": say("The value does not fit its field."),
        "wrong_order": say("The entry does not stand at its place in the order."),
        "unreadable": say("The entry arrived unreadable."),
        "centre_only": say("Only the service desk keeps records of this kind."),
        "deleted": say("The service desk deleted this record meanwhile; the engineer's value is kept here."),
        "changed_meanwhile": say("Somebody changed this record meanwhile, so it was not deleted."),
        "not_verified": say("The signatures of this report do not verify; it has no time-stamp."),
    }.get(reason) or reason_sentence(reason)


def report_kind_sentence(kind: str) -> Sentence:
    """What kind of report it is."""
    return {
        "service": say("Service report"),
        "inspection": say("Inspection report"),
        "change_approval": say("Approval before the change"),
        "change_acceptance": say("Acceptance after the change"),
    }.get(kind, say("Report"))


def report_state_sentence(state: str) -> Sentence:
    """The state of a report."""
    return {
        "draft": say("Draft"),
        "frozen": say("Frozen for signing"),
        "certified": say("Signed by the engineer"),
        "signed": say("Signed"),
        "refused": say("Refused by the customer"),
        "paper": say("Signed on paper"),
        "void": say("Void"),
    }.get(state, say("Unknown"))
