"""A recording: what its container says, a picture of it, and a copy that browsers play.

MediaInfo is given the bytes, never a name, and only containers it reads by themselves; ffmpeg may use no other demuxer
than those and no protocol but the one file. Play lists, which make both open other files and addresses, get no
farther.
"""

import os
import re
import subprocess
from typing import Any, BinaryIO

from PIL import Image
from pymediainfo import MediaInfo, Track

from evidence.readers import exif, picture
from evidence.readers.confining import die_with_parent
from evidence.readers.content import HEAD, media_type
from evidence.readers.telling import plain, tell

DEMUXERS = "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,dhav,h264,hevc,m4v"
REPRESENTATIVE = 50  # frames of which the most usual one is the poster: the first is often black
LARGEST_REMUXED = 1024 * 1024 * 1024  # bytes
MOST_REMUXED_PIXELS = 1920 * 1088
LONGEST_PLAYED = 20 * 60  # seconds; where it must be encoded anew, a copy ends here
BOX = 1280  # pixels; 720 lines of a film that is wider than high
POSTER_SECONDS = 300  # of the clock; a busy machine takes its time, how much work it may be is confined
ENCODED = [
    *("-vf", f"scale=w='min({BOX},iw)':h='min({BOX},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"),
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p", "-t", str(LONGEST_PLAYED)),
]
_POSITION = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?(?:CRS.*)?/?")  # ISO 6709


def read(file: BinaryIO, content: str, ffmpeg: str, outputs: picture.Outputs) -> None:
    """Facts, and with ``ffmpeg`` (the program's path, empty for none) a poster and its thumbnail."""
    general, video, audio = tracks(file)
    if general is None:
        tell(findings=["unreadable_file" if content.startswith("audio/") else "unreadable_video"])
        return
    facts, findings = container(general)
    facts |= streams(general, video, audio)
    if content.startswith("audio/"):
        tell(facts=facts, findings=findings)
        return
    if video is None:
        findings.append("no_video")
    elif not ffmpeg:
        findings.append("no_ffmpeg")
    tell(facts=facts, findings=findings)
    if video is not None and ffmpeg:
        poster(ffmpeg, outputs)


def tracks(file: BinaryIO) -> tuple[Track | None, Track | None, Track | None]:
    """The container and its first picture and sound track, as far as there are any; none of what is no recording."""
    file.seek(0)
    if not media_type(file.read(HEAD)).startswith(("video/", "audio/")):
        return None, None, None
    try:
        found = MediaInfo.parse(file, encoding_errors="replace", buffer_size=1024 * 1024)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what the library cannot take is a finding
        return None, None, None
    general = next((track for track in found.general_tracks if track.format), None)
    return general, next(iter(found.video_tracks), None), next(iter(found.audio_tracks), None)


def container(general: Track) -> tuple[dict[str, Any], list[str]]:
    """When, where and with what it was recorded, word for word as the container has it."""

    def text(*names: str) -> str:
        return next((value for name in names if (value := plain(str(getattr(general, name, None) or "")))), "")

    facts: dict[str, Any] = {
        "format": text("format"),
        "container_time": text("encoded_date", "recorded_date", "mastered_date"),  # tagged_date is that of a change
        "container_local_time": text("comapplequicktimecreationdate"),
        "make": text("comapplequicktimemake", "comandroidmanufacturer"),
        "model": text("comapplequicktimemodel", "comandroidmodel"),
        "software": text("comapplequicktimesoftware", "writing_application", "encoder"),
    }
    findings = []
    if re.search(r"\b(1904|1970)-01-01", facts["container_time"]):  # zero, counted from where its format begins
        facts["container_time"] = ""
    facts["container_time"] = facts["container_time"] or facts["container_local_time"]
    if not facts["container_time"]:
        findings.append("no_container_time")
    if place := text("comapplequicktimelocationiso6709", "xyz", "location", "recorded_location"):
        degrees = _POSITION.fullmatch(place)
        position = exif.written(float(degrees[1]), float(degrees[2])) if degrees else {}
        facts |= position
        if not position:
            findings.append("gps_invalid")
    return {name: value for name, value in facts.items() if value}, findings


def streams(general: Track, video: Track | None, audio: Track | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if milliseconds := number(general.duration) or number(video.duration if video else None):
        facts["duration"] = f"{milliseconds / 1000:.3f} s"
    if video is not None:
        facts |= {name: int(size) for name in ("width", "height") if (size := number(getattr(video, name)))}
        if rotation := number(video.rotation):
            facts["rotation"] = f"{rotation:.0f}"
        facts |= {"video_codec": plain(str(video.format or "")), "frame_rate": plain(str(video.frame_rate or ""))}
    if audio is not None:
        facts["audio_codec"] = plain(str(audio.format or ""))
    return {name: value for name, value in facts.items() if value}


def number(value: object) -> float:
    """A number as MediaInfo gives it, as one or as text; 0 for none and for what cannot be."""
    try:
        found = float(str(value))
    except ValueError:
        return 0.0
    return found if 0 <= found < 1e12 else 0.0


def poster(ffmpeg: str, outputs: picture.Outputs) -> None:
    """One frame as JPEG, and a thumbnail of it."""
    out = outputs["poster"]
    widest = picture.WIDEST["preview"]
    scale = f"scale=w='min({widest},iw)':h='min({widest},ih)':force_original_aspect_ratio=decrease"
    chosen = ["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", f"{scale},thumbnail={REPRESENTATIVE}", "-frames:v", "1"]
    if not run(ffmpeg, ["-threads", "1"], [*chosen, "-q:v", "3", "-f", "mjpeg"], out, seconds=POSTER_SECONDS):
        tell(findings=["no_poster"])
        return
    parameters = {"fit": widest, "frame": f"most usual of {REPRESENTATIVE}", "quality": "q 3"}
    tell(copies={"poster": {"by": "ffmpeg", "parameters": parameters}})
    picture.prepare()
    try:
        with Image.open(f"/dev/fd/{out}", formats=["JPEG"]) as opened:
            made = picture.copies(opened, {"thumbnail": outputs["thumbnail"]})
    except Exception:  # noqa: BLE001 - then there is a poster and no thumbnail
        return
    tell(copies={"thumbnail": {"by": "pillow", "parameters": made["thumbnail"] | {"source": "poster"}}})


def play(file: BinaryIO, ffmpeg: str, outputs: picture.Outputs) -> None:
    """A copy that browsers play: the same H.264 with its index first, or encoded anew and smaller."""
    general, video, audio = tracks(file)
    if general is None or video is None:
        tell(findings=["playback_failed"])
        return
    if "poster" in outputs:
        poster(ffmpeg, outputs)
    heard = "none" if audio is None else "copied" if audio.format == "AAC" else "aac 96k"
    made = {"video": "copied", "audio": heard}
    as_is = os.fstat(file.fileno()).st_size <= LARGEST_REMUXED and is_playable(video)
    if not (as_is and playback(ffmpeg, outputs, ["-fflags", "+genpts"], ["-c:v", "copy"], heard)):
        heard = "none" if audio is None else "aac 96k"
        made = {"video": "libx264 veryfast crf 26", "audio": heard, "fit": str(BOX)}
        if number(general.duration) > LONGEST_PLAYED * 1000:
            made["seconds"] = str(LONGEST_PLAYED)
        if not playback(ffmpeg, outputs, [], ENCODED, heard):
            tell(findings=["playback_failed"])
            return
    tell(findings=["playback_cut"] if "seconds" in made else [])
    tell(copies={"playback": {"by": "ffmpeg", "parameters": made}})


def playback(ffmpeg: str, outputs: picture.Outputs, before: list[str], seen: list[str], heard: str) -> bool:
    """Whether a copy was made of the first picture and sound track, with nothing else of the original in it."""
    tracks_only = ["-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1"]
    sound = ["-c:a", "copy"] if heard == "copied" else ["-c:a", "aac", "-b:a", "96k", "-ac", "2"]
    index_first = ["-movflags", "+faststart", "-f", "mp4"]  # it plays before the whole of it has arrived
    return run(ffmpeg, before, [*tracks_only, *seen, *sound, *index_first], outputs["playback"])


def is_playable(video: Track) -> bool:
    """Whether every browser decodes it: H.264 of 8 bits, 4:2:0, no larger than full HD."""
    pixels = number(video.width) * number(video.height)
    plain_colour = video.chroma_subsampling == "4:2:0" and number(video.bit_depth) == 8
    return video.format == "AVC" and plain_colour and 0 < pixels <= MOST_REMUXED_PIXELS


def run(ffmpeg: str, before: list[str], after: list[str], out: int, *, seconds: float | None = None) -> bool:
    """Whether ffmpeg wrote something of standard input to ``out``."""
    own = ["-nostdin", "-hide_banner", "-loglevel", "error"]
    only = ["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS, *before, "-i", "/dev/fd/0"]
    try:
        ended = subprocess.run(  # noqa: S603 - a program of the machine, arguments of our own
            [ffmpeg, *own, *only, *after, "-y", f"/dev/fd/{out}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a broken film is worth a line for each of its frames
            pass_fds=(out,),
            preexec_fn=die_with_parent,  # this process has one thread
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0 and os.fstat(out).st_size > 0
