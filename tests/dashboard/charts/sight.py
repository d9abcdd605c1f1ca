"""How colours look to eyes that see them differently, and how far apart they are (WCAG 2, CIE L*a*b*)."""

from math import dist
from typing import NamedTuple

Rgb = tuple[float, float, float]
# Machado, Oliveira and Fernandes 2009, severity 1.0; they apply to linear light.
COLOUR_BLIND: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


class Lab(NamedTuple):
    """Lightness 0 to 100, and the two opponent axes."""

    lightness: float
    red_green: float
    blue_yellow: float


def contrast(one: str, other: str) -> float:
    """WCAG 2: 1 (the same) to 21 (black on white); graphics need 3."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: str, other: str, eyes: str | None = None) -> float:
    """CIE76 between two colours as these eyes see them; 2.3 is just noticeable."""
    return dist(_lab(_seen(one, eyes)), _lab(_seen(other, eyes)))


def _linear(colour: str) -> Rgb:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _seen(colour: str, eyes: str | None) -> Rgb:
    linear = _linear(colour)
    if eyes is None:
        return linear
    red, green, blue = (
        min(1.0, max(0.0, sum(factor * channel for factor, channel in zip(row, linear, strict=True))))
        for row in COLOUR_BLIND[eyes]
    )
    return red, green, blue


def _lab(linear: Rgb) -> Lab:
    red, green, blue = linear
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in (x, y, z))
    return Lab(116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz))
