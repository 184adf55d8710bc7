"""The symbols of the pages: strokes on a 24 unit square, in the colour of the text around them."""

from markupsafe import Markup

_SHAPES = {
    "brand": '<path d="M4 9V6a2 2 0 0 1 2-2h3M15 4h3a2 2 0 0 1 2 2v3"/>'
    '<path d="M20 15v3a2 2 0 0 1-2 2h-3M9 20H6a2 2 0 0 1-2-2v-3"/>'
    '<path d="M9 10v1M15 10v1M9 15c1.8 1.5 4.2 1.5 6 0"/>',
    "person": '<circle cx="12" cy="8.5" r="4"/><path d="M4 21c1-4.5 4-6.5 8-6.5s7 2 8 6.5"/>',
}


def icon(name: str) -> Markup:
    """That symbol, as SVG that says nothing to a screen reader. Raises KeyError."""
    return Markup(
        '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true">{}</svg>'
    ).format(Markup(_SHAPES[name]))
