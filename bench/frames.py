"""A simulated door camera: seeded 720p frames of passes held up badly. Ratios between engines count, not the recall."""

import math
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Picture = NDArray[np.float32]  # grey levels 0..255
Random = np.random.Generator

WIDTH, HEIGHT = 1280, 720
BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `text` is what is on it, "" for a scene without a code."""

    category: str
    text: str
    pixels: NDArray[np.uint8]  # BGR


@dataclass(frozen=True, slots=True)
class Scene:
    """How a code is held: degrees, and its width as a part of the frame's height."""

    tilt: float = 0.0
    turn: float = 0.0
    width: float = 0.6
    inverted: bool = False
    dark: float = 20.0  # grey level of ink
    light: float = 235.0  # and of paper


Effect = Callable[[Picture, Random], Picture]


def payload(random: Random) -> str:
    """A text like those of real passes: mostly base45 with HC1, some base64url, some digits."""
    kind = random.random()
    if kind < 0.75:
        return "HC1:" + _letters(random, BASE45, int(random.integers(300, 700)))
    if kind < 0.9:
        return _letters(random, string.ascii_letters + string.digits + "-_", int(random.integers(80, 300)))
    return "shc:/" + _letters(random, string.digits, int(random.integers(600, 1200)))


def _letters(random: Random, alphabet: str, count: int) -> str:
    return "".join(alphabet[number] for number in random.integers(0, len(alphabet), count))


def symbol(text: str, random: Random) -> Picture:
    """The code, ten pixels a module with its quiet zone: 1 for ink, 0 for paper."""
    code = segno.make_qr(text, error=str(random.choice(["m", "q"])), boost_error=False)
    modules = np.array([list(row) for row in code.matrix_iter(border=4)], np.float32)
    return np.kron(modules, np.ones((10, 10), np.float32))


def background(random: Random) -> Picture:
    """A cluttered room: soft light, boxes, lines and lettering."""
    coarse = random.uniform(60, 200, (5, 8)).astype(np.float32)
    room = np.clip(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)
    for _ in range(int(random.integers(8, 30))):
        corner = _point(random)
        other = (corner[0] + int(random.integers(10, 300)), corner[1] + int(random.integers(10, 200)))
        cv2.rectangle(room, corner, other, float(random.uniform(0, 255)), int(random.choice([-1, 1, 2, 4])))
    for _ in range(int(random.integers(4, 16))):
        words = _letters(random, string.ascii_letters + " ", int(random.integers(4, 25)))
        size = float(random.uniform(0.4, 1.6))
        cv2.putText(room, words, _point(random), cv2.FONT_HERSHEY_SIMPLEX, size, float(random.uniform(0, 255)), 2)
    return room.astype(np.float32)


def _point(random: Random) -> tuple[int, int]:
    return int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))


def photographed(code: Picture, room: Picture, scene: Scene, random: Random) -> Picture:
    """`code` on its paper, seen by a pinhole camera in front of `room`."""
    ink = np.float32(scene.light) + code * np.float32(scene.dark - scene.light)
    if scene.inverted:
        ink = 255 - ink
    side = round(2 * scene.width * HEIGHT)  # everything twice as large first: a sensor's pixel is an area, not a point
    ink = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    turn = np.diag([2.0, 2.0, 1.0]) @ _pinhole(side, scene, random)
    seen, mask = (
        cv2.resize(
            cv2.warpPerspective(layer, turn, (2 * WIDTH, 2 * HEIGHT)), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA
        )
        for layer in (ink, np.ones_like(ink))
    )
    return (room * (1 - mask) + seen).astype(np.float32)


def _pinhole(side: int, scene: Scene, random: Random) -> NDArray[np.float64]:
    """The homography from the code's own pixels to the frame's."""
    size = scene.width * HEIGHT
    flat = np.array([(-0.5, -0.5, 0), (0.5, -0.5, 0), (0.5, 0.5, 0), (-0.5, 0.5, 0)]) * size
    axis = random.uniform(0, math.tau)
    tilt = _rotation(np.array([math.cos(axis), math.sin(axis), 0.0]), math.radians(scene.tilt))
    turned = flat @ _rotation(np.array([0.0, 0.0, 1.0]), math.radians(scene.turn)).T @ tilt.T
    distance = 1.2 * WIDTH
    flattened = turned[:, :2] * (distance / (distance + turned[:, 2:]))
    room = np.maximum(0, np.array([WIDTH, HEIGHT]) / 2 - np.abs(flattened).max(axis=0) - 4)
    middle = np.array([WIDTH, HEIGHT]) / 2 + random.uniform(-1, 1, 2) * room
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    return cv2.getPerspectiveTransform(corners, (flattened + middle).astype(np.float32)).astype(np.float64)


def _rotation(axis: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    return np.asarray(cv2.Rodrigues(axis * angle)[0], np.float64)


def motion(picture: Picture, random: Random) -> Picture:
    """The hand moves during the exposure: a line of up to 7 pixels."""
    length = float(random.uniform(2.5, 7))
    angle = float(random.uniform(0, math.pi))
    kernel = np.zeros((15, 15), np.float32)
    away = np.array([math.cos(angle), math.sin(angle)]) * length / 2
    start, end = (7 - away) * 16, (7 + away) * 16
    cv2.line(kernel, tuple(int(v) for v in start), tuple(int(v) for v in end), 1.0, 1, cv2.LINE_AA, 4)
    return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.float32)


def defocus(picture: Picture, random: Random) -> Picture:
    """The lens has not found the paper: a disc of up to 3 pixels' radius."""
    radius = float(random.uniform(1.5, 3.2))
    y, x = np.mgrid[-5:6, -5:6]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.float32)


def low_light(picture: Picture, random: Random) -> Picture:
    """Few photons and a high gain, smoothed a little by the camera."""
    photons = float(random.uniform(6, 32))
    counted = random.poisson(np.clip(picture, 0, 255) / 255 * photons).astype(np.float32)
    level = float(random.uniform(70, 160))
    noisy = counted / photons * level + random.normal(0, 5, picture.shape).astype(np.float32)
    return cv2.GaussianBlur(noisy, (3, 3), 0.6).astype(np.float32)


def glare(picture: Picture, random: Random) -> Picture:
    """A lamp in the screen's glass."""
    x, y = float(random.uniform(350, 930)), float(random.uniform(180, 540))
    spread = float(random.uniform(40, 140))
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return (picture + spot * float(random.uniform(120, 320))).astype(np.float32)


def moire(picture: Picture, random: Random) -> Picture:
    """The grid of a display beats with the grid of the sensor."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    waves = np.zeros_like(picture)
    for _ in range(2):
        angle, period = random.uniform(0, math.pi), random.uniform(3, 14)
        waves += np.sin((columns * math.cos(angle) + rows * math.sin(angle)) * math.tau / period)
    return (picture * (1 + float(random.uniform(0.1, 0.3)) * waves)).astype(np.float32)


def _straight(random: Random) -> Scene:
    return Scene(tilt=random.uniform(0, 8), turn=random.uniform(-10, 10), width=random.uniform(0.45, 0.8))


def _tilted(random: Random) -> Scene:
    return Scene(tilt=random.uniform(15, 50), turn=random.uniform(-20, 20), width=random.uniform(0.55, 0.85))


def _steep(random: Random) -> Scene:
    return Scene(tilt=random.uniform(55, 70), turn=random.uniform(-20, 20), width=random.uniform(0.8, 0.95))


def _turned(random: Random) -> Scene:
    return Scene(tilt=random.uniform(0, 8), turn=random.uniform(0, 360), width=random.uniform(0.45, 0.65))


def _inverted(random: Random) -> Scene:
    return Scene(turn=random.uniform(-15, 15), width=random.uniform(0.45, 0.8), inverted=True)


def _pale(random: Random) -> Scene:
    dark = random.uniform(60, 150)
    return Scene(turn=random.uniform(-10, 10), width=0.65, dark=dark, light=dark + random.uniform(14, 45))


def _small(random: Random) -> Scene:
    return Scene(turn=random.uniform(-10, 10), width=random.uniform(0.22, 0.34))


def _any(random: Random) -> Scene:
    return Scene(random.uniform(0, 45), random.uniform(0, 360), random.uniform(0.3, 0.75), bool(random.random() < 0.2))


def mixed(picture: Picture, random: Random) -> Picture:
    """Two or three troubles at once."""
    chosen = random.choice(len(_EFFECTS), size=int(random.integers(2, 4)), replace=False)
    for number in sorted(chosen):
        picture = _EFFECTS[number](picture, random)
    return picture


def clear(picture: Picture, random: Random) -> Picture:
    """No trouble."""
    return picture


_EFFECTS: tuple[Effect, ...] = (glare, moire, motion, defocus, low_light)
CATEGORIES: dict[str, tuple[Callable[[Random], Scene], Effect]] = {
    "clean": (_straight, clear),
    "tilt": (_tilted, clear),
    "steep": (_steep, clear),
    "rotation": (_turned, clear),
    "motion": (_straight, motion),
    "defocus": (_straight, defocus),
    "low light": (_straight, low_light),
    "glare": (_straight, glare),
    "moire": (_straight, moire),
    "inverted": (_inverted, clear),
    "low contrast": (_pale, clear),
    "small": (_small, clear),
    "mixed": (_any, mixed),
}
EMPTY = "no code"


def frames(per_category: int, seed: int = 1) -> Iterator[Frame]:
    """`per_category` frames of every category and as many without a code; the same for the same seed."""
    for number, category in enumerate((*CATEGORIES, EMPTY)):
        for index in range(per_category):
            yield frame(category, np.random.default_rng((seed, number, index)))


def frame(category: str, random: Random) -> Frame:
    """One frame of `category` as `random` has it."""
    room = background(random)
    text = ""
    effect: Effect = clear
    if category != EMPTY:
        text = payload(random)
        scene, effect = CATEGORIES[category]
        room = photographed(symbol(text, random), room, scene(random), random)
    return Frame(category, text, _developed(effect(room, random), random))


def _developed(picture: Picture, random: Random) -> NDArray[np.uint8]:
    """What a cheap camera makes of it: grain, a little sharpening, JPEG."""
    grain = picture + random.normal(0, 2, picture.shape).astype(np.float32)
    sharp = np.clip(1.5 * grain - 0.5 * cv2.GaussianBlur(grain, (0, 0), 1.2), 0, 255).astype(np.uint8)
    quality = int(random.integers(60, 92))
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(sharp, cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
