"""The rules as data: their examples prove them, their faults are told all at once, their wire words are safe."""

import copy
import json
import re
from pathlib import Path

import pytest

from builders import NOW, chapter_of, entry, event_of, record
from tocsin import config
from tocsin.core.match.rule import KNOWN
from tocsin.core.match.rules import BUILT_IN, NEUTRAL, Role, RuleSet, Severity, parse_rule, selected
from tocsin.core.notice.compose import compose
from tocsin.core.record.envelope import unwrap
from tocsin.core.settings import Settings
from tocsin.core.template.wire_words import PATHS, transformer
from tocsin.errors import UsageError
from tocsin.flows.explain import explain

CATALOGUE = config.catalogue()
FILES = Path(config.__file__).parent.parent / "catalogue"


def test_the_compiled_catalogue_is_what_its_files_say():
    files = config.read_rules({path.name: path.read_bytes() for path in FILES.glob("*.toml")})
    assert files == CATALOGUE
    for rule, known in zip(files, CATALOGUE, strict=True):
        assert [rule.pattern.only(path) for path in KNOWN] == [known.pattern.only(path) for path in KNOWN]
        assert rule.pattern.rules == known.pattern.rules


EXAMPLES = [(rule, example) for rule in CATALOGUE for example in rule.examples]
DELETED = next(rule for rule in CATALOGUE if rule.id == "iam-user-deleted")


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {example.says}" for rule, example in EXAMPLES]
)
def test_each_rule_rings_and_stays_silent_as_its_examples_say(rule, example):
    (one,) = unwrap(example.record)
    kind = one.as_event()["detail-type"]
    live = one.event or event_of(json.loads(example.record), **{"detail-type": kind})
    assert [rule.pattern.matches(event) for event in (one.as_event(), live, json.dumps(live))] == [example.rings] * 3


@pytest.mark.parametrize(
    ("rule", "example"),
    [(rule, example) for rule, example in EXAMPLES if example.sentence],
    ids=[f"{rule.id}: {example.says}" for rule, example in EXAMPLES if example.sentence],
)
def test_each_example_gives_its_sentence(rule, example):
    (told,) = explain(example.record.encode(), RuleSet([rule]), Settings(), NOW)
    (notice,) = told.notices
    assert (notice.sentence, notice.rule) == (example.sentence, rule.id)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
def test_each_rule_shows_a_sentence_for_a_record_that_rings(rule):
    assert any(example.rings and example.sentence for example in rule.examples)


@pytest.mark.parametrize("code", [None, "AccessDenied", "AccessDeniedException", "DeleteConflict", "Throttling",
                                  "DeleteConflictException", "NoSuchEntity", "NoSuchEntityException", "x"])  # fmt: skip
def test_every_way_in_which_deleting_a_user_ends_rings_exactly_one_rule(code, rules):
    assert len(rules.match(record(entry(errorCode=code)))) == 1


@pytest.mark.parametrize("plain", ["AccessDenied", "DeleteConflict", "NoSuchEntity"])
def test_both_spellings_of_an_error_ring_the_same_rule(plain, rules):
    one, other = (rules.match(record(entry(errorCode=code))) for code in (plain, f"{plain}Exception"))
    assert one == other


def test_a_forged_source_rings_nothing(rules):
    forged = event_of(entry(), source="custom.iam")
    assert not any(rule.pattern.matches(forged) for rule in rules)


@pytest.mark.parametrize("rule", [rule for rule in CATALOGUE if rule.wire], ids=lambda rule: rule.id)
def test_the_words_on_the_wire_use_only_what_an_attacker_cannot_shape(rule):
    paths, template = transformer(rule)
    safe = {
        "userName",
        "principalId",
        "eventName",
        "eventID",
        "awsRegion",
        "eventTime",
        "type",
        "account",
        "accountId",
        "functionName",
        "name",
        "queueUrl",
        "rule",
        "stackName",
        "subscriptionArn",
        "userId",
    }
    assert {path.rpartition(".")[2] for path in paths.values()} <= safe
    assert set(re.findall(r"<(\w+)>", template)) == set(paths)
    assert all(isinstance(json.loads(line), str) for line in template.split("\n"))


@pytest.mark.parametrize("field", ["arn", "agent", "error", "path", "", "subject "])
def test_words_on_the_wire_that_name_another_field_are_refused(field):
    data = {**good(), "wire": f"User <{field}> was deleted."}
    with pytest.raises(UsageError, match="is no safe field") as fault:
        transformer(parse_rule("x", data))
    assert fault.value.hint == f"safe fields: {', '.join(f'<{name}>' for name in PATHS)}"


RECORD_TEXT = json.dumps(entry())
GOOD = {
    "title": "A user is deleted",
    "pack": "identity",
    "family": "identity",
    "role": "trigger",
    "severity": "high",
    "pattern": '{"source": ["aws.iam"]}',
    "brief": "{subject} deleted",
    "sentence": "{subject} was deleted by {actor}",
    "next_steps": ["Ask."],
    "examples": [
        {"says": "it is done", "rings": True, "record": RECORD_TEXT},
        {"says": "it is not", "rings": False, "record": RECORD_TEXT},
    ],
}


def good():
    return copy.deepcopy(GOOD)


def test_a_good_rule_file_is_a_rule():
    rule = parse_rule("x-y1", good())
    assert (rule.id, rule.role, rule.severity, rule.brief_many, rule.attack) == (
        "x-y1",
        Role.TRIGGER,
        Severity.HIGH,
        "",
        (),
    )


FAULTS = [
    ({"title": None}, "`title` is missing"),
    ({"title": " "}, "`title` is empty"),
    ({"sentense": "x"}, "unknown key `sentense`"),
    ({"title": 7}, "`title` must be text"),
    ({"pattern": 7}, "`pattern` must be text"),
    ({"role": "prelud"}, "`role` is `prelud`, and must be one of trigger, prelude"),
    ({"severity": "HIGH"}, "`severity` is `HIGH`, and must be one of info, low, medium, high, critical"),
    ({"severity": ["high"]}, "`severity` must be text"),
    ({"brief": "{who} deleted"}, "`brief`: unknown placeholder {who}"),
    ({"brief": "{} deleted"}, "`brief`: unknown placeholder {}"),
    ({"brief": "{actor.name} deleted"}, "`brief`: unknown placeholder {actor.name}"),
    ({"brief": "{actor:>{count}} deleted"}, "`brief`: placeholder {actor} takes no form or conversion"),
    ({"brief": "{actor!z} deleted"}, "`brief`: placeholder {actor} takes no form or conversion"),
    ({"sentence_self": "{actor deleted"}, "`sentence_self`: "),
    ({"brief_many": "x"}, "`brief_many` and `sentence_many` go together"),
    ({"sentence_many": "x"}, "`brief_many` and `sentence_many` go together"),
    ({"pattern": "{"}, "`pattern`: not JSON"),
    ({"pattern": '{"source": [{"prefx": "aws"}]}'}, "`pattern`: "),
    ({"next_steps": "Ask."}, "`next_steps` must be a list of texts"),
    ({"next_steps": [7]}, "`next_steps` must be a list of texts"),
    ({"attack": ["1531"]}, "`attack`: `1531` is no technique id"),
    ({"examples": "x"}, "`examples` must be tables, [[examples]]"),
    ({"examples": []}, "`examples` must show the rule both ringing and silent"),
    ({"examples": GOOD["examples"][:1]}, "`examples` must show the rule both ringing and silent"),
    ({"examples": [*GOOD["examples"], {"says": "x"}]}, "`examples` 3: needs says, rings and record"),
    ({"examples": [*GOOD["examples"], {**GOOD["examples"][0], "rings": [1]}]}, "`examples` 3: rings is true or false"),
    ({"examples": [*GOOD["examples"], {**GOOD["examples"][0], "record": 1}]}, "`examples` 3: rings is true or false"),
    ({"examples": [{**GOOD["examples"][0], "rings": n} for n in (0, 1)]}, "`examples` 1: rings is true or false"),
]


@pytest.mark.parametrize(("change", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_faulty_rule_file_is_refused_and_says_why(change, words):
    data = {key: value for key, value in {**good(), **change}.items() if value is not None}
    with pytest.raises(UsageError) as fault:
        parse_rule("x", data)
    assert (fault.value.message.startswith("rule `x`: "), words in fault.value.message) == (True, True)


@pytest.mark.parametrize("rule_id", ["", "X", "a_b", "a--b", "-a", "1a", "a" * 35, "a\n"])
def test_a_rule_whose_id_would_make_a_bad_name_is_refused(rule_id):
    with pytest.raises(UsageError, match="the id must be words of lower-case letters and digits"):
        parse_rule(rule_id, good())


def test_every_fault_of_every_file_is_told_at_once():
    files = {
        "one.toml": b"title = 7\nrole = 'x'\nseverity = 'y'\ncolour = 'red'",
        "two.toml": b"title = ",
        "three.toml": b"\xff",
    }
    with pytest.raises(UsageError) as fault:
        config.read_rules(files)
    lines = fault.value.message.split("\n")
    assert [line.partition(":")[0] for line in lines] == ["one.toml", "three.toml", "two.toml"]
    wanted = ("unknown key `colour`", "`pack` is missing", "`title` must be text", "`role` is `x`", "`severity` is `y`")
    assert [word in lines[0] for word in wanted] == [True] * 5


def test_the_rules_of_the_packs_that_are_on_are_selected_in_the_order_of_ids():
    other = parse_rule("a-first", {**good(), "pack": "other"})
    mine = parse_rule("b-second", good())
    both = Settings(packs=frozenset({"identity", "other"}))
    found = [[rule.id for rule in selected([mine, other], s)] for s in (Settings(), both, Settings(packs=frozenset()))]
    assert found == [["b-second"], ["a-first", "b-second"], []]


def test_a_rule_that_is_no_longer_there_is_told_neutrally(rules):
    assert [rules.get("gone"), rules.get("iam-user-deleted").id, rules.get("unreadable")] == [
        NEUTRAL,
        "iam-user-deleted",
        BUILT_IN["unreadable"],
    ]


def test_the_watched_names_are_those_of_the_patterns(rules):
    assert {"DeleteUser", "DeleteAccessKey", "RemoveUserFromGroup"} <= rules.watched
    assert all(re.fullmatch(r"[A-Z]\w+( Deleted)?", name) for name in rules.watched)


def test_a_record_without_a_time_is_told_as_of_when_it_came(rules):
    facts = {fact.label: fact.value for fact in compose(chapter_of([entry(eventTime="yesterday")]), rules).facts}
    assert facts["When"] == f"{NOW:%Y-%m-%d %H:%M:%S} UTC (when it came: the record tells no time)"


@pytest.mark.parametrize("rule", config.catalogue(), ids=lambda rule: rule.id)
def test_a_title_is_a_sentence_and_no_name_of_an_event_behind_a_colon(rule):
    for words in filter(None, (rule.brief, rule.brief_many)):
        assert not re.search(r": ?\{event\}|^\{event\}|still refuses", words)
