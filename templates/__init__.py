"""The catalogue of standard forms, the typed fields of each, the .docx files, rendering."""

from templates.catalogue import Confidence, Edition, Form, Numbering, Stage, catalogue, edition, form, number
from templates.custody_statement import (
    CustodyStatement,
    StatedDefect,
    StatedEvent,
    StatedExhibit,
    render_statement,
)
from templates.errors import (
    CatalogueBroken,
    FieldInvalid,
    FieldMissing,
    FormNotImplemented,
    FormUnknown,
    NumberInvalid,
    RenderIncomplete,
    TemplateBroken,
    TemplatesError,
)
from templates.fields import fields_of
from templates.rendering import Rendered, render
from templates.validation import validated

__all__ = [
    "CatalogueBroken",
    "Confidence",
    "CustodyStatement",
    "Edition",
    "FieldInvalid",
    "FieldMissing",
    "Form",
    "FormNotImplemented",
    "FormUnknown",
    "NumberInvalid",
    "Numbering",
    "RenderIncomplete",
    "Rendered",
    "Stage",
    "StatedDefect",
    "StatedEvent",
    "StatedExhibit",
    "TemplateBroken",
    "TemplatesError",
    "catalogue",
    "edition",
    "fields_of",
    "form",
    "number",
    "render",
    "render_statement",
    "validated",
]
