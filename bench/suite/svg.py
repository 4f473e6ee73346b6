"""A curve as SVG: both axes in decades, a line for each contender, its name at its end."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 100, 130, 40, 50
COLOURS = {"Coil": "#c1272d", "Coil on epoll": "#e8828a", "bare": "#222", "raw epoll": "#222", "raw io_uring": "#888", "Go": "#1f77b4",
           "libuv": "#2ca02c"}  # the same in all pictures
OTHERS = "#9467bd"


def decades(values):
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def label(power):
    return f"{10 ** power:,}" if power >= 0 else f"{10.0 ** power:g}"


def heights(low, high):
    """where lines go across: [(power, words)]; with few decades also at twice and five times"""
    found = [(power, label(power)) for power in range(low, high + 1)]
    if high - low <= 2:
        found += [(power + math.log10(times), f"{times * 10.0 ** power:g}") for power in range(low, high) for times in (2, 5)]
    return found


def spread(ends):
    """names that would lie on each other move apart; {name: y}"""
    placed, last = {}, -1e9
    for y, name in sorted(ends):
        last = max(y, last + 14)
        placed[name] = last
    return placed


def curve(title, x_title, y_title, lines):
    """lines: {name: [(x, y)]}; the picture as text"""
    points = [point for line in lines.values() for point in line]
    x_low, x_high = decades([x for x, _ in points])
    y_low, y_high = decades([y for _, y in points])

    def across(x):
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(x) - x_low) / (x_high - x_low)

    def down(y):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(y) - y_low) / (y_high - y_low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>']
    for power in range(x_low, x_high + 1):
        x = across(10.0 ** power)
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                   f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label(power)}</text>')
    for power, text in heights(y_low, y_high):
        y = down(10.0 ** power)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_title)}</text>')
    out.append(f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2:.1f}) rotate(-90)" text-anchor="middle">'
               f'{escape(y_title)}</text>')
    names = spread([(down(line[-1][1]), name) for name, line in lines.items()])
    for name, line in lines.items():
        colour = COLOURS.get(name, OTHERS)
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        out.append(f'<text x="{across(line[-1][0]) + 8:.1f}" y="{names[name] + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>", ""])
