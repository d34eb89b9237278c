"""bench/: a tiny measurement through to JSON, tables and plot; what the tables are made of; the documents' own figures."""
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
DOCUMENTS = ["README.md", "docs/performance.md", "docs/performance.json"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tool():
    """The tool's modules."""
    sys.path.insert(0, str(BENCH))
    try:
        import chart, measure, page, results, workloads
        yield {"chart": chart, "measure": measure, "page": page, "results": results, "workloads": workloads}
    finally:
        sys.path.remove(str(BENCH))


@pytest.fixture(scope="module")
def load():
    """The load, in a build that takes seconds."""
    target = ROOT / "target" / "bench"
    done = subprocess.run(["cargo", "build", "--quiet", "--locked", "--no-default-features"], cwd=BENCH / "load",
                          env=dict(os.environ, CARGO_TARGET_DIR=str(target)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target / "debug" / "load"


@pytest.fixture(scope="module")
def measured(stage, load, tmp_path_factory):
    """What bench/run says and writes of two cases."""
    if stage.name != "ours":
        pytest.skip("bench/run compares ours with the system's")
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("bench/run wants two cores")
    out = tmp_path_factory.mktemp("bench")
    done = subprocess.run([BENCH / "run", "--only", "echo64-alone,broadcast", "--pairs", "2", "--seconds", "0.2", "--warmup", "0.1",
                           "--trace-seconds", "0.1"], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, LWS_STAGE=str(stage.prefix), BENCH_LOAD=str(load), BENCH_OUT=str(out)))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, out / "results.json"


def contenders_of(path):
    return {result["case"]: result["contenders"] for result in json.loads(path.read_text())["results"]}


def test_every_contender_is_measured(measured):
    text, path = measured
    found = contenders_of(path)
    assert list(found) == ["echo64-alone", "broadcast"]
    for case, lines in found.items():
        assert {"ours", "floor"} <= set(lines), text
        for name, line in lines.items():
            assert line["runs"] == 2 and line["errors"] == [], f"{case} {name}: {line}"
            assert 0 < line["figure"] < 10_000 and line["messages_per_s"] > 1, f"{case} {name}: {line}"
            assert 0 < line["p50_us"] <= line["p99_us"] <= line["p999_us"], f"{case} {name}: {line}"
            assert name in text
    ratios = found["echo64-alone"]["ours"]["ratios"]
    assert ratios["floor"] == pytest.approx(1 / found["echo64-alone"]["floor"]["ratios"]["ours"], rel=0.5)


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_system_calls_are_counted(measured):
    for line in contenders_of(measured[1])["echo64-alone"].values():
        if "error" in line["syscalls"]:
            pytest.skip(line["syscalls"]["error"])
    calls = contenders_of(measured[1])["echo64-alone"]["floor"]["syscalls"]
    assert calls["total"] == pytest.approx(3, abs=0.3), "wait, read and send are all that a bare loop does for an echo"
    assert calls["read"] == pytest.approx(1, abs=0.1) and calls["sendto"] == pytest.approx(1, abs=0.1)


def test_figures_reach_tables_and_plot(measured, tmp_path):
    if "system" not in contenders_of(measured[1])["broadcast"]:
        pytest.skip("no libwebsockets17 to compare with")
    (tmp_path / "docs").mkdir()
    for name in DOCUMENTS:
        shutil.copy(ROOT / name, tmp_path / name)
    subprocess.run([BENCH / "docs", "--root", tmp_path, "--add", measured[1]], check=True, timeout=60)
    subprocess.run([BENCH / "docs", "--root", tmp_path, "--check"], check=True, timeout=60)
    line = contenders_of(measured[1])["broadcast"]["ours"]
    figure = f"{line['figure']:.2f}" if line["figure"] < 10 else f"{line['figure']:.1f}"
    row = next(row for row in (tmp_path / "docs/performance.md").read_text().splitlines() if row.startswith("| broadcast to 1,000 |"))
    assert row.split("|")[2].strip() == figure
    svg = ElementTree.parse(tmp_path / "docs/performance.svg").getroot()
    assert "broadcast to 1,000" in [text.text for text in svg.iter(f"{SVG}text")]
    kept = json.loads((tmp_path / "docs/performance.json").read_text())["results"]
    assert "rounds" not in kept[0] and len(kept) == len(json.loads((ROOT / "docs/performance.json").read_text())["results"])


def test_a_document_that_is_stale_is_named(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in [*DOCUMENTS, "docs/performance.svg"]:
        shutil.copy(ROOT / name, tmp_path / name)
    page = tmp_path / "docs/performance.md"
    page.write_text(page.read_text().replace("| echo 64 B", "| Echo 64 B", 1))
    done = subprocess.run([BENCH / "docs", "--root", tmp_path, "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "performance.md" in done.stderr and "README.md" not in done.stderr, done.stderr


def test_the_documents_are_what_the_json_gives():
    done = subprocess.run([BENCH / "docs", "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{done.stderr} (bench/docs writes them)"


def result(case, **figures):
    """A result in which each contender has the figure that is given."""
    lines = {name: {"figure": figure, "errors": [], "ratios": {other: figure / theirs for other, theirs in figures.items() if other != name}}
             for name, figure in figures.items()}
    return {"case": case, "machine": "m", "date": "d", "pairs": 5, "seconds": 1, "contenders": lines}


def test_what_is_reached_and_what_is_not(tool):
    def verdict(case, **figures):
        return {what: reached for what, reached, _, _ in tool["results"].verdicts(result(case, **figures))}
    assert verdict("echo64", ours=1, system=12, floor=0.5) == {"less": True, "floor": False}
    assert verdict("echo64", ours=1, system=10, floor=0.9) == {"less": False, "floor": True}
    assert verdict("memory", ours=600, system=5281, floor=200) == {"less": True, "bytes": True}
    assert verdict("memory", ours=601, system=4000) == {"less": False, "bytes": False}
    assert verdict("deflate1k", ours=10) == {}
    text = tool["page"].costs([result("echo64", ours=1, system=12, floor=0.5)])
    assert text.splitlines()[-1].endswith("| 1.00 | 12.0 | 0.50 | 12.0 ✓ (11) | 2.00 ✗ (1.3) |")


def test_a_case_that_is_measured_again_replaces_only_itself(tool, tmp_path):
    path = tmp_path / "results.json"
    tool["results"].write(path, [result("broadcast", ours=1), result("echo64", ours=2)])
    tool["results"].write(path, [result("broadcast", ours=3)])
    assert {case: lines["ours"]["figure"] for case, lines in contenders_of(path).items()} == {"echo64": 2, "broadcast": 3}


def test_the_plot_shows_slower_ones_left_of_the_line(tool):
    there = {"echo64": result("echo64", ours=1, system=10, floor=0.5), "broadcast": result("broadcast", ours=4, system=2, floor=2)}
    svg = ElementTree.fromstring(tool["chart"].draw(there))
    faster, slower = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") in ("ours", "slower")][1:]
    line = next(float(line.get("x1")) for line in svg.iter(f"{SVG}line") if line.get("class") == "base")
    assert faster.get("class") == "ours" and float(faster.get("x")) == line
    assert slower.get("class") == "slower" and float(slower.get("x")) + float(slower.get("width")) == pytest.approx(line, abs=0.2)
    assert len([path for path in svg.iter(f"{SVG}path") if path.get("class") == "floor"]) == 3, "one in the legend, two marks"


def test_a_busy_machine_is_told_of(tool):
    def source(*waiting):
        return tool["page"].source([result("echo64", ours=1) | {"waiting": share} for share in waiting])
    assert "6% of the time: nothing else ran" in source(0.06, 0.02, 0.9)
    assert "70% of the time: the machine was busy" in source(0.7)
    assert source(None) == "m; d; medians of 5 pairs, 1 s each.\n"
    share = tool["results"].Crowd().share()
    assert share is None or 0 <= share <= 1


def test_straces_table_is_read(tool):
    report = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 66.67    0.000020           1        12         2 recvfrom
 33.33    0.000010           1         6           sendto
------ ----------- ----------- --------- --------- ----------------
100.00    0.000030           1        18         2 total
"""
    assert tool["measure"].counts(report) == {"recvfrom": 12, "sendto": 6}


def test_every_row_to_be_reached_is_a_case(tool):
    targets, table = tool["workloads"].targets(), tool["workloads"].TABLE
    assert set(targets) <= set(table) and len(targets) == 19
    assert set(tool["workloads"].README) <= set(tool["workloads"].CASES)
