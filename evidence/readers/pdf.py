"""How many pages a PDF has (ISO 32000)."""

from typing import BinaryIO

from pypdf import PdfReader

from evidence.readers.telling import tell


def read(file: BinaryIO) -> None:
    file.seek(0)
    try:
        document = PdfReader(file)
        if document.is_encrypted:
            tell(findings=["pdf_encrypted"])
            if not document.decrypt(""):
                return
        tell(facts={"pages": len(document.pages)})
    except MemoryError:
        tell(findings=["timed_out"])
    except Exception:  # noqa: BLE001 - pypdf raises anything on a broken file; it is a finding
        tell(findings=["unreadable_pdf"])
