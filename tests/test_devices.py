"""What a machine says of its own devices: cameras and lamps, whatever a driver writes into its files."""

from pathlib import Path

import pytest

from checkpoint.readers.devices import MOST_NAME, Device, Torch, cameras


def node(sysfs: Path, called: str, /, **files: bytes) -> None:
    (sysfs / called).mkdir(parents=True)
    for file, content in files.items():
        (sysfs / called / file).write_bytes(content)


def test_a_machine_without_video_has_no_cameras(tmp_path: Path) -> None:
    assert cameras(tmp_path / "absent") == []
    assert cameras(tmp_path) == []


def test_cameras_come_in_the_order_of_their_numbers_not_of_their_letters(tmp_path: Path) -> None:
    for number in (10, 2, 0):
        node(tmp_path, f"video{number}", name=b"Camera\n", index=b"0\n")
    assert [one.path for one in cameras(tmp_path)] == ["/dev/video0", "/dev/video2", "/dev/video10"]


@pytest.mark.parametrize(("index", "there"), [(b"0\n", True), (b"", True), (b"1\n", False), (b"2", False)])
def test_only_the_first_node_of_a_camera_gives_pictures(tmp_path: Path, index: bytes, there: bool) -> None:
    node(tmp_path, "video0", name=b"Camera", index=index)
    assert bool(cameras(tmp_path)) is there


@pytest.mark.parametrize("name", ["videoX", "video", "video-1", "video0x"])
def test_what_only_looks_like_a_camera_is_passed_over(tmp_path: Path, name: str) -> None:
    node(tmp_path, name, name=b"Camera", index=b"0")
    assert cameras(tmp_path) == []


@pytest.mark.parametrize(
    ("stated", "name"), [(b"  HD Cam \n", "HD Cam"), (b"\xff\xfe", "\ufffd\ufffd"), (b"x" * 5000, "x" * MOST_NAME)]
)
def test_a_name_is_read_as_far_as_a_name_goes(tmp_path: Path, stated: bytes, name: str) -> None:
    node(tmp_path, "video0", name=stated, index=b"0")
    assert cameras(tmp_path) == [Device("/dev/video0", name)]


def test_a_driver_that_says_nothing_still_has_a_camera(tmp_path: Path) -> None:
    node(tmp_path, "video3")
    assert cameras(tmp_path) == [Device("/dev/video3", "")]


@pytest.mark.parametrize(("most", "level"), [(b"255\n", "255"), (b"", "1")])
def test_a_lamp_is_lit_as_bright_as_it_goes_and_put_out_whatever_it_was(
    tmp_path: Path, most: bytes, level: str
) -> None:
    node(tmp_path, "white:torch", brightness=b"0", max_brightness=most)
    node(tmp_path, "white:flash", brightness=b"0", max_brightness=most)
    node(tmp_path, "input0::capslock", brightness=b"0", max_brightness=b"1")
    torch = Torch(tmp_path)
    assert (torch.there, torch.on) == (True, False)
    assert torch.switch(True)
    assert torch.on
    lit = [(tmp_path / f"white:{one}" / "brightness").read_text() for one in ("torch", "flash")]
    assert lit == [level, level]
    assert (tmp_path / "input0::capslock" / "brightness").read_text() == "0"
    assert torch.switch(False)
    assert not torch.on
    assert (tmp_path / "white:torch" / "brightness").read_text() == "0"


def test_without_a_lamp_nothing_is_ever_on(tmp_path: Path) -> None:
    node(tmp_path, "broken:torch")  # no brightness: nothing can be switched
    torch = Torch(tmp_path)
    assert not torch.there
    assert not torch.switch(True)
    assert not torch.on


def test_a_lamp_that_may_not_be_switched_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node(tmp_path, "white:torch", brightness=b"0")
    torch = Torch(tmp_path)

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", denied)
    assert not torch.switch(True)
    assert not torch.on
