"""The figures on the terminal."""
import sys

from workloads import CASES


def show(value, form):
    return "-" if value is None else format(value, form)


def heading(result):
    return f"{result['case']}: {CASES[result['case']].title}"


def show_table(result, verdicts):
    case, names = CASES[result["case"]], list(result["contenders"])
    print(f"\n{heading(result)}  ({result['load']})")
    heads = ["", "B/idle" if case.memory else f"CPU µs/{case.unit[:4]}"] + [f"× {n}" for n in names]
    heads += [] if case.memory else ["each/s", "p50 µs", "p99 µs", "p99.9 µs", "busy", "user", "syscalls"]
    print("".join(f"{h:>13}" for h in heads))
    for name, line in result["contenders"].items():
        cells = [name, show(line["figure"], ",.0f" if case.memory else ".3f")]
        cells += [show(line["ratios"].get(n), ".3f") for n in names]
        if not case.memory:
            cells += [show(line["messages_per_s"], ",.0f"), show(line["p50_us"], ".1f"), show(line["p99_us"], ".1f"),
                      show(line["p999_us"], ".1f"), show(line["server_cpu_share"], ".2f"), show(line["server_user_share"], ".2f"),
                      show(line.get("syscalls", {}).get("total"), ".3f")]
        print("".join(f"{c:>13}" for c in cells))
    for name, line in result["contenders"].items():
        calls = {n: c for n, c in line.get("syscalls", {}).items() if n not in ("total", "error")}
        if calls:
            print(f"    {name} calls for each: " + ", ".join(f"{n} {c:.3f}" for n, c in list(calls.items())[:6]))
        for error in [*line["errors"], *filter(None, [line.get("syscalls", {}).get("error")])]:
            print(f"    {name}: {error}")
    for what, reached, target, found in verdicts:
        text = {"less": f"{found:.2f} times less than the system's, to be at least {target:g}",
                "floor": f"{found:.2f} times the floor, to be at most {target:g}",
                "bytes": f"{found:,.0f} bytes, to be at most {target:,.0f}"}[what]
        print(f"    {'reached' if reached else 'NOT reached'}: {text}")
    sys.stdout.flush()
