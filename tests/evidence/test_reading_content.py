"""What a file is, by its content; names that promise something else; pages of PDFs."""

import io
import zipfile

import pypdf
import pytest

from evidence.endings import differs
from evidence.exhibit import Kind
from evidence.readers.content import media_type
from evidence.reading import ReadingFinding
from tests.evidence.files import boxed, picture, reading


def pdf(pages: int, password: str = "") -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if password:
        writer.encrypt("" if password == "owner only" else password, "owner")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 50)
    return out.getvalue()


def holding(document: bytes) -> bytes:
    """An archive whose first member is stored as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", document)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (boxed(b"ftyp", b"isom\x00\x00\x02\x00isomiso2"), "video/mp4"),
        (boxed(b"ftyp", b"XAVC\x01\x00\x1f\xffXAVCmp42"), "video/mp4"),
        (boxed(b"ftyp", b"3gp5\x00\x00\x00\x003gp5"), "video/3gpp"),
        (boxed(b"ftyp", b"qt  \x00\x00\x00\x00qt  "), "video/quicktime"),
        (boxed(b"wide", b"") + boxed(b"mdat", b"x"), "video/quicktime"),
        (boxed(b"ftyp", b"heic\x00\x00\x00\x00mif1heic"), "image/heic"),
        (boxed(b"ftyp", b"mif1\x00\x00\x00\x00mif1heic"), "image/heic"),
        (boxed(b"ftyp", b"mif1\x00\x00\x00\x00mif1avif"), "image/avif"),
        (boxed(b"ftyp", b"M4A \x00\x00\x00\x00M4A "), "audio/mp4"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "image/x-canon-cr2"),
        (b"IIU\x00\x08\x00\x00\x00", "image/x-panasonic-rw2"),
        (b"IIRO\x08\x00\x00\x00", "image/x-olympus-orf"),
        (b"\x47" + b"\x00" * 187 + b"\x47" + b"\x00" * 187 + b"\x47" + b"\x00" * 187 + b"\x47", "video/mp2t"),
        (b"\x00\x00\x00\x01\x67\x64\x00\x1f", "video/h264"),
        (b"\x00\x00\x00\x01\x40\x01\x0c\x01", "video/h265"),
        (b"DHAV\xfd\x00\x00\x00", "video/x-dav"),
        (b"\r\n" + pdf(1), "application/pdf"),
        (b"MZ\x90\x00" + bytes(60), "application/x-msdownload"),
        (packed("a.txt"), "application/zip"),
        (holding(pdf(1)), "application/zip"),
        (b"x" * 1020 + b"%PDF-1.7\n", ""),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n", ""),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", ""),
        ("询问笔录".encode(), ""),
        (bytes(4096), ""),
        (b"G", ""),
        (b"", ""),
    ],
)
def test_content_is_told_by_its_first_bytes(head, known):
    assert media_type(head) == known


@pytest.mark.parametrize(
    ("name", "content", "odd"),
    [
        ("a.jpg", "image/jpeg", False),
        ("A.JPEG", "image/jpeg", False),
        ("a.jpg", "image/png", True),
        ("a.jpg", "image/heic", True),
        ("a.jpg", "video/mp4", True),
        ("a.jpg", "application/zip", True),
        ("a.jpg", "application/x-msdownload", True),
        ("笔录.pdf", "application/x-msdownload", True),
        ("a.mov", "video/mp4", False),
        ("a.nef", "image/tiff", False),
        ("a.docx", "application/zip", False),
        ("公文.ofd", "application/zip", False),
        ("a.bin", "image/png", False),
        ("无扩展名", "image/png", False),
        ("a.jpg", "", False),
        ("图纸.ps", "application/postscript", False),
        ("录像.ps", "video/mpeg", False),
        ("setup.exe", "application/x-msdownload", False),
    ],
)
def test_a_name_that_promises_something_else_is_odd(name, content, odd):
    assert differs(name, content) is odd


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("现场.jpg", picture("PNG")),
        ("现场.png", b"MZ\x90\x00" + bytes(200)),
        ("现场.jpg", packed("a.txt")),
        ("录像.mp4", picture("JPEG")),
        ("笔录.pdf", packed("a.txt")),
    ],
)
@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.ELECTRONIC])
def test_content_that_is_not_what_the_name_promises_is_a_finding(name, content, kind):
    outcome = reading(content, name, kind)
    assert outcome.findings[0] == ReadingFinding.TYPE_DIFFERS
    assert outcome.facts["media_type"] == media_type(content)


@pytest.mark.parametrize("name", ["a.txt", "a.jpg", "无"])
def test_unknown_content_is_no_finding_where_no_picture_was_registered(name):
    outcome = reading("随便什么".encode(), name, Kind.ELECTRONIC)
    assert (outcome.facts, outcome.findings, outcome.copies) == ({}, [], [])


@pytest.mark.parametrize("pages", [1, 37])
def test_the_pages_of_a_pdf_are_counted(pages):
    outcome = reading(pdf(pages), "鉴定意见.pdf", Kind.DOCUMENT)
    assert outcome.facts == {"media_type": "application/pdf", "pages": pages}
    assert outcome.findings == []
    assert outcome.reader.startswith("pypdf ")


def test_an_encrypted_pdf_is_a_finding_and_counted_where_it_opens_without_a_password():
    locked = reading(pdf(3, "secret"), "a.pdf", Kind.DOCUMENT)
    assert (locked.findings, locked.facts) == ([ReadingFinding.PDF_ENCRYPTED], {"media_type": "application/pdf"})
    open_ = reading(pdf(3, "owner only"), "a.pdf", Kind.DOCUMENT)
    assert (open_.findings, open_.facts["pages"]) == ([ReadingFinding.PDF_ENCRYPTED], 3)
