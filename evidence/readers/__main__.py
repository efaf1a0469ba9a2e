"""``python -I -m evidence.readers ASKED < FILE``, where ASKED is JSON of :class:`Asked`."""

import json
import logging
import sys
from typing import BinaryIO, TypedDict

from evidence.readers.confining import confine
from evidence.readers.content import HEAD, media_type
from evidence.readers.telling import tell

MOST_MEMORY = 1536 * 1024 * 1024  # bytes of address space
MOST_SECONDS = 50  # of the processor
MOST_WRITTEN = 64 * 1024 * 1024  # bytes a file
PLAYING_MEMORY = 3 * 1024 * 1024 * 1024
PLAYING_SECONDS = 3600
PLAYING_WRITTEN = 2 * 1024 * 1024 * 1024


class Asked(TypedDict):
    """What to do with the file: ``read`` it, or make a copy that ``play``s.

    ``whole``: false where only its beginning and end are there, and nothing between. ``kind``: what it was registered
    as. ``ffmpeg``: path of the program, empty for none. ``outputs``: file descriptors for copies, by purpose.
    """

    task: str
    whole: bool
    kind: str
    ffmpeg: str
    outputs: dict[str, int]


def main(asked: Asked) -> None:
    logging.disable()  # what cannot be read is a finding, not a warning
    playing = asked["task"] == "play"
    if playing:
        confine(memory=PLAYING_MEMORY, seconds=PLAYING_SECONDS, written=PLAYING_WRITTEN)
    else:
        confine(memory=MOST_MEMORY, seconds=MOST_SECONDS, written=MOST_WRITTEN)
    tell()
    with open(0, "rb", closefd=False) as file:  # standard input
        if playing:
            from evidence.readers import video

            video.play(file, asked["ffmpeg"], asked["outputs"])
        else:
            read(file, asked)


def read(file: BinaryIO, asked: Asked) -> None:
    """Read what the content is. What was registered as a photograph and is not known is tried as one."""
    content = media_type(file.read(HEAD))
    family = content.partition("/")[0]
    if content:
        tell(facts={"media_type": content})
    if family in {"video", "audio"}:
        from evidence.readers import video

        video.read(file, content, asked["ffmpeg"], asked["outputs"])
    elif not asked["whole"]:
        if family == "image" or asked["kind"] == "photo":
            tell(findings=["too_large"])
    elif content == "application/pdf":
        from evidence.readers import pdf

        pdf.read(file)
    elif family == "image" or (asked["kind"] == "photo" and not content):
        from evidence.readers import picture

        picture.read(file, content, asked["outputs"])
    elif asked["kind"] == "photo":
        tell(findings=["unreadable"])
    elif asked["kind"] == "video":
        tell(findings=["unreadable_video"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
