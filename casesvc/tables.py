"""All tables of the installation in one metadata, for the migrations."""

from sqlmodel import SQLModel

from casesvc import accounts, logins, runs, totp
from evidence import (
    chain,
    checkpoint,
    clock,
    custody,
    custody_defect,
    custody_event,
    examination,
    exhibit,
    family,
    handover,
    label,
    log,
    place,
    record,
    register,
    scanning,
    sending,
    stock_take,
)
from workflows import documents, incident, steps

MODULES = (
    accounts,
    logins,
    runs,
    totp,
    chain,
    checkpoint,
    clock,
    custody,
    custody_defect,
    custody_event,
    examination,
    exhibit,
    family,
    handover,
    label,
    log,
    place,
    record,
    register,
    scanning,
    sending,
    stock_take,
    documents,
    incident,
    steps,
)
"""The modules that define tables; importing them registers the tables."""

metadata = SQLModel.metadata
