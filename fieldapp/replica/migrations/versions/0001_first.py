"""The first shape of the replica: a table for each kind, answers, outbox, and what the sync keeps.

A word in RECORDS is a column: text that is never null, `#` an integer, `?` may be null. A line that is indented goes on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RECORDS = """\
customer: code name category address remark
contact: customer_id site_id name department role phone email may_approve# may_accept#
contract: customer_id number kind starts_on? ends_on? sla_profile calendar response_required_min#? media_retention# backup_kinds
site: customer_id code name address region zone travel_min#? duty_phone
site_rule: site_id subject verdict clause text approval_no
asset: site_id customer_id contract_id serial name model manufacturer category room rack unit critical# data_bearing#
    warranty_starts_on? warranty_ends_on? firmware version call_home# remark
asset_limit: model item unit minimum maximum baseline
person: name role line#? skills region phone email
duty_entry: duty person_id name phone note starts_at? ends_at?
calendar_day: calendar day? kind name_zh name_en major#
policy_row: policy profile scheme_level metric value unit clock start action source reconstructed
case: number temp_no kind category customer_id site_id contract_id asset_id customers_number summary description error_code
    manufacturer scheme severity major# status entitlement channel caller_name caller_phone owner_id maintenance_level#? reported_at?
    created_at? assigned_at? contacted_at? plan_decided_at? arrived_at? diagnosed_at? restored_at? resolved_at? closed_at? cause
    solution prevention finding_id
case_activity: case_id site_id kind at? author_id author_name text old_value new_value corrects_id visibility
case_clock: case_id site_id policy profile level metric value unit clock start_event stop_event started_at? action source
    reconstructed
visit: site_id customer_id contract_id kind case_id event_id inspection_id title engineer_id appointment_at? planned_end_at?
    departed_at? entered_at? permit_no escort tools rules_read_at? started_at? start_confirmed_by cleared_at? left_at? items_out
    outcome outcome_reason symptom cause work_done
visit_person: site_id visit_id name side role phone leader# hours_minutes#?
left_over: site_id visit_id text owner due_on? finding_id case_id
inspection: site_id customer_id contract_id visit_id number period trigger mode state result summary advice engineer_id
    started_at? finished_at?
form_version: form_id version title_zh title_en category xform digest workbook_digest published_at?
form_instance: site_id owner_kind owner_id asset_id form_id form_version form_digest period position# state started_at?
    finished_at? deprecated_id
finding: site_id asset_id inspection_id instance_id key item item_label value level description photo_digest substitute witness
    rule_clause state owner advice due_on? case_id found_at? settled_in settled_at? settled_note
spare_part: part_no name_zh name_en part_class manufacturer data_bearing#
stock_location: kind name person_id site_id
stock_movement: part_id serial quantity# from_id to_id at? reason case_id swap_id condition
swap: site_id case_id visit_id asset_id part_id part_no old_serial new_serial source_id substitution fault_confirmed_at?
    received_at? configuration_saved# esd_protection# started_at? finished_at? self_test restored_at? faulty_ending handed_to
    ending_note return_due_on? returned_at? rma_id serial_differs#
rma: site_id number case_id swap_id part_no serial state administrator requested_at? received_at? due_at?
scheduled_event: site_id customer_id contract_id number kind title requested_at? submitted_at? reviewer review_state
    window_starts_at? window_ends_at? standby_engineer actual_started_at? actual_ended_at? deviation
upgrade_order: site_id event_id visit_id asset_id application from_version to_version complexity documents documents_delivered_at?
    merge_agreed# state_before business_stopped_at? rollback_plan rollback_criteria rollback_decision_at? started_at? version_after
    processes_verified verified_at? impact impact_note rolled_back_at? rollback_note explained_at? explained_to observation_until?
    state
upgrade_step: site_id order_id position# text_zh text_en verification# result note done_at?
backup_record: site_id order_id subject kind location files#? size#? digest manifest_digest job snapshot_id witness taken_at?
    verified_at? verified_by verify_result
approval: site_id order_id phase contact_id name department role registered# result text report_id at?
service_report: site_id customer_id contract_id visit_id subject_id kind number version# title state renderer content_digest
    pdf_digest pdf_size#? pages#? certified_at? signed_at? stamped_digest stamped_at? copy_delivered_at? copy_delivered_how
    supersedes_id
sign_off: site_id report_id position# name department role phone registered# outcome remarks reason content_digest strokes_digest
    at?
satisfaction: site_id report_id content quality solution opinion not_now# at?
attachment: site_id owner_kind owner_id key digest size# media_type name purpose added_at?
number_block: engineer_id device series prefix first# last# width# used#
conflict: site_id engineer_id kind record_id field before mine theirs mine_by theirs_by mine_at? theirs_at? reason state
    settled_with settled_value settled_at?
"""

INDEXES = """\
contact: customer_id site_id
contract: customer_id
site: customer_id
site_rule: site_id
asset: site_id serial
asset_limit: model
case: site_id asset_id
case_activity: case_id
case_clock: case_id
visit: case_id event_id inspection_id
visit_person: visit_id
left_over: visit_id
inspection: site_id
form_version: form_id
form_instance: owner_id asset_id
finding: asset_id inspection_id instance_id
stock_movement: part_id serial
swap: case_id visit_id
rma: case_id
scheduled_event: site_id
upgrade_order: event_id
upgrade_step: order_id
backup_record: order_id
approval: order_id
service_report: visit_id subject_id
sign_off: report_id
satisfaction: report_id
attachment: owner_id digest
conflict: record_id
"""


def _records() -> None:
    for line in RECORDS.replace("\n    ", " ").splitlines():
        kind, words = line.split(": ")
        columns = []
        for word in words.split():
            optional, integer = word.endswith("?"), "#" in word
            columns.append(sa.Column(word.rstrip("#?"), sa.Integer() if integer else sa.Text(), nullable=optional))
        op.create_table(
            kind,
            sa.Column("id", sa.Text(), primary_key=True),
            sa.Column("row_revision", sa.Integer(), nullable=False),
            sa.Column("row_digest", sa.LargeBinary()),
            sa.Column("row_extra", sa.Text()),
            *columns,
            sqlite_with_rowid=False,
        )
    for line in INDEXES.splitlines():
        kind, words = line.split(": ")
        for name in words.split():
            op.create_index(f"ix_{kind}_{name}", kind, [name])


def _beside_records() -> None:
    op.create_table(
        "answer",
        sa.Column("instance_id", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("shadowed", sa.Integer(), nullable=False),
        sa.Column("centre_value", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answer_item", "answer", ["item"])
    op.create_table(
        "other_record",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.Column("row_digest", sa.LargeBinary(), nullable=False),
        sa.Column("row_extra", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shadow",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("fields", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _sync() -> None:
    op.create_table(
        "outbox",
        sa.Column("incarnation", sa.Integer(), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("bases", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conflict_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text()),
        sa.Column("settled", sa.Integer()),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outbox_waiting", "outbox", ["incarnation", "sequence"], sqlite_where=sa.text("verdict IS NULL"))
    op.create_index("ix_outbox_shown", "outbox", ["kind", "record_id"], sqlite_where=sa.text("shown = 1"))
    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("engineer", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("centre_revision", sa.Integer(), nullable=False),
        sa.Column("scope_digest", sa.LargeBinary(), nullable=False),
        sa.Column("complete", sa.Integer(), nullable=False),
        sa.Column("search_behind", sa.Integer(), nullable=False),
        sa.Column("last_finished_at", sa.Text()),
        sa.Column("last_contact_at", sa.Text()),
        sa.Column("clock_low", sa.Integer(), nullable=False),
        sa.Column("clock_high", sa.Integer(), nullable=False),
    )
    op.create_table(
        "blob",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_blob_received_at", "blob", ["received_at"])
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
    )


def _search() -> None:
    op.create_table(
        "search_entry",
        sa.Column("rowid", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
    )
    op.create_index("ux_search_entry", "search_entry", ["kind", "record_id"], unique=True)
    op.execute("CREATE VIRTUAL TABLE search_text USING fts5(grams, content='', contentless_delete=1, tokenize='unicode61')")


def upgrade() -> None:
    """Make everything."""
    _records()
    _beside_records()
    _sync()
    _search()
