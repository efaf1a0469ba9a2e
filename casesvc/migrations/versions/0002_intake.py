"""Intake: sendings in many requests, edited copies, more kinds of entries in the record."""

import sqlalchemy as sa
from alembic import op

from casesvc.migrations.rebuilding import drop_unique, widen
from evidence.append_only import refusing

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RECORDED = ("view", "download", "verify", "step", "reserve", "issue", "incident", "account", "reading")
APPEND_ONLY: tuple[str, ...] = ("device_clock", "scan")


def upgrade() -> None:
    widen("record_entry", "what", "ck_record_entry_what", RECORDED, more=("edit", "clock", "scan", "upload"))
    drop_unique("derivative", "uq_derivative_original_id_purpose", "original_id, purpose")
    widen(
        "derivative",
        "purpose",
        "ck_derivative_purpose",
        ("thumbnail", "preview"),
        more=("poster", "playback", "edited"),
    )
    op.create_index(
        "ix_derivative_one_a_purpose",
        "derivative",
        ["original_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("purpose <> 'edited'"),
        postgresql_where=sa.text("purpose <> 'edited'"),
    )
    op.create_table(
        "sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "video",
                "electronic",
                "document",
                "physical",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("declared_sha256", sa.String(length=64), nullable=True),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("object_key", sa.String(length=300), nullable=False),
        sa.Column("making", sa.String(length=300), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "end",
            sa.Enum(
                "sealed",
                "refused",
                "stopped",
                "expired",
                "lost",
                name="end",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            'length > 0 AND "offset" >= 0 AND "offset" <= length', name=op.f("ck_sending_sending_within_length")
        ),
        sa.CheckConstraint(
            "(\"end\" = 'sealed') = (exhibit_id IS NOT NULL)", name=op.f("ck_sending_sending_sealed_as_exhibit")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["fire_case.id"], name=op.f("fk_sending_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sending_person_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_sending_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_sending_person_id_name")),
        sa.UniqueConstraint("object_key", name=op.f("uq_sending_object_key")),
    )
    for column in ("case_id", "person_id", "moved_at", "ended_at"):
        op.create_index(op.f(f"ix_sending_{column}"), "sending", [column], unique=False)
    op.create_table(
        "sending_part",
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["sending_id"], ["sending.id"], name=op.f("fk_sending_part_sending_id")),
        sa.PrimaryKeyConstraint("sending_id", "number", name=op.f("pk_sending_part")),
    )
    op.create_table(
        "device_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("shown", sa.String(length=19), nullable=False),
        sa.Column("beijing_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offset_seconds", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=200), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["fire_case.id"], name=op.f("fk_device_clock_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_clock_person_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_device_clock_record_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_clock")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_device_clock_record_seq")),
    )
    op.create_index(op.f("ix_device_clock_case_id"), "device_clock", ["case_id"], unique=False)
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("original_id", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(length=120), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "clean", "found", "too_large", name="scanoutcome", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_seq", sa.Integer(), nullable=False),
        sa.CheckConstraint("(outcome = 'found') = (signature <> '')", name=op.f("ck_scan_signature_of_finding")),
        sa.ForeignKeyConstraint(["original_id"], ["original.id"], name=op.f("fk_scan_original_id")),
        sa.ForeignKeyConstraint(["record_seq"], ["record_entry.seq"], name=op.f("fk_scan_record_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("original_id", "engine", name=op.f("uq_scan_original_id_engine")),
        sa.UniqueConstraint("record_seq", name=op.f("uq_scan_record_seq")),
    )
    dialect = op.get_bind().dialect.name
    for statement in (statement for table in APPEND_ONLY for statement in refusing(table, dialect)):
        op.execute(statement)
