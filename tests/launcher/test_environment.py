"""The virtual environment: made once, filled from the lock, mended when it is not what the lock says."""

import base64
import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from launcher.environment import ensure_environment, interpreter, missing_module, why_install_failed
from prepaid.errors.launch import DiskFull, FileMissing, InstallFailed, PackagesUnreachable
from tests.launcher.site import silent_console


def wheel(folder: Path, version: str) -> None:
    """A package of one module, as small as a wheel can be."""
    folder.mkdir(exist_ok=True)
    files = {
        "lamp.py": f'"""A package for a test."""\nVERSION = "{version}"\n',
        f"lamp-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: lamp\nVersion: {version}\n",
        f"lamp-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for name, text in files.items()
    )
    with zipfile.ZipFile(folder / f"lamp-{version}-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"lamp-{version}.dist-info/RECORD", record + f"lamp-{version}.dist-info/RECORD,,\n")


def lock_for(root: Path, version: str) -> None:
    (root / "requirements.txt").write_text(f"--no-index\n--find-links wheels\nlamp=={version}\n")


def copied(ready: Path, folder: Path) -> Path:
    return Path(shutil.copytree(ready, folder / "copy", symlinks=True))


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment and its lock, to be copied."""
    root = tmp_path_factory.mktemp("ready")
    wheel(root / "wheels", "1.0")
    wheel(root / "wheels", "2.0")
    lock_for(root, "1.0")
    ensure_environment(root, silent_console()[0])
    return root


def test_it_holds_what_the_lock_says(ready: Path) -> None:
    assert interpreter(ready / ".venv").exists()
    assert len(list((ready / ".venv").rglob("lamp-1.0.dist-info"))) == 1


def test_a_second_start_does_nothing(ready: Path, tmp_path: Path) -> None:
    console, written = silent_console()
    root = copied(ready, tmp_path)
    (root / "logs" / "install.log").unlink()

    python = ensure_environment(root, console)

    assert python == interpreter(root / ".venv")
    assert written.getvalue() == ""
    assert not (root / "logs" / "install.log").exists()


def test_another_lock_is_installed_into_the_same_environment(ready: Path, tmp_path: Path) -> None:
    console, written = silent_console()
    root = copied(ready, tmp_path)
    lock_for(root, "2.0")

    ensure_environment(root, console)

    assert [path.name for path in (root / ".venv").rglob("lamp-*.dist-info")] == ["lamp-2.0.dist-info"]
    assert "making" not in written.getvalue()


def test_an_installation_that_was_interrupted_is_finished(ready: Path, tmp_path: Path) -> None:
    console, written = silent_console()
    root = copied(ready, tmp_path)
    (stamp,) = (root / ".venv").glob("installed-*")
    stamp.unlink()

    ensure_environment(root, console)

    assert stamp.exists()
    assert "installed from requirements.txt" in written.getvalue()


@pytest.mark.slow
def test_an_environment_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    console, written = silent_console()
    wheel(tmp_path / "wheels", "1.0")
    lock_for(tmp_path, "1.0")
    broken = tmp_path / ".venv"
    shutil.copytree(tmp_path / "wheels", interpreter(broken).parent)
    interpreter(broken).symlink_to(tmp_path / "gone")

    python = ensure_environment(tmp_path, console)

    assert python.exists()
    assert "making" in written.getvalue()


def test_a_package_index_out_of_reach_gives_a_sentence_and_leaves_no_stamp(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, _written = silent_console()
    root = copied(ready, tmp_path)
    (stamp,) = (root / ".venv").glob("installed-*")
    stamp.unlink()
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    (root / "requirements.txt").write_text("--index-url http://127.0.0.1:1/simple\nlantern==1.0\n")

    with pytest.raises(PackagesUnreachable, match=r"Connection refused\. Check the network"):
        ensure_environment(root, console)

    assert not stamp.exists()


def test_a_copy_without_its_lock_is_named(tmp_path: Path) -> None:
    console, _written = silent_console()

    with pytest.raises(FileMissing, match=r"requirements\.txt"):
        ensure_environment(tmp_path, console)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (
            "WARNING: Retrying ... Temporary failure in name resolution\nERROR: No matching distribution",
            PackagesUnreachable,
        ),
        ("WARNING: ... NewConnectionError: [WinError 10061]\nERROR: nothing found", PackagesUnreachable),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", DiskFull),
        ("ERROR: There is not enough space on the disk", DiskFull),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", InstallFailed),
        ("", InstallFailed),
    ],
)
def test_what_pip_says_becomes_a_sentence(said: str, error: type[Exception], tmp_path: Path) -> None:
    found = why_install_failed(said, tmp_path, tmp_path / "install.log")

    assert type(found) is error
    assert str(found).count("start again") == 1


def test_the_module_that_debian_packs_apart_is_named() -> None:
    assert missing_module(("json", "no_such_module_here")) == "no_such_module_here"
    assert missing_module(("json",)) is None


def test_windows_keeps_its_python_elsewhere() -> None:
    assert interpreter(Path("x"), windows=True) == Path("x/Scripts/python.exe")
    assert interpreter(Path("x"), windows=False) == Path("x/bin/python")
