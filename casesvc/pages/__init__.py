"""The Chinese pages: the same acts as the API, parsed from forms and shown as HTML."""

from typing import Any

page_handlers: list[Any] = []
