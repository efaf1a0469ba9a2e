"""QR and Code 128 as SVG for a page: one path each, no style in it, as the pages' policy wants.

A printer that has no dots between makes bars of whole dots only if the picture is as many dots wide as it has modules;
``crispEdges`` leaves the rest to the driver, and the quiet zones that the standards ask for are in the picture.
"""

import segno
from barcode import Code128
from markupsafe import Markup

QUIET_QR = 2
"""Modules of white around the QR code; the standard's four are there with the label's own margin."""
QUIET_BARS = 10


def qr(code: str) -> Markup:
    """The code with error correction M, which survives a stain on a label."""
    rows = list(segno.make(code, error="m", micro=False, boost_error=False).matrix)
    width = len(rows) + 2 * QUIET_QR
    path = [_run(x, y, end) for y, row in enumerate(rows) for x, end in _runs(row)]
    return _svg("label-qr", width, width, "".join(path), QUIET_QR)


def code128(code: str) -> Markup:
    """The bars, one unit high: the page stretches them."""
    bars = [int(module) for module in Code128(code).build()[0]]
    path = [_run(x, 0, end) for x, end in _runs(bars)]
    return _svg("label-bars", len(bars) + 2 * QUIET_BARS, 1, "".join(path), QUIET_BARS, stretched=True)


def _runs(modules: "bytearray | list[int]") -> list[tuple[int, int]]:
    """Where black begins and ends."""
    found, begun = [], None
    for x, module in enumerate([*modules, 0]):
        if module and begun is None:
            begun = x
        elif not module and begun is not None:
            found.append((begun, x))
            begun = None
    return found


def _run(x: int, y: int, end: int) -> str:
    return f"M{x} {y}h{end - x}v1h-{end - x}z"


def _svg(name: str, width: int, height: int, path: str, quiet: int, *, stretched: bool = False) -> Markup:
    box = f"{-quiet} {0 if stretched else -quiet} {width} {height}"
    ratio = ' preserveAspectRatio="none"' if stretched else ""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="{}"{} shape-rendering="crispEdges" '
        'aria-hidden="true" focusable="false"><path d="{}"/></svg>'
    ).format(name, box, Markup(ratio), path)  # noqa: S704 - words of ours and numbers
