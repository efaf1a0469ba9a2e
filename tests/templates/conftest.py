"""Realistic fields of the forms (invented names), and LibreOffice for what only a page can show."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import templates

HERE = Path(__file__).parent
FORMS = ("D13", "D17", "D18", "D22", "D31", "D48", "D61")


@pytest.fixture(params=FORMS)
def form_id(request):
    return request.param


@pytest.fixture
def sample():
    """Fields of a form as a plain mapping, fresh at each call."""
    return lambda form_id: json.loads((HERE / "samples" / f"{form_id}.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def to_pdf(tmp_path_factory):
    """Convert a .docx (bytes) to a PDF file with the shipped font map and a profile of its own."""
    if shutil.which("soffice") is None:
        if os.environ.get("CI") or os.environ.get("REQUIRE_SERVERS") == "1":
            pytest.fail("soffice is required here")
        pytest.skip("no soffice")
    folder = tmp_path_factory.mktemp("pdf")
    fonts = Path(templates.__file__).with_name("fontmap.conf")

    def convert(content, name):
        source = folder / f"{name}.docx"
        source.write_bytes(content)
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
             "--outdir", folder, source],
            check=True, capture_output=True, timeout=120, env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        )  # fmt: skip
        return source.with_suffix(".pdf")

    return convert
