"""All tables of the installation in one metadata, for the migrations."""

from sqlmodel import SQLModel

metadata = SQLModel.metadata
"""The tables of the modules above; importing them registers them."""
