"""Prints each figure as a ratio to its baseline, with the aim and whether it was reached."""

from collections.abc import Sequence
from statistics import median

Pair = tuple[float, float]
"""Our figure and the baseline's, measured one after the other, so that a loaded machine weighs on both."""


def heading(text: str) -> None:
    """Print what is measured, in which unit, and against what."""
    print(f"\n{text}", flush=True)


def row(name: str, pairs: Sequence[Pair], baseline: str, aim: float | None, *, less_is_better: bool = False) -> None:
    """Print the medians, and the median of the ratios pair by pair, turned so that more is better."""
    ours, theirs = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    ratio = median(pair[1] / pair[0] if less_is_better else pair[0] / pair[1] for pair in pairs)
    verdict = "" if aim is None else f"  aim {aim:g} x: {'reached' if ratio >= aim else 'not reached'}"
    print(f"  {name:<28} {ours:>9,.2f}  {ratio:6.2f} x {baseline} ({theirs:,.2f}){verdict}", flush=True)


def rate(name: str, rates: Sequence[Pair], cpu: Sequence[Pair], baseline: str, aim: float | None) -> None:
    """Print how many a second, and beside it how much CPU, which a loaded machine bends less; medians, pair by pair."""
    ours, theirs = median(pair[0] for pair in rates), median(pair[1] for pair in rates)
    ratio, cpu_ratio = median(a / b for a, b in rates), median(b / max(a, 1e-9) for a, b in cpu)
    verdict = "" if aim is None else f"  aim {aim:g} x: {'reached' if ratio >= aim else 'not reached'}"
    spent = f"CPU {median(pair[0] for pair in cpu):.2f} ms, {cpu_ratio:.2f} x"
    print(f"  {name:<24} {ours:>7,.0f}/s  {ratio:5.2f} x {baseline} ({theirs:,.0f}/s); {spent}{verdict}", flush=True)


def skipped(name: str, reason: str) -> None:
    """Say why something was not measured."""
    print(f"  {name}: skipped, {reason}", flush=True)
