"""What a file is, from its first bytes; its name is not asked.

The library ``filetype`` knows most. Here stands what it does not: containers by all their brands (ISO/IEC 14496-12),
raw pictures of cameras, streams of recorders, a PDF behind a preamble.
"""

import filetype

HEAD = 8192  # bytes that are looked at
_BRANDS = {
    b"crx ": "image/x-canon-cr3",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_GENERAL = (b"mif1", b"msf1")  # say little; the compatible brands say more
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # QuickTime before there was ftyp
_OPENINGS = (
    (b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (b"IIRO", "image/x-olympus-orf"),
    (b"IIRS", "image/x-olympus-orf"),
    (b"MMOR", "image/x-olympus-orf"),
    (b"IIU\x00", "image/x-panasonic-rw2"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"DHAV", "video/x-dav"),
    (b"IMKH", "video/x-hikvision"),
)
RAW = ("image/x-canon-cr3", "image/x-canon-cr2", "image/x-fuji-raf", "image/x-olympus-orf", "image/x-panasonic-rw2")


def media_type(head: bytes) -> str:
    """Media type of a file that begins with ``head``; empty where it is not known."""
    if head[:4] in {b"II*\x00", b"MM\x00*"} and head[8:10] == b"CR":
        return "image/x-canon-cr2"
    known = _container(head) or next((kind for opening, kind in _OPENINGS if head.startswith(opening)), "")
    known = known or _stream(head) or str(filetype.guess_mime(head) or "")
    return known or ("application/pdf" if b"%PDF-" in head[:1024] else "")


def _container(head: bytes) -> str:
    """A file of the ISO base media format or of QuickTime: sized boxes with four letters each."""
    size, name = int.from_bytes(head[:4]), head[4:8]
    if name == b"ftyp":
        main = head[8:12]
        compatible = {head[at : at + 4] for at in range(16, min(size, len(head)) - 3, 4)}
        for brand, kind in _BRANDS.items():
            if brand == main or (main in _GENERAL and brand in compatible):
                return kind
        return "video/3gpp" if main.startswith((b"3gp", b"3g2")) else "video/mp4"
    return "video/quicktime" if name in _ATOMS and (size == 1 or size >= 8) else ""


def _stream(head: bytes) -> str:
    """Streams without a container's head: transport streams by their sync bytes, bare H.264 and H.265."""
    for first, length in ((0, 188), (4, 192)):
        if head[first : first + 4 * length : length] == b"\x47" * 4:
            return "video/mp2t"
    if head.startswith((b"\x00\x00\x00\x01", b"\x00\x00\x01")):
        unit = head[head.index(b"\x01") + 1 :][:2]
        if unit == b"\x40\x01":
            return "video/h265"
        if unit[:1] in {b"\x67", b"\x47", b"\x27"}:
            return "video/h264"
    return ""
