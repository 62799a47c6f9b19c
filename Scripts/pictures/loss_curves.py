"""Draws the curves of the article "The SSD loss, term by term".

    python3 -m pip install matplotlib==3.11.2
    python3 Scripts/pictures/loss_curves.py docs/pictures

Writes box-losses.png, logarithm.png and confidence-terms.png. Labels are symbols, so that both languages
show the same pictures. Every derivative is compared with a central difference before it is drawn.
"""

import io
import math
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import numpy
from matplotlib import pyplot
from PIL import Image

# The palette of Okabe and Ito, which colour-blind readers tell apart.
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072b2", "#d98200", "#009e73", "#c8460a", "#aa5c94"
# Largest size of a picture in the repository.
LIMIT = 80_000
CENTER_STYLE = {"color": "#888888", "lw": 0.8}


# --- losses of one residual x -----------------------------------------------------------------


def balanced(x, alpha=0.5, gamma=1.5):
    b, d = math.exp(gamma / alpha) - 1, abs(x)
    near = alpha / b * (b * d + 1) * numpy.log1p(b * d) - alpha * d
    return numpy.where(d < 1, near, gamma * d + gamma / b - alpha)


def balanced_derivative(x, alpha=0.5, gamma=1.5):
    b, d = math.exp(gamma / alpha) - 1, abs(x)
    return numpy.sign(x) * numpy.where(d < 1, alpha * numpy.log1p(b * d), gamma)


OFFSET_LOSSES = [
    ("L2", numpy.square, lambda x: 2 * x, ORANGE, "-"),
    (r"½ $x^2$", lambda x: x * x / 2, lambda x: x, PURPLE, "--"),
    ("L1", abs, numpy.sign, BLUE, "-."),
    (
        "smooth L1",
        lambda x: numpy.where(abs(x) < 1, x * x / 2, abs(x) - 0.5),
        lambda x: numpy.clip(x, -1, 1),
        GREEN,
        "-",
    ),
    ("balanced L1", balanced, balanced_derivative, RED, ":"),
]


# --- terms of one logit c, with the score s ---------------------------------------------------


def score(c):
    return 1 / (1 + numpy.exp(-c))


def entropy(c, y):
    return y * numpy.logaddexp(0, -c) + (1 - y) * numpy.logaddexp(0, c)


def modulated(c, gamma=2):
    return score(c) ** gamma * numpy.logaddexp(0, c)


def modulated_derivative(c, gamma=2):
    s = score(c)
    return s**gamma * (s + gamma * (1 - s) * numpy.logaddexp(0, c))


def quality_focal(c, y, beta=2):
    return abs(y - score(c)) ** beta * entropy(c, y)


def quality_focal_derivative(c, y, beta=2):
    s = score(c)
    slope = beta * abs(y - s) ** (beta - 1) * numpy.sign(s - y) * s * (1 - s)
    return abs(y - s) ** beta * (s - y) + slope * entropy(c, y)


Q = 0.7
RIGHT_CLASS = [
    ("cross entropy, y = 1", lambda c: entropy(c, 1), lambda c: score(c) - 1, BLUE, "-."),
    (
        "focal, y = 1",
        lambda c: 0.25 * modulated(-c),
        lambda c: -0.25 * modulated_derivative(-c),
        GREEN,
        "-",
    ),
    (
        "quality focal, q = 0.7",
        lambda c: quality_focal(c, Q),
        lambda c: quality_focal_derivative(c, Q),
        ORANGE,
        "-",
    ),
    (
        "varifocal, q = 0.7",
        lambda c: Q * entropy(c, Q),
        lambda c: Q * (score(c) - Q),
        RED,
        "--",
    ),
]
ALL_OTHERS = [
    ("cross entropy", lambda c: entropy(c, 0), score, BLUE, "-."),
    (
        "focal",
        lambda c: 0.75 * modulated(c),
        lambda c: 0.75 * modulated_derivative(c),
        GREEN,
        "-",
    ),
    (
        "quality focal",
        lambda c: quality_focal(c, 0),
        lambda c: quality_focal_derivative(c, 0),
        ORANGE,
        "-",
    ),
    (
        "varifocal",
        lambda c: 0.75 * modulated(c),
        lambda c: 0.75 * modulated_derivative(c),
        RED,
        "--",
    ),
]


def check(curves):
    points = numpy.arange(-5, 5, 0.37)
    for name, value, derivative, *_ in curves:
        difference = (value(points + 1e-6) - value(points - 1e-6)) / 2e-6
        assert numpy.allclose(difference, derivative(points), atol=1e-8, rtol=1e-7), name


# --- pictures ---------------------------------------------------------------------------------


def plane(axes, title, x_label, x, y):
    axes.set(xlabel=x_label, xlim=x, ylim=y)
    axes.set_title(title, fontsize=11)
    axes.grid(True, alpha=0.25)
    axes.axhline(0, **CENTER_STYLE)
    axes.axvline(0, **CENTER_STYLE)


def draw(axes, curves, which, x):
    for name, *functions, color, style in curves:
        axes.plot(x, functions[which](x), style, color=color, lw=1.8, label=name)


def write(figure, path):
    """Writes a picture with 128 colours, which takes a third of the place."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=120, metadata={"Software": None})
    pyplot.close(figure)
    Image.open(buffer).convert("RGB").quantize(128).save(path, optimize=True)
    size = path.stat().st_size
    print(path, size)
    assert size < LIMIT, path


def box_losses(path):
    check(OFFSET_LOSSES)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    # Even: 0, where L1 jumps, lies between two points and its step is drawn upright.
    x = numpy.linspace(-3, 3, 1200)
    plane(left, r"$\ell(x)$", r"$x = l - \hat g$", (-3, 3), (-0.2, 4))
    plane(right, r"$d\ell / dx$", r"$x = l - \hat g$", (-3, 3), (-3, 3))
    draw(left, OFFSET_LOSSES, 0, x)
    draw(right, OFFSET_LOSSES, 1, x)
    right.legend(loc="upper left", fontsize=9)
    write(figure, path)


def logarithm(path):
    figure, (left, middle, right) = pyplot.subplots(
        1, 3, figsize=(11, 3.6), layout="constrained"
    )
    with_log, without = {"color": GREEN, "lw": 1.8}, {"color": ORANGE, "lw": 1.8, "ls": "--"}
    ratio = numpy.linspace(0.12, 3, 400)
    plane(left, r"$b_w = ½\,g_w$,  $b_w = 2\,g_w$", r"$b_w \,/\, g_w$", (0, 3), (-2, 2))
    left.plot(ratio, numpy.log(ratio), label=r"$\log\,(b_w / g_w)$", **with_log)
    left.plot(ratio, ratio - 1, label=r"$b_w / g_w - 1$", **without)
    for value in (0.5, 2):
        left.plot(value, math.log(value), "o", color=GREEN)
        left.plot(value, value - 1, "s", color=ORANGE)
    left.annotate("−0.69", (0.5, math.log(0.5)), (6, -8), textcoords="offset points", fontsize=9)
    left.annotate("−0.5", (0.5, -0.5), (-30, 3), textcoords="offset points", fontsize=9)
    left.annotate("+0.69", (2, math.log(2)), (-3, -14), textcoords="offset points", fontsize=9)
    left.annotate("+1", (2, 1), (-18, 6), textcoords="offset points", fontsize=9)
    left.legend(loc="lower right", fontsize=9)

    offset = numpy.linspace(-10, 6, 400)
    plane(middle, r"$b_w > 0$ ?", r"$l_w$", (-10, 6), (-1.2, 3.4))
    middle.plot(offset, numpy.exp(0.2 * offset), label=r"$b_w / d_w = \exp(\sigma l_w)$", **with_log)
    middle.plot(offset, 1 + 0.2 * offset, label=r"$b_w / d_w = 1 + \sigma l_w$", **without)
    middle.axhspan(-1.2, 0, color="#000000", alpha=0.08, lw=0)
    middle.legend(loc="upper left", fontsize=9)

    size = numpy.linspace(0.2, 3, 400)
    plane(right, r"$b_w = 1.1 \, g_w$", r"$g_w \,/\, d_w$", (0, 3), (0, 1.6))
    right.plot(
        size,
        numpy.full_like(size, math.log(1.1) / 0.2),
        label=r"$\log(b_w / g_w) \,/\, \sigma$",
        **with_log,
    )
    right.plot(size, 0.1 * size / 0.2, label=r"$(b_w - g_w) \,/\, d_w \,/\, \sigma$", **without)
    right.legend(loc="upper left", fontsize=9)
    write(figure, path)


def confidence_terms(path):
    check(RIGHT_CLASS)
    check(ALL_OTHERS)
    figure, planes = pyplot.subplots(2, 2, figsize=(9, 7), layout="constrained")
    c = numpy.linspace(-6, 6, 601)
    for column, (curves, target) in enumerate(
        [(RIGHT_CLASS, "y = 1;  q = 0.7"), (ALL_OTHERS, "y = 0")]
    ):
        for row, (name, y) in enumerate(
            [(r"$\ell(c)$", (-0.1, 4)), (r"$d\ell / dc$", (-1.25, 1.25))]
        ):
            axes = planes[row][column]
            plane(axes, f"{name},   {target}", "$c$", (-6, 6), y)
            draw(axes, curves, row, c)
            scores = axes.secondary_xaxis("top", functions=(lambda v: v, lambda v: v))
            shown = [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]
            scores.set_xticks(
                [math.log(s / (1 - s)) for s in shown], [f"{s:g}" for s in shown], fontsize=8
            )
            scores.set_xlabel("$s$", labelpad=1)
        planes[0][column].legend(loc=("upper right", "upper left")[column], fontsize=9)
    write(figure, path)


def main():
    folder = pathlib.Path(sys.argv[1])
    box_losses(folder / "box-losses.png")
    logarithm(folder / "logarithm.png")
    confidence_terms(folder / "confidence-terms.png")


main()
