"""Colours as a picture's ICC profile means them (ISO 15076-1), in the space of every screen: copies have no profile."""

import io

from PIL import Image, ImageCms

CONVERTED = {"colour": "icc profile to srgb"}
"""How a copy says that its colours were converted."""


def in_srgb(picture: Image.Image, profile: bytes | None) -> bool:
    """Whether the colours of ``picture`` (RGB) were converted in place; a profile that does not fit is passed over."""
    if not profile:
        return False
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), inPlace=True)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return True
