"""Nobody there: a picture in which nothing moves is looked at less often, so that a station can idle for days."""

from numpy.typing import NDArray

from checkpoint.readers.opencv import Grey, cv2, np

TILES = (64, 36)  # across and down: a tile of a 720p frame is 20 pixels wide, less than the smallest code that reads
STEP = 5  # grey levels of a tile's mean: grain moves it by a tenth, lamps on the mains by two or three
CALM_SECONDS = 3.0  # without a change: by then every stage of the decoder has had its turns
LOOKED_AT = 4  # at rest one frame in so many is looked at all the same


class Calm:
    """Watches the frames of one camera for change. Pure: the time is a parameter, in seconds of any steady clock."""

    def __init__(self) -> None:
        self._tiles: NDArray[np.int16] | None = None
        self._since = 0.0
        self._passed = 0

    def passes_over(self, grey: Grey, now: float) -> bool:
        """Whether this frame shows what those before it did, and has been shown long enough to be passed over."""
        if not grey.size:
            return False
        tiles = cv2.resize(grey, TILES, interpolation=cv2.INTER_AREA).astype(np.int16)
        if self._tiles is None or np.abs(tiles - self._tiles).max() > STEP:
            self._tiles = tiles
            self.disturbed(now)
        if now - self._since < CALM_SECONDS:
            return False
        self._passed = (self._passed + 1) % LOOKED_AT
        return self._passed != 0

    def disturbed(self, now: float) -> None:
        """Something was seen at `now`: look at every frame again."""
        self._since, self._passed = now, 0
