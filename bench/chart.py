"""The plot: how many times less than libwebsockets 4.1.6 each workload takes, and where a bare epoll loop stands.

SVG by hand: bars on a logarithmic axis, so that 2 times and 200 times can be read on one sheet. The sheet brings its own
ground, light or dark as the reader's system is.
"""
import math
from xml.sax.saxutils import escape

from workloads import TABLE

WIDTH, LEFT, RIGHT = 1000, 410, 120
TOP, ROW, BOTTOM = 92, 24, 40
BAR = 13
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

STYLE = """
  .ground { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d8dee4 } .base { stroke: #1f2328 }
  .ours { fill: #2f6fd0 } .slower { fill: #c4432b } .floor { fill: #ffffff; stroke: #9a5b00 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #9198a1 } .grid { stroke: #2b323b } .base { stroke: #e6edf3 }
    .ours { fill: #4d8fe8 } .slower { fill: #f0705a } .floor { fill: #0d1117; stroke: #f0b13c }
  }
  .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
  @media (prefers-color-scheme: dark) { .halo { stroke: #0d1117 } }
  text { font: 12.5px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif } .title { font-size: 17px; font-weight: 600 }
"""


def figures(lines, memory):
    """What stands beside a bar."""
    figure = lines["ours"]["figure"]
    return f"{figure:,.0f} B" if memory else f"{figure:.2f} µs" if figure < 10 else f"{figure:,.0f} µs"


def rows(results):
    """[(title, times less, times less of the floor or None, text)] for what was measured on both libraries."""
    found = []
    for name, case in TABLE.items():
        lines = results.get(name, {}).get("contenders", {})
        ours = lines.get("ours", {}).get("ratios", {}).get("system")
        if ours:
            floor = lines.get("floor", {}).get("ratios", {}).get("system")
            found.append((case.title.replace("`", ""), 1 / ours, 1 / floor if floor else None, figures(lines, case.memory)))
    return found


def times(value):
    return f"{value:.0f}×" if value >= 20 else f"{value:.1f}×" if value >= 2 else f"{value:.2f}×"


def draw(results):
    """The SVG's text."""
    shown = rows(results)
    if not shown:
        raise SystemExit("bench: no case was measured on both libraries: nothing to plot")
    values = [v for _, ours, floor, _ in shown for v in (ours, floor) if v]
    low = max((t for t in TICKS if t <= min(values)), default=0.2)
    low = min(low, 1)
    high = min((t for t in TICKS if t >= max(values)), default=max(values))
    high = max(high, 2)
    span = WIDTH - LEFT - RIGHT

    def x(value):
        return round(LEFT + span * math.log(value / low) / math.log(high / low), 1)

    height = TOP + ROW * len(shown) + BOTTOM
    foot = TOP + ROW * len(shown)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
             "<title>Times less than libwebsockets 4.1.6, by workload</title>", f"<style>{STYLE}</style>",
             f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>', *heading()]
    for tick in (t for t in TICKS if low <= t <= high):
        kind = "base" if tick == 1 else "grid"
        parts.append(f'<line class="{kind}" x1="{x(tick)}" x2="{x(tick)}" y1="{TOP - 8}" y2="{foot}"/>')
        parts.append(f'<text class="soft" x="{x(tick)}" y="{foot + 18}" text-anchor="middle">{tick:g}×</text>')
    for number, (title, ours, floor, text) in enumerate(shown):
        parts += row(TOP + ROW * number + ROW / 2, title, ours, floor, text, x)
    parts.append(f'<text class="soft" x="{x(1)}" y="{TOP - 14}" text-anchor="middle">4.1.6</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def heading():
    return ['<text class="ink title" x="20" y="32">'
            'How many times less each message, connection or byte costs than on libwebsockets 4.1.6</text>',
            f'<rect class="ours" x="20" y="48" width="26" height="{BAR}" rx="2"/>',
            '<text class="ink" x="54" y="59">this library (server CPU time, or memory), longer is better</text>',
            diamond(438, 54.5), '<text class="ink" x="452" y="59">a bare epoll loop: what the machine allows</text>']


def diamond(x, y, reach=6):
    return (f'<path class="floor" stroke-width="2" d="M{x - reach} {y} L{x} {y - reach} L{x + reach} {y} L{x} {y + reach} Z"/>')


def row(middle, title, ours, floor, text, x):
    """One workload: its name, its bar from 1 on, the floor's mark, and the figures behind both."""
    start, end = sorted((x(1), x(ours)))
    behind = max(end, x(floor) + 6 if floor else 0, x(1)) + 8
    kind = "ours" if ours >= 1 else "slower"
    yield f'<text class="ink" x="{LEFT - 14}" y="{middle + 4}" text-anchor="end">{escape(title)}</text>'
    yield f'<rect class="{kind}" x="{start}" y="{middle - BAR / 2}" width="{max(end - start, 1):.1f}" height="{BAR}" rx="2"/>'
    if floor:
        yield diamond(x(floor), middle)
    yield (f'<text class="ink halo" x="{behind}" y="{middle + 4}"><tspan font-weight="600">{times(ours)}</tspan>'
           f'<tspan class="soft" dx="8">{escape(text)}</tspan></text>')
