"""Each rule of the contract of telling taken out in turn: every check of the contract can fail."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bells import BUSY, OPS, REFUSED, Bell
from builders import NOW, at, message_of
from telling import MESSAGES, World, messages_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.delivery import pace, telling
from tocsin.core.incident import correlate
from tocsin.flows.respond import tell


def schedules(number, channels=("x", "y")):
    """As many random plays: messages in groups, a schedule, and clocks."""
    for seed in range(number):
        rand = random.Random(seed)
        names = rand.sample(list(MESSAGES), 4)
        cut = rand.randrange(1, 4)
        groups = [names[:cut], names[cut:]] if rand.random() < 0.4 else [[one] for one in names]
        yield (
            groups,
            [_action(rand, channels) for _ in range(rand.randrange(4, 70))],
            tuple(rand.choice((-4, -1, 0, 3)) for _ in range(4)),
        )


def _action(rand, channels):
    number = rand.random()
    if number < 0.42:
        return ("in", rand.randrange(2))
    if number < 0.84:
        return ("out", 2 + rand.randrange(2), rand.choice(channels))
    if number < 0.86:
        return ("jump", rand.randrange(4), rand.choice((-86400, -90, 90, 86400)))
    if number < 0.91:
        return ("tick", rand.choice((1, 15, 21, 61, 300)))
    return ("crash", rand.randrange(4)) if number < 0.96 else ("again", rand.randrange(4))


def fails(rules, number=400):
    """Whether some random play breaks an invariant of the contract."""
    for groups, schedule, apart in schedules(number):
        world = World(MemoryStore(), rules, apart, {0: ("x",), 1: ("x", "y"), 2: ("x", "y"), 3: ("x", "y")})
        try:
            if world.play(messages_of(*groups), schedule).failures():
                return True
        except (AssertionError, ValueError):  # it does not come to rest, or a number is given twice
            return True
    return False


def without_the_gate(patch):
    commit = MemoryStore.commit

    def blind(self, one):
        version, _ = self._gates.get(one.change.story.key, (0, 0))
        story = replace(one.change.story, version=version)
        return commit(self, replace(one, change=replace(one.change, story=story)))

    patch.setattr(MemoryStore, "commit", blind)


def without_news(patch):
    rest = telling._at_rest
    patch.setattr(telling, "_at_rest", lambda row, now, **_: rest(row, now, news=False))


def without_versions(patch):
    mark = MemoryStore.mark

    def blind(self, row, expected):
        held = self.telling(row.incident, row.channel)
        version = held.version if held else 0
        return mark(self, replace(row, version=version + 1), version)

    patch.setattr(MemoryStore, "mark", blind)


def without_rows_of_parts(patch):
    patch.setattr(tell.Teller, "_complete", lambda *_: None)


def with_this_workers_channels_alone(patch):
    patch.setattr(correlate, "_with", lambda _, more: tuple(more))


def without_event_ids(patch):
    load = MemoryStore.load
    patch.setattr(MemoryStore, "load", lambda self, *given: replace(load(self, *given), events=frozenset()))


def with_a_trigger_that_swallows_all(patch):
    def loud(news, triggered):
        return [one for one in news if one.role.name == "TRIGGER"] or ([] if triggered else list(news))

    patch.setattr(tell, "loud", loud)


def with_nothing_swallowed(patch):
    patch.setattr(tell, "loud", lambda news, _: list(news))


def with_a_mark_that_falls_back(patch):
    def told(row, token, through, now, **more):
        return replace(telling.told(row, token, through, now, **more), told=through)

    patch.setattr(tell, "told", told)


def with_clocks_that_bind_everybody(patch):
    for module in (pace, telling):
        patch.setattr(module, "FAR_AHEAD", timedelta(days=999))


RULES = {
    "3, told stays told": with_a_mark_that_falls_back,
    "10, a clock that is far ahead binds nobody": with_clocks_that_bind_everybody,
    "1, the version belongs to the story": without_the_gate,
    "2, news that came meanwhile keeps it due": without_news,
    "2, a mark is made against what was read": without_versions,
    "5, a part has the rows of its survivor": without_rows_of_parts,
    "6, the channels only grow": with_this_workers_channels_alone,
    "7, event ids are kept": without_event_ids,
    "8, a trigger swallows its own subject's preludes alone": with_a_trigger_that_swallows_all,
    "8, a trigger swallows": with_nothing_swallowed,
}


def too_often_or_too_late(rules, number=12):
    """Whether a stream of deletions by one actor is told too often, or one of them too late."""
    for seed in range(number):
        rand, bell, came, before = random.Random(seed), Bell(rules), {}, 0
        steps = [rand.choice((5, 20, 60) if seed % 2 else (5, 60, 605, 900)) for _ in range(30)]
        for user, step in enumerate(steps):
            quiet = not user or bell.row.last is None or bell.now - bell.row.last >= timedelta(minutes=10)
            before = len(bell.channel.notices) if quiet else before
            at_once = len(bell.channel.notices) - before < pace.AT_ONCE_FIRST
            came[f"user-{user}."] = bell.now + (timedelta(0) if at_once else timedelta(minutes=10))
            made = at(int((bell.now - NOW).total_seconds()), requestParameters={"userName": f"user-{user}."})
            bell.take(message_of({**made, "eventID": str(user)}, str(user)))
            for _ in range(step // 5):
                bell.tell()
                said = _said(bell.channel.notices)
                if any(by < bell.now and name not in said for name, by in came.items()):
                    return True
                bell.now += timedelta(seconds=5)
        if seed % 2 and len(bell.channel.notices) > 5 + 4 + sum(steps) / 600 + 1:
            return True
    return False


def _said(notices):
    return "\n".join(line for one in notices for line in (one.title, one.sentence, *one.new, *one.story))


def without_pace(patch):
    patch.setattr(telling, "gap", lambda _: timedelta(0))


def with_a_pace_that_never_begins_anew(patch):
    for module in (pace, telling):
        patch.setattr(module, "QUIET", timedelta(days=999))


def lost_when_it_came_back(rules, number=30):
    """Whether what a channel did not take is lost, or passed over in silence, when it comes back and there is news."""
    for seed in range(number):
        rand = random.Random(seed)
        answers = [rand.choice((BUSY, BUSY, BUSY, REFUSED)) for _ in range(rand.randrange(40))]
        bell = Bell(rules, *answers, settings=replace(OPS, give_up=timedelta(seconds=300)))
        for user in range(4):
            bell.take(message_of(at(user, requestParameters={"userName": f"user-{user}."}), f"user-{user}"))
            for _ in range(rand.randrange(60)):
                bell.tell(10)
        refused = len(bell.channel.notices)
        bell.channel.script.clear()
        bell.take(message_of(at(5, requestParameters={"userName": "last."}), "last"))
        bell.rest()
        said = _said(bell.channel.notices[min(refused, len(answers)) :])
        [row] = [one for one in bell.store.tellings() if one.key.family == "identity"]
        owed = bell.store.deeds(row.incident, row.given_up, 99)
        if any(one.subject.name not in said for one in owed):
            return True
        if row.given_up and "did not take the notice" not in _said(bell.channel.notices):
            return True
    return False


def with_a_dead_row_that_stays_dead(patch):
    def woken(row, now, *, at_once):
        return replace(row, version=row.version + 1) if row.dead else telling.woken(row, now, at_once=at_once)

    patch.setattr("tocsin.adapters.memory.woken", woken)


def without_an_alarm_of_what_was_given_up(patch):
    patch.setattr(tell.Teller, "_alarm", lambda *_: None)


# What these rules are for shows in a stream of deeds, or in a channel that fails, not in random plays of four deeds.
OVER_TIME = {
    "9, a story is told less often": (without_pace, too_often_or_too_late),
    "9, and at once after ten quiet minutes": (with_a_pace_that_never_begins_anew, too_often_or_too_late),
    "11, a dead row is woken": (with_a_dead_row_that_stays_dead, lost_when_it_came_back),
    "11, what is given up is an alarm": (without_an_alarm_of_what_was_given_up, lost_when_it_came_back),
}


def test_the_random_plays_hold(rules):
    assert not fails(rules, 100)


@pytest.mark.parametrize("check", [too_often_or_too_late, lost_when_it_came_back])
def test_what_takes_time_holds(rules, check):
    assert not check(rules)


@pytest.mark.proof
@pytest.mark.parametrize("rule", RULES)
def test_each_rule_taken_out_breaks_an_invariant(rules, rule, monkeypatch):
    RULES[rule](monkeypatch)
    assert fails(rules)


@pytest.mark.proof
@pytest.mark.parametrize("rule", OVER_TIME)
def test_each_rule_that_takes_time_taken_out_is_noticed(rules, rule, monkeypatch):
    take_out, check = OVER_TIME[rule]
    take_out(monkeypatch)
    assert check(rules)
