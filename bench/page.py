"""The figures in the documents: tables between markers in docs/performance.md and README.md, and the plot."""
import re
import statistics
from pathlib import Path

import chart
import results
from workloads import CASES, HTTP, README, TABLE

NONE = "–"


def cpu(value):
    if value is None:
        return NONE
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def size(value):
    return NONE if value is None else f"{value:,.0f} B"


def times(value):
    return NONE if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def count(value):
    return NONE if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def of(result, contender, *path):
    """What a result says of a contender, or None."""
    found = result["contenders"].get(contender, {})
    for key in path:
        found = (found or {}).get(key)
    return found


def ratio(result, other, turned=False):
    found = of(result, "ours", "ratios", other)
    return 1 / found if found and turned else found


def table(heads, lines):
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [heads, rule, *lines])


def judged(found, verdict):
    """A ratio, and where there is something to be reached, whether it is."""
    if not verdict or found is None:
        return times(found)
    _, reached, target, _ = verdict
    return f"{times(found)} {'✓' if reached else '✗'} ({target:g})"


def costs(measured):
    lines = []
    for result in measured:
        case = CASES[result["case"]]
        show = size if case.memory else cpu
        verdicts = {v[0]: v for v in results.verdicts(result)}
        ours = show(of(result, "ours", "figure"))
        if "bytes" in verdicts:
            _, reached, target, _ = verdicts["bytes"]
            ours += f" {'✓' if reached else '✗'} ({target:,.0f})"
        lines.append([case.title, ours, show(of(result, "system", "figure")), show(of(result, "floor", "figure")),
                      judged(ratio(result, "system", turned=True), verdicts.get("less")),
                      judged(ratio(result, "floor"), verdicts.get("floor"))])
    return table(["workload", "ours", "4.1.6", "bare epoll", "times less than 4.1.6", "times the floor"], lines)


def latency(result, contender):
    found = [of(result, contender, key) for key in ("p50_us", "p99_us", "p999_us")]
    return NONE if None in found else " / ".join(f"{value:,.0f}" for value in found)


def rates(measured, beside):
    lines = []
    for result in measured:
        if CASES[result["case"]].memory:
            continue
        cells = [CASES[result["case"]].title]
        for contender in ("ours", "system", beside):
            per_s, calls = of(result, contender, "messages_per_s"), of(result, contender, "syscalls", "total")
            cells += [NONE if per_s is None else f"{per_s:,.0f}", latency(result, contender), count(calls)]
        lines.append(cells)
    heads = ["workload"]
    for name in ("ours", "4.1.6", "bare epoll" if beside == "floor" else beside):
        heads += [f"{name}: each/s", "p50 / p99 / p99.9 µs", "calls"]
    return table(heads, lines)


def against_nginx(measured):
    return table(["workload", "ours", "4.1.6", "nginx", "times less than 4.1.6", "times nginx's"],
                 [[CASES[r["case"]].title, *[cpu(of(r, name, "figure")) for name in ("ours", "system", "nginx")],
                   times(ratio(r, "system", turned=True)), times(ratio(r, "nginx"))] for r in measured])


def idle_memory(measured):
    """What idle connections took beside busy ones, from the same runs."""
    found = [r for r in measured if not CASES[r["case"]].memory and of(r, "ours", "server_resident_bytes_per_idle")]
    return table(["workload", "ours", "4.1.6", "bare epoll"],
                 [[CASES[r["case"]].title, *[size(of(r, name, "server_resident_bytes_per_idle")) for name in ("ours", "system", "floor")]]
                  for r in found])


def source(measured):
    """Where, when and how much was measured."""
    def one(key):
        return ", ".join(dict.fromkeys(str(result[key]) for result in measured))
    waiting = [result["waiting"] for result in measured if result.get("waiting") is not None]
    crowd = f" Somebody waited for a CPU in {statistics.median(waiting):.0%} of the time: {state(waiting)}." if waiting else ""
    return f"{one('machine')}; {one('date')}; medians of {one('pairs')} pairs, {one('seconds')} s each.{crowd}\n"


def state(waiting):
    return "nothing else ran" if statistics.median(waiting) < 0.25 else "the machine was busy with other things as well"


def in_readme(measured):
    lines = []
    for result in measured:
        case, less = CASES[result["case"]], ratio(result, "system", turned=True)
        show = size if case.memory else cpu
        other = next((name for name in ("floor", "nginx") if of(result, name, "figure")), None)
        beside = f"{show(of(result, other, 'figure'))}, {'a bare epoll loop' if other == 'floor' else other}" if other else ""
        lines.append([case.title, show(of(result, "ours", "figure")), show(of(result, "system", "figure")), times(less), beside])
    return table(["workload", "ours", "libwebsockets 4.1.6", "times less", "beside them"], lines)


def parts(there):
    """(file, marker) -> text"""
    def some(names):
        return [there[name] for name in names if name in there]
    rows, http = some(TABLE), some(HTTP)
    found = {("docs/performance.md", "source"): source(rows + http), ("docs/performance.md", "cost"): costs(rows),
             ("docs/performance.md", "rate"): rates(rows, "floor"), ("docs/performance.md", "idle"): idle_memory(rows),
             ("docs/performance.md", "http"): against_nginx(http) + "\n" + rates(http, "nginx"),
             ("README.md", "speed"): f"{source(some(README))}\n{in_readme(some(README))}"}
    return found


def between(text, marker, new, name):
    """The text with what stands between <!-- marker --> and <!-- /marker --> replaced."""
    pattern = re.compile(rf"(<!-- {marker} -->\n).*?(<!-- /{marker} -->)", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise SystemExit(f"bench: {name} has to have one <!-- {marker} --> and its end")
    return pattern.sub(lambda found: found[1] + new + found[2], text)


def pages(root, there):
    """path -> what it has to be"""
    found = {}
    for (name, marker), text in parts(there).items():
        path = Path(root) / name
        found[path] = between(found.get(path) or path.read_text(), marker, text, name)
    return found | {Path(root) / "docs" / "performance.svg": chart.draw(there)}


def update(root, fresh):
    """Takes results into docs/performance.json, writes the documents anew, and names those that changed."""
    kept = Path(root) / "docs" / "performance.json"
    results.write(kept, fresh, rounds=False)
    return write(root, pages(root, results.read(kept)))


def stale(wanted):
    return [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]


def write(root, wanted):
    changed = stale(wanted)
    for path in changed:
        path.write_text(wanted[path])
    return [str(path.relative_to(root)) for path in changed]
