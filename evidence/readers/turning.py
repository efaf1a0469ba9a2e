"""Pictures upright, as their EXIF orientation means them (JEITA CP-3451); as they lie where their EXIF is damaged."""

from PIL import Image

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Image.Image, orientation: int = 0) -> Image.Image:
    """The picture upright by ``orientation`` (1 to 8), or by its own where that is 0; itself where it is so already."""
    turn = _TURNS.get(orientation or _own(picture))
    return picture.transpose(turn) if turn is not None else picture


def _own(picture: Image.Image) -> int:
    try:
        found = picture.getexif().get(_ORIENTATION, 0)
    except Exception:  # noqa: BLE001 - Pillow raises anything on damaged EXIF; the picture is shown as it lies
        return 0
    return found if isinstance(found, int) else 0
