"""The model store: what was sealed is what is opened, or nothing is."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.common.artifacts import MANIFEST, METADATA, ArtifactError, library_versions, open_artifact, save_artifact
from models.common.store import check_store, is_remote, remove_artifact, shown_store, stored_folders
from nightcast.errors import InputError, SettingsError, UnavailableError

Damage = Callable[[Path], object]


def write_model(folder: Path) -> None:
    (folder / "model.bin").write_bytes(bytes(range(256)) * 9)
    (folder / "nested").mkdir()
    (folder / "nested" / "scaling.json").write_text('{"mean": 1}', encoding="utf-8")


def write_other(folder: Path) -> None:
    (folder / "other.bin").write_bytes(b"x")


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store on disk, or one that is reached over fsspec."""
    return str(tmp_path / "deep" / "store") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "store")


def test_what_was_written_is_read_back(store: str) -> None:
    sha256 = save_artifact(store, "m", write_model, {"as_of": "2024-05-01", "metrics": {"wape": 0.5}})
    assert len(sha256) == 64
    with open_artifact(store, "m", sha256) as opened:
        assert (opened / "model.bin").read_bytes() == bytes(range(256)) * 9
        assert json.loads((opened / "nested" / "scaling.json").read_text()) == {"mean": 1}
        metadata = json.loads((opened / METADATA).read_text())
    assert metadata["metrics"] == {"wape": 0.5}
    assert metadata["versions"] == library_versions()


def test_the_seal_depends_on_the_bytes_alone(folder: str, tmp_path: Path) -> None:
    first = save_artifact(folder, "a", write_model, {"x": 1})
    assert save_artifact(str(tmp_path / "elsewhere"), "b", write_model, {"x": 1}) == first
    assert save_artifact(folder, "c", write_model, {"x": 2}) != first


def test_saving_a_name_again_replaces_it(store: str) -> None:
    save_artifact(store, "m", write_model, {})
    sha256 = save_artifact(store, "m", write_other, {})
    with open_artifact(store, "m", sha256) as opened:
        assert (opened / "other.bin").exists()
        assert not (opened / "model.bin").exists()


def test_a_store_of_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="nowhere://"):
        check_store("nowhere://user:secret@bucket/models")
    check_store("memory://models")
    check_store("models_store")


def test_artifacts_stand_side_by_side(store: str) -> None:
    first = save_artifact(store, "a", write_model, {"x": 1})
    second = save_artifact(store, "b", write_model, {"x": 2})
    for name, sha256 in (("a", first), ("b", second)):
        with open_artifact(store, name, sha256) as opened:
            assert (opened / "model.bin").exists()
    with pytest.raises(ArtifactError), open_artifact(store, "a", second):
        pass


def test_writing_again_replaces_the_whole(folder: str) -> None:
    save_artifact(folder, "m", write_model, {})
    sha256 = save_artifact(folder, "m", write_other, {})
    with open_artifact(folder, "m", sha256) as opened:
        assert sorted(path.name for path in opened.iterdir()) == [MANIFEST, METADATA, "other.bin"]


def test_only_whole_artifacts_are_in_the_store(folder: str) -> None:
    def fail(target: Path) -> None:
        write_model(target)
        raise ZeroDivisionError

    sha256 = save_artifact(folder, "m", write_model, {})
    with pytest.raises(ZeroDivisionError):
        save_artifact(folder, "n", fail, {})
    assert os.listdir(folder) == ["m"]
    with open_artifact(folder, "m", sha256):
        pass


def test_others_may_read_what_one_user_wrote(folder: str) -> None:
    save_artifact(folder, "m", write_model, {})
    assert stat.S_IMODE((Path(folder) / "m").stat().st_mode) == 0o755


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def reseal(target: Path) -> None:
    """Somebody exchanges the model and writes a manifest that fits it."""
    other = target.parent.parent / "other"
    save_artifact(str(other), target.name, write_other, {})
    shutil.rmtree(target)
    shutil.move(str(other / target.name), target)


DAMAGES: dict[str, Damage] = {
    "a truncated file": lambda target: os.truncate(target / "model.bin", 100),
    "an empty file": lambda target: os.truncate(target / "model.bin", 0),
    "an extra byte": lambda target: append(target / "model.bin"),
    "another bit": lambda target: flip(target / "model.bin"),
    "a missing file": lambda target: (target / "model.bin").unlink(),
    "a missing nested file": lambda target: (target / "nested" / "scaling.json").unlink(),
    "a folder in place of a file": lambda target: replace_by_folder(target / "model.bin"),
    "changed metadata": lambda target: append(target / METADATA),
    "a changed manifest": lambda target: append(target / MANIFEST),
    "an empty manifest": lambda target: (target / MANIFEST).write_text("{}"),
    "no manifest": lambda target: (target / MANIFEST).unlink(),
    "an exchanged artifact": reseal,
    "no artifact": lambda target: shutil.rmtree(target),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_artifact_is_not_opened(folder: str, damage: str) -> None:
    sha256 = save_artifact(folder, "m", write_model, {})
    DAMAGES[damage](Path(folder) / "m")
    with (
        pytest.raises(ArtifactError, match="The model artifact m cannot be used") as caught,
        open_artifact(folder, "m", sha256),
    ):
        pytest.fail("it was opened")
    assert isinstance(caught.value, InputError)
    assert "--retrain always" in caught.value.remedy


def test_a_missing_remote_artifact_is_not_opened() -> None:
    with pytest.raises(ArtifactError, match="m cannot be used"), open_artifact("memory://nothing/here", "m", "0" * 64):
        pytest.fail("it was opened")


def test_a_damaged_remote_artifact_is_not_opened() -> None:
    import fsspec

    store = f"memory://{uuid.uuid4().hex}"
    sha256 = save_artifact(store, "m", write_model, {})
    filesystem = fsspec.filesystem("memory")
    (path,) = filesystem.glob(f"{store.removeprefix('memory:/')}/m/model.bin")
    filesystem.pipe_file(path, b"other")
    with pytest.raises(ArtifactError), open_artifact(store, "m", sha256):
        pytest.fail("it was opened")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_store_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(UnavailableError, match="cannot be written to"):
        save_artifact(str(tmp_path), "m", write_model, {})


def test_a_store_that_is_no_folder_is_worth_another_try(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for store in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UnavailableError, match="cannot be written to") as caught:
            save_artifact(str(store), "m", write_model, {})
        assert caught.value.exit_code == 3
        assert "[model] store" in caught.value.remedy


def test_a_failed_copy_leaves_nothing_in_the_store(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("models.common.store._sync", fail)
    with pytest.raises(UnavailableError, match="No space left on device"):
        save_artifact(folder, "m", write_model, {})
    assert os.listdir(folder) == []


def test_a_url_is_remote_and_a_folder_is_not() -> None:
    assert is_remote("s3://bucket/models")
    assert is_remote("memory://x")
    assert not is_remote("models_store")
    assert not is_remote("C:\\models")


def test_the_store_lists_its_folders_and_lets_them_go(store: str) -> None:
    assert stored_folders(store) == []
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)
    for name in ("b", "a"):
        save_artifact(store, name, write_model, {})
    folders = stored_folders(store)
    assert [folder.name for folder in folders] == ["a", "b"]
    assert all(folder.changed_at is not None and folder.changed_at > before for folder in folders)
    for _ in range(2):  # the second time there is nothing to remove
        remove_artifact(store, "a")
    assert [folder.name for folder in stored_folders(store)] == ["b"]


def test_a_store_that_lets_nothing_go_says_so(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", fail)
    with pytest.raises(UnavailableError, match=r"m cannot be removed .* Permission denied"):
        remove_artifact(folder, "m")


def test_a_store_is_shown_without_its_key() -> None:
    assert shown_store("s3://key:secret@bucket/models") == "s3://***@bucket/models"
    for store in ("models_store", "/data/a@b", "s3://bucket/models", "gs://bucket/a:b@c"):
        assert shown_store(store) == store


OUTSIDE = [
    "../victim",
    "../../../victim",
    "/victim",
    "a/../../victim",
    "",
    ".",
    "..",
    "*",
    "sales-*",
    "a\n",
    "a\\b",
    "~",
]


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_leads_out_of_the_store(store: str, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "deep" / "victim"
    victim.mkdir(parents=True)
    sha256 = save_artifact(store, "sales-1", write_model, {})
    with pytest.raises(InputError, match="no folder of the model store"):
        remove_artifact(store, name)
    with pytest.raises(ArtifactError, match="no folder of the model store"), open_artifact(store, name, sha256):
        pass
    with pytest.raises(InputError):
        save_artifact(store, name, write_model, {})
    assert victim.is_dir()
    assert [one.name for one in stored_folders(store)] == ["sales-1"]


def test_links_out_of_the_store_are_not_followed(folder: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    sha256 = save_artifact(str(elsewhere), "m", write_model, {})
    Path(folder).mkdir()
    (Path(folder) / "m").symlink_to(elsewhere / "m")
    with pytest.raises(ArtifactError), open_artifact(folder, "m", sha256):
        pass
    with pytest.raises(UnavailableError):
        remove_artifact(folder, "m")
    assert (elsewhere / "m" / "model.bin").exists()
    (Path(folder) / "m").unlink()
    shutil.copytree(elsewhere / "m", Path(folder) / "m")
    (Path(folder) / "m" / "model.bin").unlink()
    (Path(folder) / "m" / "model.bin").symlink_to(elsewhere / "m" / "model.bin")
    with pytest.raises(ArtifactError), open_artifact(folder, "m", sha256):
        pass


def test_a_store_may_be_a_link_and_is_made_for_its_owner_only(folder: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    sha256 = save_artifact(folder, "m", write_model, {})
    with open_artifact(str(link), "m", sha256) as opened:
        assert (opened / "model.bin").exists()
    assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


SECRET = "xyzzy"  # noqa: S105


@given(st.text("@:/?#%& '\"$\\\u00fc\u6f22[]+=", min_size=1, max_size=6))
def test_no_part_of_a_password_is_shown(marks: str) -> None:
    password = SECRET + marks + SECRET
    shown = shown_store(f"ftp://ann:{password}@host/models?sig={password}")
    assert SECRET not in shown
    assert shown.startswith("ftp://")


@pytest.mark.parametrize("password", ["xyzzy", "xy@xyzzy", "xyzzy/xyzzy", "xyzzy:1", "xyzzy?x#", "%zzxyzzy"])
def test_a_remote_store_that_refuses_is_worth_another_try_and_shows_no_password(password: str) -> None:
    store = f"ftp://ann:{password}@127.0.0.1:1/models"
    ways: list[Callable[[], object]] = [
        lambda: check_store(store),
        lambda: stored_folders(store),
        lambda: remove_artifact(store, "m"),
        lambda: save_artifact(store, "m", write_other, {}),
    ]
    for way in ways:
        with pytest.raises((SettingsError, UnavailableError)) as caught:
            way()
        assert "xyzzy" not in str(caught.value)
        if password == "xyzzy":  # noqa: S105
            assert caught.value.exit_code == 3
