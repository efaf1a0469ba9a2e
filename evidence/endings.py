"""Endings of file names against what the content is: a name that promises something else is worth a look, no more."""

from pathlib import PurePath

# packed files are told apart by their inside, which not every program writes in the order that is looked for
_ZIP = (
    "application/zip application/vnd.openxmlformats-officedocument.wordprocessingml.document "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation "
    "application/vnd.oasis.opendocument.text application/vnd.oasis.opendocument.spreadsheet "
    "application/vnd.oasis.opendocument.presentation application/epub+zip"
)
_FAMILIES = (
    ("image/jpeg", "jpg jpeg jpe jfif"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/heic image/heif", "heic heif hif"),
    ("image/avif", "avif"),
    ("image/bmp image/x-ms-bmp", "bmp dib"),
    # raw pictures of many cameras are TIFF files
    ("image/tiff image/x-canon-cr2", "tif tiff dng nef nrw arw srf sr2 cr2 pef srw 3fr iiq erf dcr kdc mos rwl"),
    ("image/x-canon-cr3", "cr3"),
    ("image/x-fuji-raf", "raf"),
    ("image/x-olympus-orf", "orf"),
    ("image/x-panasonic-rw2", "rw2 rwl"),
    ("video/mp4 video/quicktime video/3gpp video/x-m4v audio/mp4 audio/x-m4a", "mp4 m4v mov qt 3gp 3g2 m4a m4b f4v"),
    ("video/x-matroska video/webm", "mkv webm mka"),
    ("video/x-msvideo", "avi"),
    ("video/x-ms-wmv video/x-ms-asf audio/x-ms-wma", "wmv asf wma"),
    ("video/x-flv", "flv"),
    ("video/mpeg", "mpg mpeg vob mpe"),
    ("video/mp2t", "ts mts m2ts"),
    ("audio/mpeg", "mp3"),
    ("audio/x-wav audio/wav", "wav"),
    ("audio/amr", "amr"),
    ("audio/aac", "aac"),
    ("audio/x-flac audio/flac", "flac"),
    ("audio/ogg video/ogg", "ogg oga ogv opus"),
    ("application/pdf", "pdf"),
    (
        _ZIP,
        "zip docx docm xlsx xlsm pptx pptm odt ods odp ofd wps et dps epub apk jar",
    ),
    ("application/msword application/vnd.ms-excel application/vnd.ms-powerpoint", "doc xls ppt wps et dps msg msi"),
    ("application/x-rar-compressed", "rar"),
    ("application/x-7z-compressed", "7z"),
    ("application/gzip", "gz tgz"),
    ("application/rtf", "rtf doc"),
    ("application/x-msdownload", "exe dll com sys scr"),
)
_OF_TYPE = {kind: set(endings.split()) for kinds, endings in _FAMILIES for kind in kinds.split()}
_PROMISING = set().union(*_OF_TYPE.values())


def differs(file_name: str, media_type: str) -> bool:
    """Whether the name's ending promises another kind of content. Endings that promise none are never wrong."""
    ending = PurePath(file_name).suffix[1:].lower()
    return bool(media_type) and ending in _PROMISING and ending not in _OF_TYPE.get(media_type, ())
