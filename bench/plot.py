"""
Small line charts as SVG, on two logarithmic axes. The same points give the same bytes. Text and
lines take the colour of the page's text where the page says one, and a grey that can be read on
white and on black where it does not.
"""

import math

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 34, 44
STYLE = (
    "text{font:12px sans-serif;fill:#777}.grid{stroke:#777;stroke-opacity:.25}"
    ".line{fill:none;stroke:#2f81c7;stroke-width:2}.dot{fill:#2f81c7}"
)


def nice(value):
    """The number as text, short."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def steps(low, high):
    """1, 2 and 5 times each power of ten, enough of them to hold low to high."""
    found = []
    for power in range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1):
        found += [factor * 10.0**power for factor in (1, 2, 5)]
    first = max(i for i, step in enumerate(found) if step <= low * 1.0000001)
    last = min(i for i, step in enumerate(found) if step >= high * 0.9999999)
    return found[first : max(last, first + 1) + 1]


class Axis:
    def __init__(self, ticks, begin, end):
        self.ticks, self.begin = ticks, begin
        self.low = math.log10(ticks[0])
        self.scale = (end - begin) / (math.log10(ticks[-1]) - self.low)

    def at(self, value):
        return round(self.begin + (math.log10(value) - self.low) * self.scale, 1)


def text(x, y, words, anchor="middle"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'


def line_chart(title, x_name, points):
    """`points` are (x, y), x growing, all greater than 0. Returns the SVG."""
    xs, ys = zip(*points, strict=True)
    across = Axis(steps(xs[0], xs[-1]), LEFT, WIDTH - RIGHT)
    up = Axis(steps(min(ys), max(ys)), HEIGHT - BOTTOM, TOP)
    parts = [text(LEFT, 18, title, "start"), text(WIDTH - RIGHT, HEIGHT - 8, x_name, "end")]
    for tick in up.ticks:
        y = up.at(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT - 8, y + 4, nice(tick), "end"))
    for x in xs:
        parts.append(f'<path class="grid" d="M{across.at(x)} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(text(across.at(x), HEIGHT - BOTTOM + 16, nice(x)))
    places = [(across.at(x), up.at(y)) for x, y in points]
    parts.append(f'<path class="line" d="M{"L".join(f"{x} {y}" for x, y in places)}"/>')
    parts += [f'<circle class="dot" cx="{x}" cy="{y}" r="3"/>' for x, y in places]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"
