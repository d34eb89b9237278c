"""From runs to figures: medians, ratios within a round, what is reached, and the JSON that keeps them."""
import datetime
import json
import os
import platform
import re
import statistics
import time
from pathlib import Path

from workloads import CASES, targets

KEPT = ("messages_per_s", "p50_us", "p99_us", "p999_us", "server_cpu_share", "server_user_share", "server_resident_bytes_per_idle")


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


class Crowd:
    """How much of a time somebody on this machine waited for a CPU (the kernel's PSI): next to nothing where it is idle but for
    server and load, which have a core each."""

    def __init__(self):
        self.before, self.begun = self.waited_us(), time.monotonic()

    @staticmethod
    def waited_us():
        try:
            return int(re.search(r"some .*total=(\d+)", Path("/proc/pressure/cpu").read_text())[1])
        except OSError:
            return None

    def share(self):
        if self.before is None:
            return None
        # The kernel adds up every two seconds, so a short time may get more than it had.
        return min(1, round((self.waited_us() - self.before) / 1e6 / (time.monotonic() - self.begun), 2))


def summary(name, rounds, traces, waiting, args):
    """Medians for each contender, and what it takes against each other one in the same round."""
    case, lines = CASES[name], {}
    contenders = list(rounds[0])
    for contender in contenders:
        good = [r[contender] for r in rounds if "error" not in r[contender]]
        line = {"runs": len(good), "errors": sorted({r[contender]["error"] for r in rounds if "error" in r[contender]}),
                "figure": median([r.get(case.figure) for r in good]), "ratios": {}, "ranges": {}}
        line |= {key: median([r.get(key) for r in good]) for key in KEPT}
        for other in contenders:
            pairs = [r[contender][case.figure] / r[other][case.figure] for r in rounds
                     if other != contender and r[contender].get(case.figure) and r[other].get(case.figure)]
            if pairs:
                line["ratios"][other] = round(statistics.median(pairs), 4)
                line["ranges"][other] = [round(min(pairs), 4), round(max(pairs), 4)]
        if traces.get(contender):
            line["syscalls"] = traces[contender]
        lines[contender] = line
    return {"case": name, "load": " ".join(case.load), "pairs": args.pairs, "seconds": args.seconds,
            "date": datetime.date.today().isoformat(), "machine": machine(), "waiting": waiting,
            "contenders": lines, "rounds": rounds}


def verdicts(result):
    """[(what, reached or not, target, found)] for what is to be reached, where it could be measured."""
    goal, lines = targets().get(result["case"], {}), result["contenders"]
    ours = lines.get("ours", {})
    found = {"less": ours.get("ratios", {}).get("system"), "floor": ours.get("ratios", {}).get("floor"), "bytes": ours.get("figure")}
    if found["less"]:
        found["less"] = 1 / found["less"]
    return [(what, found[what] >= goal[what] if what == "less" else found[what] <= goal[what], goal[what], found[what])
            for what in goal if found[what]]


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {model}, Linux {platform.release()}"


def read(path):
    """name of the case -> its result"""
    found = json.loads(path.read_text())["results"] if path.exists() else []
    return {result["case"]: result for result in found if result["case"] in CASES}


def write(path, fresh, rounds=True):
    """Adds results to what the file has; a case that was measured again takes its old place."""
    there = read(path) | {result["case"]: result for result in fresh}
    kept = [there[name] for name in CASES if name in there]
    if not rounds:
        kept = [{key: value for key, value in result.items() if key != "rounds"} for result in kept]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"results": kept}, indent=1, ensure_ascii=False) + "\n")
