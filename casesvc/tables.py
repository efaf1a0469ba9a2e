"""All tables of the installation in one metadata, for the migrations."""

from sqlmodel import SQLModel

from casesvc import accounts, logins, runs
from evidence import chain, clock, custody, exhibit, record, register, scanning, sending
from workflows import documents, incident, steps

MODULES = (
    accounts,
    logins,
    runs,
    chain,
    clock,
    custody,
    exhibit,
    record,
    register,
    scanning,
    sending,
    documents,
    incident,
    steps,
)
"""The modules that define tables; importing them registers the tables."""

metadata = SQLModel.metadata
