"""Custody: acts of both sides, how each exhibit stands, seals, handovers, families, examinations."""

import sqlalchemy as sa
from alembic import op

from casesvc.migrations.rebuilding import widen
from evidence.append_only import refusing

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EVENTS = ("collected", "sealed", "handed_in", "verified")
MORE_EVENTS = (
    "labelled",
    "stored",
    "moved",
    "handed_over",
    "borrowed",
    "returned",
    "sent_for_examination",
    "received_back",
    "opened",
    "resealed",
    "copied",
    "derived",
    "consumed",
    "preserved",
    "decided",
    "transferred_to_police",
    "returned_to_owner",
    "destroyed",
    "lost",
    "found",
    "counted",
    "corrected",
    "offered",
    "rejected",
    "withdrawn",
    "taken_over",
    "reviewed",
    "requested",
    "approved",
)
KINDS = ("photo", "video", "electronic", "document", "physical")
RECORDED = (
    "view",
    "download",
    "verify",
    "step",
    "reserve",
    "issue",
    "incident",
    "account",
    "reading",
    "edit",
    "clock",
    "scan",
    "upload",
)
MORE_RECORDED = ("examination", "place", "stock_take", "print", "export", "audit")
APPEND_ONLY: tuple[str, ...] = (
    "seal",
    "handover",
    "handover_item",
    "handover_answer",
    "kinship",
    "examination",
    "examination_item",
    "examination_report",
    "storage_place",
    "place_state",
    "label_tag",
    "stock_take",
    "stock_take_scan",
    "stock_take_end",
    "stock_take_difference",
)


def upgrade() -> None:
    widen("custody_event", "type", "ck_custody_event_eventtype", EVENTS, more=MORE_EVENTS)
    widen("exhibit", "kind", "ck_exhibit_kind", KINDS, more=("medium",))
    widen("sending", "kind", "ck_sending_kind", KINDS, more=("medium",))
    widen("record_entry", "what", "ck_record_entry_what", RECORDED, more=MORE_RECORDED)
    op.create_table(
        "custody_standing",
        sa.Column("exhibit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "video",
                "electronic",
                "document",
                "physical",
                "medium",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "whereabouts",
            sa.Enum(
                "held",
                "stored",
                "borrowed",
                "examination",
                "police",
                "owner",
                "destroyed",
                "lost",
                name="whereabouts",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("holder_unit", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("place_code", sa.String(length=60), nullable=False),
        sa.Column("seal", sa.String(length=60), nullable=False),
        sa.Column("hazard", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_offer", sa.Boolean(), nullable=False),
        sa.Column("open_request", sa.Boolean(), nullable=False),
        sa.Column("open_review", sa.Boolean(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.Column("grave", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.String(length=40), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "sound",
                "attention",
                "defective",
                name="health",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("grave_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["fire_case.id"], name=op.f("fk_custody_standing_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_custody_standing_exhibit_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["person.id"], name=op.f("fk_custody_standing_holder_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_custody_standing_unit_id")),
        sa.PrimaryKeyConstraint("exhibit_id", name=op.f("pk_custody_standing")),
    )
    op.create_index(op.f("ix_custody_standing_case_id"), "custody_standing", ["case_id"], unique=False)
    op.create_index(op.f("ix_custody_standing_place_code"), "custody_standing", ["place_code"], unique=False)
    for name, *columns in (
        ("ix_custody_standing_holder", "holder", "since", "exhibit_id", "unit_id", "colour"),
        ("ix_custody_standing_holder_id_exhibit_id", "holder_id", "exhibit_id"),
        ("ix_custody_standing_unit_id_colour", "unit_id", "colour", "exhibit_id"),
        ("ix_custody_standing_unit_id_kind", "unit_id", "kind", "exhibit_id"),
        ("ix_custody_standing_newest", "unit_id", "exhibit_id", "colour", "kind", "whereabouts"),
        ("ix_custody_standing_longest", "unit_id", "since", "exhibit_id", "colour", "kind", "whereabouts"),
        ("ix_custody_standing_unit_id_whereabouts", "unit_id", "whereabouts", "exhibit_id"),
    ):
        op.create_index(name, "custody_standing", columns, unique=False)
    for name, where, *columns in (
        (
            "ix_custody_standing_open",
            "open_offer <> false OR open_request <> false OR open_review <> false",
            "unit_id",
            "exhibit_id",
        ),
        ("ix_custody_standing_hazard", "hazard <> ''", "unit_id", "exhibit_id"),
        ("ix_custody_standing_unit_id_due_at", "due_at IS NOT NULL", "unit_id", "due_at"),
    ):
        few = sa.text(where)
        op.create_index(name, "custody_standing", columns, unique=False, sqlite_where=few, postgresql_where=few)
    op.create_table(
        "custody_defect",
        sa.Column("exhibit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hole",
                "one_sided",
                "receiver_absent",
                "not_holder",
                "after_end",
                "no_collection",
                "time_backward",
                "happened_later",
                "seal_differs",
                "seal_unchecked",
                "seal_open",
                "seal_broken",
                "digest_unchecked",
                "digest_differs",
                "quantity_differs",
                "late_hand_in",
                "not_handed_in",
                "term_exceeded",
                "not_returned",
                "offer_open",
                "taken_over",
                "not_reviewed",
                "reviewed_late",
                "take_over_refused",
                "not_decided",
                "decided_late",
                "not_approved",
                "one_officer",
                "no_witness",
                "one_witness",
                "custodian_investigates",
                "lost",
                "was_lost",
                "rule_broken",
                "place_unfit",
                "unreadable",
                "corrected_away",
                name="defectkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_custody_defect_exhibit_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_custody_defect_unit_id")),
        sa.PrimaryKeyConstraint("exhibit_id", "position", name=op.f("pk_custody_defect")),
    )
    op.create_index("ix_custody_defect_unit_id_kind", "custody_defect", ["unit_id", "kind", "exhibit_id"], unique=False)
    op.create_table(
        "seal",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_seal_exhibit_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
    )
    op.create_index(op.f("ix_seal_exhibit_id"), "seal", ["exhibit_id"], unique=False)
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "collected",
                "sealed",
                "handed_in",
                "verified",
                "labelled",
                "stored",
                "moved",
                "handed_over",
                "borrowed",
                "returned",
                "sent_for_examination",
                "received_back",
                "opened",
                "resealed",
                "copied",
                "derived",
                "consumed",
                "preserved",
                "decided",
                "transferred_to_police",
                "returned_to_owner",
                "destroyed",
                "lost",
                "found",
                "counted",
                "corrected",
                "offered",
                "rejected",
                "withdrawn",
                "taken_over",
                "reviewed",
                "requested",
                "approved",
                name="eventtype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=True),
        sa.Column("receiver_unit_id", sa.Integer(), nullable=True),
        sa.Column("outside", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("term", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["fire_case.id"], name=op.f("fk_handover_case_id")),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"], name=op.f("fk_handover_giver_id")),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_handover_receiver_id")),
        sa.ForeignKeyConstraint(["receiver_unit_id"], ["unit.id"], name=op.f("fk_handover_receiver_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_number")),
    )
    op.create_index(op.f("ix_handover_case_id"), "handover", ["case_id"], unique=False)
    op.create_index(op.f("ix_handover_giver_id"), "handover", ["giver_id"], unique=False)
    op.create_index(op.f("ix_handover_receiver_id"), "handover", ["receiver_id"], unique=False)
    op.create_index(op.f("ix_handover_receiver_unit_id"), "handover", ["receiver_unit_id"], unique=False)
    op.create_table(
        "handover_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_handover_item_exhibit_id")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_item_handover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_item")),
        sa.UniqueConstraint("handover_id", "exhibit_id", name=op.f("uq_handover_item_handover_id_exhibit_id")),
    )
    op.create_index(op.f("ix_handover_item_exhibit_id"), "handover_item", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_handover_item_handover_id"), "handover_item", ["handover_id"], unique=False)
    op.create_table(
        "handover_answer",
        sa.Column("item_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "rejected",
                "withdrawn",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["handover_item.id"], name=op.f("fk_handover_answer_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_handover_answer_person_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_handover_answer")),
    )
    op.create_table(
        "kinship",
        sa.Column("child_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "sub_sample",
                "working_copy",
                "extraction",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.CheckConstraint("child_id > parent_id OR relation <> 'sub_sample'", name=op.f("ck_kinship_kinship_later")),
        sa.ForeignKeyConstraint(["child_id"], ["exhibit.id"], name=op.f("fk_kinship_child_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["exhibit.id"], name=op.f("fk_kinship_parent_id")),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_kinship")),
    )
    op.create_index(op.f("ix_kinship_parent_id"), "kinship", ["parent_id"], unique=False)
    op.create_table(
        "examination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=True),
        sa.Column("institute", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=False),
        sa.Column("questions", sa.String(length=2000), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroys", sa.Boolean(), nullable=False),
        sa.Column("notice", sa.String(length=500), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["fire_case.id"], name=op.f("fk_examination_case_id")),
        sa.ForeignKeyConstraint(["laboratory_id"], ["unit.id"], name=op.f("fk_examination_laboratory_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_examination_person_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_examination_record_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examination")),
        sa.UniqueConstraint("number", name=op.f("uq_examination_number")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_examination_record_seq")),
    )
    op.create_index(op.f("ix_examination_case_id"), "examination", ["case_id"], unique=False)
    op.create_index(op.f("ix_examination_laboratory_id"), "examination", ["laboratory_id"], unique=False)
    op.create_table(
        "examination_item",
        sa.Column("examination_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exhibit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["examination_id"], ["examination.id"], name=op.f("fk_examination_item_examination_id")
        ),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_examination_item_exhibit_id")),
        sa.PrimaryKeyConstraint("examination_id", "exhibit_id", name=op.f("pk_examination_item")),
    )
    op.create_table(
        "examination_report",
        sa.Column("examination_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("conclusion", sa.String(length=2000), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["examination_id"], ["examination.id"], name=op.f("fk_examination_report_examination_id")
        ),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_examination_report_exhibit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_examination_report_person_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_examination_report_record_seq")),
        sa.PrimaryKeyConstraint("examination_id", name=op.f("pk_examination_report")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_examination_report_record_seq")),
    )
    op.create_table(
        "totp",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_key", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(in_force_since IS NULL) = (last_step IS NULL)", name=op.f("ck_totp_totp_in_force_by_a_code")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_totp_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_totp")),
    )
    op.create_table(
        "storage_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "room",
                "cabinet",
                "shelf",
                "box",
                name="placekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["storage_place.id"], name=op.f("fk_storage_place_parent_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_storage_place_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_place")),
        sa.UniqueConstraint("unit_id", "code", name=op.f("uq_storage_place_unit_id_code")),
    )
    op.create_index(op.f("ix_storage_place_parent_id"), "storage_place", ["parent_id"], unique=False)
    op.create_table(
        "place_state",
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("access", sa.String(length=300), nullable=False),
        sa.Column("fit_for_hazard", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_place_state_place_holds_something")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_place_state_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["storage_place.id"], name=op.f("fk_place_state_place_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_place_state_record_seq")),
        sa.PrimaryKeyConstraint("place_id", "seq", name=op.f("pk_place_state")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_place_state_record_seq")),
    )
    op.create_table(
        "label_tag",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=6), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_label_tag_label_tag_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_tag")),
    )
    op.create_table(
        "stock_take",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_take_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["storage_place.id"], name=op.f("fk_stock_take_place_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_stock_take_record_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_take")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_take_number")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_stock_take_record_seq")),
    )
    op.create_index(op.f("ix_stock_take_place_id"), "stock_take", ["place_id"], unique=False)
    op.create_table(
        "stock_take_scan",
        sa.Column("stock_take_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exhibit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_stock_take_scan_exhibit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_take_scan_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["storage_place.id"], name=op.f("fk_stock_take_scan_place_id")),
        sa.ForeignKeyConstraint(["stock_take_id"], ["stock_take.id"], name=op.f("fk_stock_take_scan_stock_take_id")),
        sa.PrimaryKeyConstraint("stock_take_id", "exhibit_id", name=op.f("pk_stock_take_scan")),
    )
    op.create_table(
        "stock_take_end",
        sa.Column("stock_take_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=20), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_take_end_person_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_stock_take_end_record_seq")),
        sa.ForeignKeyConstraint(["stock_take_id"], ["stock_take.id"], name=op.f("fk_stock_take_end_stock_take_id")),
        sa.PrimaryKeyConstraint("stock_take_id", name=op.f("pk_stock_take_end")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_stock_take_end_record_seq")),
    )
    op.create_table(
        "stock_take_difference",
        sa.Column("stock_take_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exhibit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "as_booked",
                "missing",
                "elsewhere",
                "unexpected",
                name="seen",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("booked", sa.String(length=300), nullable=False),
        sa.Column("seen_at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_stock_take_difference_exhibit_id")),
        sa.ForeignKeyConstraint(
            ["stock_take_id"], ["stock_take.id"], name=op.f("fk_stock_take_difference_stock_take_id")
        ),
        sa.PrimaryKeyConstraint("stock_take_id", "exhibit_id", name=op.f("pk_stock_take_difference")),
    )
    op.create_index("ix_stock_take_difference_exhibit_id", "stock_take_difference", ["exhibit_id"], unique=False)
    # ### end Alembic commands ###
    dialect = op.get_bind().dialect.name
    for statement in (statement for table in APPEND_ONLY for statement in refusing(table, dialect)):
        op.execute(statement)
