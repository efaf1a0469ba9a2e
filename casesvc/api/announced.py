"""What is said of a file that is sent: in ``Upload-Metadata``, or as parameters."""

import mimetypes

from pydantic import Field

from casesvc.api.inputs import Given, Text
from casesvc.errors import InputRefused
from evidence.announcing import Announced
from evidence.errors import CaseUnknown
from evidence.exhibit import Kind

DOCUMENTS = ("text/", "application/pdf", "application/msword", "application/vnd.")


class FileIn(Given):
    """What is said of a file; all of it may be left out."""

    name: Text = Field("", title="名称", max_length=200)
    category: Text = Field("", title="照片类别", max_length=20)
    place: Text = Field("", title="提取地点", max_length=200)
    taken_by: Text = Field("", title="拍摄（提取）人", max_length=60)
    witness: Text = Field("", title="见证人", max_length=60)
    source: Text = Field("", title="来源设备或存储卡", max_length=100)
    path: Text = Field("", title="在来源中的路径", max_length=500)


def announced(metadata: dict[str, str], length: int) -> tuple[str, Announced]:
    """The number of the case, and what ``Upload-Metadata`` announces."""
    case, file_name = metadata.get("case", ""), metadata.get("filename") or metadata.get("name", "")
    if not case.isprintable():  # PostgreSQL cannot be asked for NUL
        raise CaseUnknown(case)
    said = FileIn(**{fact: metadata.get(fact, "") for fact in FileIn.model_fields if fact != "name"})
    title = FileIn(name=metadata.get("name", "") if metadata.get("filename") else "").name
    return case, Announced(
        file_name,
        length,
        kind_of(metadata.get("kind", ""), file_name),
        name=sender_name(metadata.get("sending", "")),
        title="" if title == file_name else title,
        declared_sha256=metadata.get("sha256") or None,
        facts=said.model_dump(exclude={"name"}),
    )


def sender_name(given: str) -> str | None:
    if given and not (8 <= len(given) <= 64 and given.isascii() and given.replace("-", "").isalnum()):
        raise InputRefused("上传标识（sending）应为 8 至 64 位字母、数字或连字符，请检查客户端。")
    return given or None


def kind_of(slug: str, file_name: str) -> Kind:
    """The kind that was said, or the one that the name suggests; the bytes are looked at later."""
    if slug:
        try:
            return Kind(slug)
        except ValueError:
            raise InputRefused("“证据种类”不是可选的类别，请改正。") from None
    guessed = mimetypes.guess_type(file_name)[0] or ""
    if guessed.startswith("image/"):
        return Kind.PHOTO
    if guessed.startswith("video/"):
        return Kind.VIDEO
    return Kind.DOCUMENT if guessed.startswith(DOCUMENTS) else Kind.ELECTRONIC
