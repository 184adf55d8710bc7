"""The camera's picture on the screen: cut to the shape of its place, mirrored, with the face marked."""

from dataclasses import dataclass

import cv2
import numpy as np
import pygame

from kiosk.domain.sight import Box, Floats, Frame, Image
from kiosk.screens.layout import Rect
from kiosk.screens.theme import Colour
from kiosk.screens.widgets import Preview

ROOM_AROUND_FACE = 0.18


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of a picture that fills a place of another shape, in fractions of the picture."""

    x: float
    y: float
    w: float
    h: float


def crop_for(picture: tuple[int, int], place: tuple[int, int]) -> Crop:
    """The middle of a (width, height) picture with the shape of the place; nothing is distorted."""
    share = (place[0] / place[1]) / (picture[0] / picture[1])
    w, h = min(1.0, share), min(1.0, 1 / share)
    return Crop((1 - w) / 2, (1 - h) / 2, w, h)


def outline_in(box: Box, crop: Crop, place: Rect) -> Rect:
    """Where a face's box of the unmirrored frame lies in the mirrored picture, with a little room around it."""
    room = ROOM_AROUND_FACE
    left = 1 - (box.x + box.w * (1 + room) - crop.x) / crop.w
    top = (box.y - box.h * room - crop.y) / crop.h
    w, h = box.w * (1 + 2 * room) / crop.w, box.h * (1 + 2 * room) / crop.h
    return Rect(place.x + round(left * place.w), place.y + round(top * place.h), round(w * place.w), round(h * place.h))


def picture_of(frame: Frame, preview: Preview) -> pygame.Surface:
    """The frame as it goes into the preview's place."""
    place = Rect(0, 0, preview.rect.w, preview.rect.h)
    height, width = frame.main.shape[:2]
    crop = crop_for((width, height), (place.w, place.h))
    x, y = int(crop.x * width), int(crop.y * height)
    part = frame.main[y : y + max(1, int(crop.h * height)), x : x + max(1, int(crop.w * width))]
    fitted = cv2.resize(part, (place.w, place.h), interpolation=cv2.INTER_LINEAR)
    shown: Image = cv2.flip(fitted, 1)  # type: ignore[assignment]
    if preview.outline is not None:
        _bracket(shown, outline_in(preview.outline, crop, place), preview.colour)
    return pygame.image.frombuffer(shown.data, (place.w, place.h), "RGB")


def _bracket(shown: Image, rect: Rect, colour: Colour) -> None:
    """Four rounded corners around the face, on a darker shadow so that they show on every skin and wall."""
    side = max(1, min(rect.w, rect.h))
    width = max(2, min(shown.shape[:2]) // 90)
    for stroke, tint in ((width + 2, (10, 20, 30)), (width, colour)):
        for x, across in ((rect.x, 1), (rect.right, -1)):
            for y, down in ((rect.y, 1), (rect.bottom, -1)):
                points = np.array([x, y]) + _corner(side) * [across, down]
                cv2.polylines(shown, [points.round().astype(np.int32)[:, None]], False, tint, stroke, cv2.LINE_AA)


def _corner(side: int) -> Floats:
    """The stroke (n, 2) of an upper left corner at the origin: an arm, a quarter circle, an arm."""
    radius, arm = side * 0.14, side * 0.24
    angles = np.radians(np.linspace(180, 270, 9))
    arc = radius + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.vstack([[0, arm], arc, [arm, 0]]).astype(np.float32)
