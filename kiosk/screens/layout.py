"""Rectangles and the spacing scale: everything is cut out of the sheet, so nothing needs pixel coordinates."""

from dataclasses import dataclass

DESIGN_PX = 480


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in whole pixels. Every method gives new rectangles."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """The first column to the right of it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.h

    @property
    def centre(self) -> tuple[int, int]:
        """(x, y) of the middle."""
        return self.x + self.w // 2, self.y + self.h // 2

    def inset(self, dx: int, dy: int | None = None) -> "Rect":
        """Smaller by `dx` left and right, and by `dy` (the same unless given) above and below."""
        up = dx if dy is None else dy
        return Rect(self.x + dx, self.y + up, max(0, self.w - 2 * dx), max(0, self.h - 2 * up))

    def top(self, h: int, gap: int = 0) -> tuple["Rect", "Rect"]:
        """The upper `h` pixels, and what is left below a gap."""
        return Rect(self.x, self.y, self.w, h), Rect(self.x, self.y + h + gap, self.w, max(0, self.h - h - gap))

    def foot(self, h: int, gap: int = 0) -> tuple["Rect", "Rect"]:
        """The lower `h` pixels, and what is left above a gap."""
        return Rect(self.x, self.bottom - h, self.w, h), Rect(self.x, self.y, self.w, max(0, self.h - h - gap))

    def left(self, w: int, gap: int = 0) -> tuple["Rect", "Rect"]:
        """The left `w` pixels, and what is left beside a gap."""
        return Rect(self.x, self.y, w, self.h), Rect(self.x + w + gap, self.y, max(0, self.w - w - gap), self.h)

    def end(self, w: int, gap: int = 0) -> tuple["Rect", "Rect"]:
        """The right `w` pixels, and what is left beside a gap."""
        return Rect(self.right - w, self.y, w, self.h), Rect(self.x, self.y, max(0, self.w - w - gap), self.h)

    def columns(self, count: int, gap: int) -> tuple["Rect", ...]:
        """`count` columns of equal width."""
        edges = [self.x + round(i * (self.w + gap) / count) for i in range(count + 1)]
        return tuple(Rect(a, self.y, b - a - gap, self.h) for a, b in zip(edges, edges[1:], strict=False))

    def rows(self, count: int, gap: int) -> tuple["Rect", ...]:
        """`count` rows of equal height."""
        edges = [self.y + round(i * (self.h + gap) / count) for i in range(count + 1)]
        return tuple(Rect(self.x, a, self.w, b - a - gap) for a, b in zip(edges, edges[1:], strict=False))

    def middle(self, w: int, h: int) -> "Rect":
        """A rectangle of that size around the same middle."""
        return Rect(self.x + (self.w - w) // 2, self.y + (self.h - h) // 2, w, h)

    def square(self) -> "Rect":
        """The largest square around the same middle."""
        side = min(self.w, self.h)
        return self.middle(side, side)

    def holds(self, x: float, y: float) -> bool:
        """Whether that point lies inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def contains(self, other: "Rect") -> bool:
        """Whether `other` lies wholly inside."""
        within = self.x <= other.x and other.right <= self.right
        return within and self.y <= other.y and other.bottom <= self.bottom

    def meets(self, other: "Rect") -> bool:
        """Whether the two share a pixel."""
        apart = self.right <= other.x or other.right <= self.x or self.bottom <= other.y or other.bottom <= self.y
        return not apart


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole screen and its scale: sizes are written for a shorter side of 480 and grow with the real one."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1:
            raise ValueError("a sheet needs at least one pixel each way")

    @property
    def rect(self) -> Rect:
        """All of it."""
        return Rect(0, 0, self.width, self.height)

    @property
    def is_portrait(self) -> bool:
        """True when higher than wide."""
        return self.height > self.width

    def px(self, design: float) -> int:
        """Pixels of this sheet for a length on the 480 design."""
        return round(design * min(self.width, self.height) / DESIGN_PX)

    @property
    def page(self) -> Rect:
        """What pages lay out in: the sheet without its margin."""
        return self.rect.inset(self.px(20), self.px(18))
