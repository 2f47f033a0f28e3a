"""The limit of each test: one that hangs is named and broken off, and does not end the others."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run_tests(folder, text, limit, grace=60):
    """Runs a file of tests of its own with this limit; returns the finished pytest."""
    (folder / "pytest.ini").write_text(f"[pytest]\nlimit = {limit}\nlimit_grace = {grace}\n")
    (folder / "test_it.py").write_text(text)
    plugins = ["-p", "harness.limit", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-q", "test_it.py"], cwd=folder, env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip


def test_one_that_hangs_is_named_and_the_others_run(tmp_path):
    done = run_tests(
        tmp_path,
        """
import subprocess, threading, pytest

def wait_on_a_thread():
    threading.Event().wait()

def test_before(): pass

@pytest.mark.parametrize("way", ["hangs"])
def test_it(way):
    threading.Thread(target=wait_on_a_thread, daemon=True).start()
    subprocess.run(["sleep", "1000"])

@pytest.fixture
def fixture():
    yield
    threading.Event().wait()

def test_with_a_fixture(fixture): pass

def test_behind(): pass
""",
        limit=2,
    )
    assert done.returncode == 1, done
    assert "1 failed, 3 passed, 1 error" in done.stdout
    assert "test_it.py::test_it[hangs] (call) was not done after 2 s" in done.stderr
    assert "wait_on_a_thread" in done.stderr, "where its threads stand"
    assert "test_it.py::test_with_a_fixture (tear-down) was not done after 2 s" in done.stderr


def test_one_that_cannot_be_broken_off_ends_the_run(tmp_path):
    done = run_tests(
        tmp_path,
        """
import time

def test_stubborn():
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass
""",
        limit=1,
        grace=1,
    )
    assert done.returncode not in (0, -9), done
    assert "test_it.py::test_stubborn (call) was not done after 1 s" in done.stderr


def test_a_test_may_need_more(tmp_path):
    done = run_tests(
        tmp_path,
        """
import time, pytest

@pytest.mark.limit(100)
def test_long():
    time.sleep(1.5)
""",
        limit=1,
    )
    assert done.returncode == 0, done.stdout + done.stderr
