"""``tocsin drill``."""

from __future__ import annotations

import json
import signal
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import TocsinError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tocsin.core.drill.aim import Aim
    from tocsin.core.drill.hops import Outcome
    from tocsin.core.drill.result import Result
    from tocsin.flows.drill import Order
    from tocsin.wiring.drill import Driller

_VARIANTS = ("delete", "denied", "mass", "tamper")
_HIDDEN = "······"
_INDENT = " " * 24


@click.command
@click.option(
    "--variant", type=click.Choice(_VARIANTS), default="delete", show_default=True, help="What is drilled; see below."
)
@click.option("--reduced", is_flag=True, help="Make the user alone, without keys, password, MFA, group and policies.")
@click.option(
    "--confirm/--no-confirm",
    default=None,
    help="Ask for the code that stands in the notice, so that a person has heard it. Default: at a terminal.",
)
@click.option("--topic", default="", metavar="ARN", help="Drill whatever rings by this topic, be it ours or not.")
@click.option("--rule", default="", metavar="NAME", help="Drill this event rule, be it ours or not; NAME or BUS/NAME.")
@click.option("--clean", is_flag=True, help="Take away what a drill left that was broken off, and stop.")
@click.option("--history", is_flag=True, help="Show the drills so far, and stop.")
@click.option("--quiet", is_flag=True, help="Print nothing if the alarm is whole; for cron.")
@account.yes
@account.region
@account.profile
@config_file
@as_json
def drill(  # noqa: PLR0917 - click gives each by its name
    variant: str,
    topic: str,
    rule: str,
    region: str,
    profile: str,
    config_path: Path | None,
    *,
    reduced: bool,
    confirm: bool | None,
    clean: bool,
    history: bool,
    quiet: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Delete a decoy for real, and time every hop until a person has heard it.

    \b
    delete  a decoy user with all that a real one has is deleted
    denied  a decoy that may do nothing tries to delete itself
    mass    twenty decoys are deleted, two a second
    tamper  an event rule of the alarm's prefix, which does nothing, is deleted

    For example: tocsin drill

    Exit 0 if the alarm is whole, 1 if a hop is missing.
    """  # noqa: D301 - \b is click's mark for lines that are kept
    from tocsin.core.drill.result import Variant  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.wiring.drill import Driller  # noqa: PLC0415 - as above

    asked = _confirms(confirm)
    driller = Driller(account.deployer(settings(config_path), region, profile))
    if clean:
        return _clean(driller, as_json=as_json)
    if history:
        return _history(driller, as_json=as_json)
    if topic and rule:
        raise UsageError("give --topic or --rule, not both")
    if topic or rule:
        aim = driller.aim(topic, rule)
        order = driller.order_at(aim, Variant(variant), reduced=reduced, confirm=asked)
    else:
        aim, order = None, driller.order(Variant(variant), reduced=reduced, confirm=asked)
    teller = _Teller(order, driller, aim, quiet=quiet, as_json=as_json)
    teller.announce()
    account.ask("Drill it?", "yes", yes=yes)
    with _stoppable():
        done = driller.run(order, teller.ears(), sys.stdin.fileno() if teller.asks else None)
    return teller.end(done)


def _confirms(confirm: bool | None) -> bool:  # noqa: FBT001 - the option's own value
    there = sys.stdin is not None
    if confirm and not there:
        raise UsageError("nobody can be asked, since standard input is closed", hint="give --no-confirm")
    return confirm if confirm is not None else there and sys.stdin.isatty()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Whatever ends the process by a signal ends the drill first, and leaves nothing behind."""
    every = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, signal.default_int_handler) for one in every]
    try:
        yield
    finally:
        for one, handler in zip(every, before, strict=True):
            signal.signal(one, handler)


def _clean(driller: Driller, *, as_json: bool) -> int:
    taken = list(driller.clean())
    if as_json:
        click.echo(json.dumps({"kind": "cleaned", "taken": taken}, separators=(",", ":")))
        return 0
    for sentence in taken:
        click.echo(f"taken away: {sentence}")
    click.echo("nothing of a drill is left" if taken else "nothing was left of a drill", err=True)
    return 0


def _history(driller: Driller, *, as_json: bool) -> int:
    from tocsin.core.drill.result import table  # noqa: PLC0415 - lazy, as above

    results = driller.journals.history()
    if as_json:
        for one in results:
            click.echo(json.dumps(one.data(), separators=(",", ":")))
        return 0
    if not results:
        click.echo("there was no drill yet, as far as this machine knows: tocsin drill", err=True)
        return 0
    for line in table(results, columns()):
        click.echo(line)
    return 0


class _Teller:
    """Tells a drill as it goes, or keeps what it would tell until it is needed."""

    def __init__(self, order: Order, driller: Driller, aim: Aim | None, *, quiet: bool, as_json: bool) -> None:
        from tocsin.core.drill.hops import Hop  # noqa: PLC0415 - lazy, as above

        self.asks = any(wait.hop is Hop.PERSON for wait in order.waits)
        self._order = order
        self._driller = driller
        self._aim = aim
        self._kept: list[str] | None = [] if quiet else None
        self._as_json = as_json

    def announce(self) -> None:
        """Say what will be done, what it costs, and what it may set off."""
        from tocsin.core.drill.announce import announcement, looks  # noqa: PLC0415 - lazy, as above
        from tocsin.core.text import inert  # noqa: PLC0415 - as above

        deployer = self._driller.deployer
        what = "topic" if ":" in self._order.pipeline else "rule" if self._aim else "pipeline"
        self._say(f"{inert(str(deployer.target))}, {what} {inert(self._order.pipeline)}\n")
        heard = None if self._aim else len(deployer.settings.subscribers)
        lines = announcement(self._order.variant, self._order.waits, reduced=self._order.reduced, heard=heard)
        if self._aim:
            lines += looks(self._aim, self._order.settle)
        for label, said in lines:
            line = f"  {label:<10} {said}"
            self._say(textwrap.fill(line, columns(), subsequent_indent=" " * 13))
        self._say("")

    def ears(self) -> Any:  # noqa: ANN401 - `flows.drill.Ears`, which is loaded late
        """What hears how it goes."""
        from tocsin.flows.drill import Ears  # noqa: PLC0415 - lazy, as above

        return Ears(self._talk, self._came, self._invite)

    def end(self, done: Result) -> int:
        """Say what came of it; gives the exit code."""
        if self._as_json:
            self._out(json.dumps(done.data(), separators=(",", ":")))
        else:
            self._explain(done)
            self._say(f"\n{_verdict(done)}")
        if done.left:
            click.echo(f"{done.left}: `tocsin drill --clean` takes it away", err=True)
        if self._kept is not None and not (done.whole and not done.left):
            for line in self._kept:
                click.echo(line)
        return 0 if done.whole and not done.left else 1

    def _came(self, outcome: Outcome) -> None:
        from tocsin.core.drill.hops import SAYS, Hop, State  # noqa: PLC0415 - lazy, as above
        from tocsin.core.drill.result import hop_data  # noqa: PLC0415 - as above

        if self._as_json:
            self._out(json.dumps({"kind": "hop", **hop_data(outcome)}, separators=(",", ":")))
            return
        if outcome.state is State.ARRIVED and outcome.seconds is not None:
            sign = " " if outcome.hop is Hop.ANSWERED else "+"
            self._say(f"  {outcome.hop:<9} {sign}{outcome.seconds:.2f} s".ljust(24) + SAYS[outcome.hop])
            return
        word = "can not tell" if outcome.state is State.UNTOLD else "MISSING" if outcome.vital else "not seen"
        self._wrapped(f"  {outcome.hop:<9}  {word}", outcome.why)

    def _explain(self, done: Result) -> None:
        """What is known of the links before and after each hop that did not come."""
        from tocsin.core.doctor.verdicts import Standing  # noqa: PLC0415 - as above
        from tocsin.core.drill.hops import State  # noqa: PLC0415 - lazy, as above

        missing = [one.hop for one in done.outcomes if one.state is State.MISSING and one.vital]
        if not missing or self._aim:
            return
        try:
            near = self._driller.near(missing, self._order.variant)
        except TocsinError as fault:
            for hop in missing:
                self._say(f"\nnothing could be seen of what is before and after {hop}: {fault}")
            return
        for hop, links in near.items():
            self._say(f"\nwhat {hop} goes over:")
            for one in links:
                self._wrapped(f"  {one.standing:<8} {one.link.id}", one.evidence)
                if one.standing is Standing.BROKEN:
                    self._wrapped("", f"so {one.so}")

    def _invite(self) -> None:
        if self.asks:
            self._talk("somebody hears of it now: type the code that stands in the notice, behind `drill-`")

    def _talk(self, sentence: str) -> None:
        from tocsin.core.text import inert  # noqa: PLC0415 - lazy, as above

        if not self._as_json and self._kept is None:
            click.echo(f"  {self._masked(inert(sentence, 2000))}", err=True)

    def _wrapped(self, head: str, text: str) -> None:
        from tocsin.core.text import inert  # noqa: PLC0415 - lazy, as above

        line = f"{head:<23} {inert(text, 2000)}" if head else f"{_INDENT}{inert(text, 2000)}"
        self._say(textwrap.fill(line, columns(), subsequent_indent=_INDENT, drop_whitespace=True))

    def _say(self, line: str) -> None:
        if not self._as_json:
            self._out(self._masked(line))

    def _out(self, line: str) -> None:
        if self._kept is None:
            click.echo(line)
        else:
            self._kept.append(line)

    def _masked(self, line: str) -> str:
        """Who is asked for the code is to read it in the notice, and not here."""
        return line.replace(self._order.code, _HIDDEN) if self.asks else line


def _verdict(done: Result) -> str:
    from tocsin.core.drill.hops import Hop, State  # noqa: PLC0415 - lazy, as above

    states = {one.hop: one.state for one in done.outcomes}
    missing = [str(one.hop) for one in done.outcomes if one.state is State.MISSING and one.vital]
    if missing:
        return f"NOT WHOLE: {', '.join(missing)} did not come"
    if not done.whole:
        unseen = [str(one.hop) for one in done.outcomes if one.state is State.UNTOLD and one.vital]
        return f"NOT PROVEN: nobody can tell of {', '.join(unseen)}"
    if states.get(Hop.PERSON) is State.ARRIVED:
        return "whole: a person has heard it"
    if Hop.WIRE in states:
        return "whole as far as the topic; that a person hears it is proven with --confirm"
    return "whole as far as it goes; the plain wire is unproven, since it rings on success only"
