"""docs/migrating.md is true: its worked example applies to c-examples/wrong-thread and mends it, and the assertion that it
shows is the one that comes."""
import re
import signal
import subprocess

import pytest
from conftest import ROOT

DOCUMENT = (ROOT / "docs" / "migrating.md").read_text()
EXAMPLE = ROOT / "c-examples" / "wrong-thread" / "wrong-thread.c"


@pytest.fixture
def mended(stage, tmp_path):
    """The example with the document's difference applied."""
    (tmp_path / "wrong-thread.c").write_text(EXAMPLE.read_text())
    (tmp_path / "mend.diff").write_text(re.search(r"```diff\n(.*?)```", DOCUMENT, re.S)[1])
    done = subprocess.run(["git", "apply", "--whitespace=nowarn", "mend.diff"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "wrong-thread.c").read_text() != EXAMPLE.read_text()
    return stage.compile("wrong-thread-mended", [tmp_path / "wrong-thread.c"])


def test_the_mended_example_is_right(run, mended):
    """Under the default policy, and on the original."""
    program = run([mended, "write"])
    assert program.wait(30) == 0, program.output
    assert program.lines[-2:] == ["wrong-thread: 21 bytes are in the queue",
                                  'wrong-thread: WRITEABLE came 1 times, the peer got "from the right thread"']
    assert "called on wsi" not in program.output


@pytest.mark.ours_only(reason="does not look at the caller's thread")
def test_the_assertion_is_the_one_that_the_document_shows(stage, run):
    program = run([stage.example("wrong-thread"), "write"])
    assert program.wait(30) == -signal.SIGABRT
    shown = re.search(r"## Reading a thread assertion\n\n((?:    .*\n)+)", DOCUMENT)[1]
    said = [line for line in program.lines if line.startswith("libwebsockets: ")]
    anonymous = [re.sub(r"\s+", " ", re.sub(r"\b(thread) \d+", r"\1 N", text)).strip() for text in ("\n".join(said), shown)]
    assert anonymous[0] == anonymous[1]
