"""Deploying as a person does it: verbs typed in an empty folder, against an account known by its address only."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from botocore.endpoint import Endpoint

from accounts import client, links_in_mail, stacks
from breaks import disable_rule, stop_trail
from sampled import first_alone
from tocsin.adapters.cloudformation import Stacks
from tocsin.errors import Unreachable

pytestmark = pytest.mark.rehearsal


def test_plan_apply_apply_again_and_destroy_as_one_types_them(run, named, account):
    name = named("bell", 'subscribers = ["ops@example.com"]')
    code, out, err = run("plan")
    assert (code, err, name in stacks(account)) == (0, "", False)
    assert "account 123456789012 in us-east-1, stack bell (new)" in out
    assert "ops@example.com has to confirm" in out
    code, out, err = run("apply", "--yes")
    assert (code, name in stacks(account)) == (0, True)
    assert "create complete: Topic" in err
    assert "the pipeline stands" in out
    assert out.endswith("to do now: ops@example.com was sent 2 links; for each: tocsin subscription confirm LINK\n")
    code, out, err = run("apply", "--yes")
    assert (code, err, "no changes: bell is as the template says" in out) == (0, "", True)
    code, out, err = run("plan")
    left = client(account, "cloudformation").list_change_sets(StackName=name)["Summaries"]
    assert (code, "no changes" in out) == (0, True)
    assert [one for one in left if one["ExecutionStatus"] != "EXECUTE_COMPLETE"] == []
    code, out, err = run("destroy", "--yes", "--name", name)
    assert (code, name in stacks(account)) == (0, False)
    assert "stays. To remove it:" in out
    assert run("destroy", "--yes", "--name", name)[0] == 0


def test_a_plan_is_one_json_object_and_keeps_the_template_where_one_says(run, named, tmp_path, account):
    named("paper", "durable = true")
    code, out, _ = run("plan", "--json", "--out", "pipeline.yaml")
    told = json.loads(out)
    assert (code, told["kind"], told["account"], told["new"]) == (0, "plan", "123456789012", True)
    assert {one["resource"] for one in told["changes"]} >= {"Queue", "FeedIam", "WireIamUserDeleted", "Trail"}
    text = (tmp_path / "pipeline.yaml").read_text()
    assert "FeedIam:" in text
    assert "paper" not in stacks(account)


def test_nobody_to_ask_is_said_and_nothing_is_changed(run, named, account):
    name = named("unasked")
    for verb in (("apply",), ("destroy",)):
        code, _, err = run(*verb)
        assert code in (0, 2)
        assert "Traceback" not in err
    assert run("apply")[2].startswith("error: nobody can be asked, since standard input is no terminal")
    assert name not in stacks(account)


def test_another_account_than_the_config_names_is_refused_before_anything_is_done(run, named):
    named("elsewhere", 'account = "210987654321"')
    code, out, err = run("apply", "--yes")
    assert (code, out) == (3, "")
    assert "the credentials are of account 123456789012, and the config names 210987654321" in err


def test_a_region_where_the_alarm_could_never_ring_is_refused_and_the_right_one_is_taken_by_itself(run, named):
    named("regions")
    code, _, err = run("plan", "--region", "eu-west-1")
    assert (code, "use --region us-east-1" in err) == (2, True)
    code, out, _ = run("plan", AWS_REGION="eu-west-1")
    assert (code, "in us-east-1, stack regions" in out) == (0, True)


def test_a_stack_of_that_name_that_is_not_ours_is_left_alone(run, named, account):
    name = named("theirs")
    body = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
    client(account, "cloudformation").create_stack(StackName=name, TemplateBody=body)
    for arguments in (("plan",), ("apply", "--yes"), ("destroy", "--yes", "--name", name)):
        code, out, err = run(*arguments)
        assert (code, out, "it is not Tocsin's" in err) == (2, "", True)
    assert name in stacks(account)


@pytest.mark.parametrize(
    ("environ", "code", "said"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 4, "AWS cannot be reached"),
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODYATALL00000"}, 3, "InvalidClientTokenId"),
        ({"AWS_PROFILE": "gone"}, 3, "The config profile (gone) could not be found"),
    ],
    ids=["no AWS there", "an unknown key", "an unknown profile"],
)
def test_what_is_wrong_with_the_way_to_aws_is_a_sentence_with_a_hint(run, named, environ, code, said):
    named("lost")
    found, out, err = run("plan", **environ)
    assert (found, out, said in err, "\n\nhint: " in err) == (code, "", True, True)
    assert "Traceback" not in err


def confirm(run, account, address):
    """Confirm both of an address, and give the links."""
    links = links_in_mail(account, address)
    assert [run("subscription", "confirm", link)[0] for link in links] == [0, 0]
    return links


def test_a_subscriber_is_pending_then_confirmed_for_good_and_hears_of_a_deletion(run, named, account):
    named("heard", 'subscribers = ["heard@example.com"]')
    assert run("subscription", "list")[0] == 2
    assert run("apply", "--yes")[0] == 0
    code, out, _ = run("subscription", "list")
    assert (code, out.count("pending      email  heard@example.com")) == (1, 2)
    link, other = links_in_mail(account, "heard@example.com")
    assert run("subscription", "confirm", other)[0] == 0
    wrapped = f"https://scanner.example.com/?url={quote(link, safe='')}&x=1"
    code, out, err = run("subscription", "confirm", wrapped)
    assert (code, err, out.split()[:3]) == (0, "", ["confirmed", "email", "heard@example.com"])
    code, out, _ = run("subscription", "list", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert (code, [(one["state"], one["hears"]) for one in found]) == (
        0,
        [("confirmed", "bell"), ("confirmed", "trouble")],
    )
    iam = client(account, "iam")
    iam.create_user(UserName="short-lived")
    iam.delete_user(UserName="short-lived")
    account.settle()
    told = [mail["text"] for mail in account.mails() if mail["to"] == "heard@example.com"]
    assert any("IAM user [short-lived] was DELETED" in text for text in told)


def test_a_link_that_was_followed_is_told_as_one_that_any_mail_can_end(run, named, account):
    named("clicked", 'subscribers = ["clicked@example.com"]')
    assert run("apply", "--yes")[0] == 0
    for link in links_in_mail(account, "clicked@example.com"):
        urlopen(link).close()
    code, out, _ = run("subscription", "list")
    assert (code, out.count("silenceable")) == (0, 2)


@pytest.mark.parametrize("token", ["nonsense", "a" * 128])
def test_a_token_that_is_of_no_use_is_a_sentence_with_a_hint(run, named, token):
    named("tokens", 'subscribers = ["t@example.com"]')
    run("apply", "--yes")
    code, out, err = run("subscription", "confirm", token)
    assert (code, out, "\n\nhint: " in err, "Traceback" in err) == (2, "", True, False)


class NotAws(BaseHTTPRequestHandler):
    """Answers everything with the same words, as the sign-in page of a hotel does."""

    words = b""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.words)))
        self.end_headers()
        self.wfile.write(self.words)

    def log_message(self, *_given):
        """Say nothing."""


@pytest.mark.parametrize("words", [b"<html><body>Welcome</body></html>", b"", b'{"hello": 1}', b"<a><b>1</b></a>"])
def test_what_answers_and_is_not_aws_is_a_sentence(run, named, words, monkeypatch):
    named("hotel")
    monkeypatch.setattr(NotAws, "words", words)
    with HTTPServer(("127.0.0.1", 0), NotAws) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        code, out, err = run("plan", AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    assert (code, out, "what answered is not AWS" in err, "check AWS_ENDPOINT_URL" in err) == (4, "", True, True)


ALL_DENIED = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sns:*", "Resource": "*"}]}
)


def delete_feed(account, name):
    events = client(account, "events")
    events.remove_targets(Rule=f"{name}-feed-iam", Ids=["queue", "observer"])
    events.delete_rule(Name=f"{name}-feed-iam")


def delete_queue(account, name):
    sqs = client(account, "sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{name}-feed")["QueueUrl"])


def unsubscribe(account, name):
    sns = client(account, "sns")
    for topic in (name, f"{name}-alarms"):
        arn = f"arn:aws:sns:us-east-1:123456789012:{topic}"
        for one in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def add_subscriber(account, name):
    queue = f"arn:aws:sqs:us-east-1:123456789012:{name}-rule-dead"
    arn = f"arn:aws:sns:us-east-1:123456789012:{name}"
    client(account, "sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)


# Whatever else may be broken is in the proof of the doctor: `test_doctor_mutations.py`.
BREAKS = {
    stop_trail: {"trail"},
    delete_feed: {"feed-rule"},
    unsubscribe: {"subscription", "alarm-subscription", "observer"},
    add_subscriber: {"subscription"},
    delete_queue: {"queue", "queue-policy", "dead-letters"},  # its own deletion cannot be delivered to it any more
}


def not_whole(run):
    """The links that status does not call whole; its exit code says the same."""
    code, out, _ = run("status", "--json")
    links = [one for one in map(json.loads, out.splitlines()) if "link" in one]
    wrong = {one["link"] for one in links if one["standing"] != "whole"}
    assert code == (1 if wrong else 0)
    return wrong


@pytest.mark.parametrize("broken", first_alone(BREAKS), ids=lambda one: one.__name__)
def test_status_names_the_link_that_somebody_broke_by_hand_and_apply_mends_it(run, named, account, broken):
    name = named(
        broken.__name__.replace("_", "-"), "durable = true", f'subscribers = ["{broken.__name__}@example.com"]'
    )
    assert run("apply", "--yes")[0] == 0
    confirm(run, account, f"{broken.__name__}@example.com")
    code, out, err = run("status")
    assert (code, err, "broken" in out, "not seen" in out) == (0, "", False, False)
    broken(account, name)
    account.settle()
    assert not_whole(run) == BREAKS[broken]
    # Whoever was unsubscribed has to confirm again, and what was added is for a person to take away.
    if broken not in (unsubscribe, add_subscriber):
        code, out, err = run("apply", "--yes")
        assert (code, "by hand" in out) == (0, True)
        # What could not be delivered meanwhile waits on, for dead-letters replay.
        assert not_whole(run) == BREAKS[broken] & {"dead-letters"}


KEY_BREAKS = {
    "key-disabled": (lambda kms, key: kms.disable_key(KeyId=key), "it is Disabled"),
    "key-closed": (
        lambda kms, key: kms.put_key_policy(KeyId=key, PolicyName="default", Policy='{"Statement": []}'),
        "neither its policy nor a grant lets EventBridge use it",
    ),
}


@pytest.mark.parametrize("name", KEY_BREAKS)
def test_status_names_the_key_that_keeps_the_bell_silent(run, named, account, name):
    named(name, "customer_key = true")
    assert run("apply", "--yes")[0] == 0
    before = not_whole(run)
    assert "topic-key" not in before
    kms = client(account, "kms")
    breaks, said = KEY_BREAKS[name]
    breaks(kms, kms.describe_key(KeyId=f"alias/{name}")["KeyMetadata"]["KeyId"])
    assert not_whole(run) - before == {"topic-key"}
    assert said in " ".join(run("status")[1].split())


def test_a_pipeline_is_examined_by_forty_calls_and_two_a_rule_at_most(run, named, account, monkeypatch):
    named("counted", "durable = true", "customer_key = true", 'subscribers = ["a@example.com", "b@example.com"]')
    assert run("apply", "--yes")[0] == 0
    calls, send = [], Endpoint.make_request
    monkeypatch.setattr(Endpoint, "make_request", lambda *given: calls.append(given[1].name) or send(*given))
    assert run("status")[0] == 1
    rules = calls.count("ListTargetsByRule")
    assert 30 < rules < len(calls) <= 40 + 2 * rules


def test_drift_is_looked_for_on_request_and_the_last_look_is_told_with_its_date(run, named, account):
    name = named("drifting")
    assert run("apply", "--yes")[0] == 0
    assert "drift: never looked for: tocsin status --drift" in run("status")[1]
    disable_rule(account, name)
    code, out, _ = run("status", "--drift")
    assert (code, "WireIamUserDeleted: modified by hand; tocsin apply mends it" in out) == (1, True)
    assert "drift: the account is not as the template says, looked for at 20" in run("status")[1]
    assert run("apply", "--yes")[0] == 0
    assert "drift: none, looked for at 20" in run("status", "--drift")[1]


def test_what_destroy_left_is_adopted_when_the_pipeline_is_made_again(run, named, account):
    name = named("twice", "durable = true")
    assert run("apply", "--yes")[0] == 0
    code, out, _ = run("destroy", "--yes", "--name", name)
    assert (code, "aws sqs delete-queue --queue-url" in out, "aws s3 rb s3://" in out) == (0, True, True)
    code, out, err = run("apply", "--yes")
    assert (code, "adopt    The queue keeps each event" in out, "import complete: Queue" in err) == (0, True, True)


def test_a_creation_that_failed_says_what_and_why_and_leaves_nothing_in_the_way_of_the_next(run, named, account):
    name = named("clash")
    client(account, "sns").create_topic(Name=name)
    code, _, err = run("apply", "--yes")
    assert (code, "Topic (AWS::SNS::Topic): clash already exists" in err) == (4, True)
    assert "something else has that name already: choose another `name`" in err
    assert name not in stacks(account)
    client(account, "sns").delete_topic(TopicArn=f"arn:aws:sns:us-east-1:123456789012:{name}")
    assert run("apply", "--yes")[0] == 0


def test_what_may_not_be_looked_at_is_not_seen_and_the_look_goes_on(run, named, account):
    named("unseen", 'subscribers = ["unseen@example.com"]')
    assert run("apply", "--yes")[0] == 0
    iam = client(account, "iam")
    iam.create_user(UserName="reader")
    iam.attach_user_policy(UserName="reader", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_user_policy(UserName="reader", PolicyName="no-sns", PolicyDocument=ALL_DENIED)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    code, out, _ = run("status", "--json", **keys)
    standing = {one["link"]: one["standing"] for one in map(json.loads, out.splitlines()) if "link" in one}
    assert code == 1
    assert {link for link, one in standing.items() if one == "not seen"} == {
        "topic",
        "topic-policy",
        "subscription",
        "alarm-topic",
        "alarm-subscription",
        "observer",
    }
    assert set(standing.values()) == {"not seen", "whole"}


def test_init_looks_writes_a_config_that_fits_and_never_writes_over_one(run, tmp_path):
    code, out, err = run("init", "--subscriber", "ops@example.com")
    text = (tmp_path / "tocsin.toml").read_text()
    assert (code, err, 'account = "123456789012"' in text) == (0, "", True)
    assert 'subscribers = ["ops@example.com"]' in text
    assert run("plan")[0] == 0
    code, out, err = run("init")
    assert (code, out, "is there already" in err, (tmp_path / "tocsin.toml").read_text()) == (2, "", True, text)
    code, out, _ = run("init", "--overwrite", "--durable", "--json")
    assert (code, json.loads(out)["account"]) == (0, "123456789012")
    assert "durable = true" in (tmp_path / "tocsin.toml").read_text()
    assert run("init", "--out", "other.toml", "--subscriber", "nobody")[0] == 2


def test_init_says_what_it_may_not_see_and_goes_on(run, tmp_path, account):
    iam = client(account, "iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    code, _, err = run("init", AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
    assert (code, "not seen: DescribeTrails: " in err, (tmp_path / "tocsin.toml").exists()) == (0, True, True)


def others_trail(account):
    """A trail that somebody else made, which records all that the pipeline needs."""
    s3, trail = client(account, "s3"), client(account, "cloudtrail")
    for one in trail.describe_trails()["trailList"]:  # of other tests' pipelines
        trail.delete_trail(Name=one["TrailARN"])
    s3.create_bucket(Bucket="others-logs")
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {**allow, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::others-logs"},
        {**allow, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::others-logs/*"},
    ]
    s3.put_bucket_policy(Bucket="others-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    arn = trail.create_trail(Name="others", S3BucketName="others-logs", IsMultiRegionTrail=True)["TrailARN"]
    trail.start_logging(Name=arn)
    return arn


def test_a_trail_that_will_do_is_adopted_and_left_as_it_is(run, tmp_path, account):
    arn, trail = others_trail(account), client(account, "cloudtrail")

    def shown():
        return trail.describe_trails(trailNameList=[arn])["trailList"], trail.get_event_selectors(TrailName=arn)[
            "EventSelectors"
        ]

    before = shown()
    code, out, _ = run("init", "--json")
    assert (code, json.loads(out)["trail"]) == (0, arn)
    config = tmp_path / "tocsin.toml"
    config.write_text(f'name = "adopting"\n{config.read_text()}')
    code, out, err = run("apply", "--yes")
    assert (code, "create complete: Trail" in err, arn in out, shown() == before) == (0, False, True, True)
    assert "whole     trail" in run("status")[1]


def test_a_subscription_that_somebody_ended_is_made_again_by_apply(run, named, account):
    name = named("again", 'subscribers = ["again@example.com"]')
    assert run("apply", "--yes")[0] == 0
    first = confirm(run, account, "again@example.com")
    unsubscribe(account, name)
    assert run("status")[0] == 1
    code, out, _ = run("apply", "--yes")
    assert (code, "again@example.com was not subscribed any more: subscribed again" in out) == (0, True)
    second = confirm(run, account, "again@example.com")
    assert set(second).isdisjoint(first)
    assert run("status")[0] == 0
    told = [json.loads(line) for line in run("apply", "--yes", "--json")[1].splitlines()]
    assert (told[-1]["subscribed_again"], told[-1]["to_confirm"]) == ([], [])


def test_a_person_is_asked_and_another_answer_changes_nothing(run, named, account):
    name = named("asked", 'subscribers = ["asked@example.com"]')
    code, _, err = run("apply", answer="no")
    assert (code, "Apply this to account 123456789012 in us-east-1? Type yes to go on" in err) == (130, True)
    assert name not in stacks(account)
    assert run("apply", answer="yes")[0] == 0
    code, _, err = run("destroy", answer="yes")
    assert (code, "Type asked to go on" in err, name in stacks(account)) == (130, True, True)
    assert run("destroy", answer="asked")[0] == 0
    assert name not in stacks(account)


def states(run):
    """Who is subscribed to what, and where it stands."""
    out = run("subscription", "list", "--json")[1]
    return {(one["endpoint"], one["hears"]): one["state"] for one in map(json.loads, out.splitlines())}


def test_an_address_is_added_to_the_config_and_the_topics_and_taken_out_again(run, named, account, tmp_path):
    named("adding", "# mine", 'subscribers = ["first@example.com"]  # why', "", "[tags]", 'team = "security"')
    config = tmp_path / "tocsin.toml"
    code, _, err = run("subscription", "add", "early@example.com", "--yes")
    assert (code, "nothing is deployed yet" in err) == (0, True)
    assert run("apply", "--yes")[0] == 0
    code, out, err = run("subscription", "add", "second@example.com", "--yes")
    assert (code, "written: tocsin.toml" in err, "second@example.com has to confirm" in out) == (0, True, True)
    assert config.read_text().splitlines()[1:3] == [
        "# mine",
        'subscribers = ["first@example.com", "early@example.com", "second@example.com"]  # why',
    ]
    assert set(states(run)) == {
        (f"{one}@example.com", topic) for one in ("first", "early", "second") for topic in ("bell", "trouble")
    }
    confirm(run, account, "second@example.com")
    code, out, err = run("subscription", "remove", "second@example.com", "--yes")
    assert (code, "second@" in config.read_text(), "cannot be ended" in err) == (0, False, False)
    assert not any(endpoint == "second@example.com" for endpoint, _ in states(run))
    code, _, err = run("subscription", "remove", "early@example.com", "--yes")
    assert (code, "hears nothing, and lapses by itself" in err) == (0, True)
    assert 'team = "security"' in config.read_text()


def test_somebody_may_hear_of_trouble_alone(run, named, account, tmp_path):
    named("troubled", 'subscribers = ["first@example.com"]')
    assert run("apply", "--yes")[0] == 0
    assert run("subscription", "add", "oncall@example.com", "--trouble", "--yes")[0] == 0
    assert set(states(run)) == {
        ("first@example.com", "bell"),
        ("first@example.com", "trouble"),
        ("oncall@example.com", "trouble"),
    }
    assert 'alarm_subscribers = ["first@example.com", "oncall@example.com"]' in (tmp_path / "tocsin.toml").read_text()


def test_whoever_followed_the_link_is_subscribed_anew_and_whoever_waits_is_sent_it_again(run, named, account):
    named("anew", 'subscribers = ["anew@example.com"]')
    assert run("apply", "--yes")[0] == 0
    bell, _ = links_in_mail(account, "anew@example.com")
    urlopen(bell).close()
    assert states(run) == {("anew@example.com", "bell"): "silenceable", ("anew@example.com", "trouble"): "pending"}
    code, out, _ = run("subscription", "add", "anew@example.com")
    assert (code, out.count("has to confirm, with the link that SNS sends now")) == (0, 2)
    assert links_in_mail(account, "anew@example.com")[0] != bell
    confirm(run, account, "anew@example.com")
    code, out, _ = run("subscription", "add", "anew@example.com")
    assert (code, out.count("hears already")) == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (("add", "nobody"), {}, "'nobody' is no address"),
        (("remove", "x@example.com"), {}, "the config names no subscriber 'x@example.com'"),
        (("add", "x@example.com", "--yes"), {"TOCSIN_SUBSCRIBERS": "y@example.com"}, "outranks the config file"),
    ],
)
def test_what_cannot_be_added_or_removed_is_a_sentence(run, named, arguments, environ, said):
    named("nowhere")
    code, out, err = run("subscription", *arguments, **environ)
    assert (code, out, said in err, "Traceback" in err) == (2, "", True, False)


@pytest.mark.parametrize(
    ("end", "code"), [(KeyboardInterrupt(), 130), (Unreachable("AWS cannot be reached: timed out"), 4)]
)
def test_whoever_is_cut_off_is_told_that_aws_goes_on_and_how_to_look(run, named, monkeypatch, end, code):
    named("cut")
    monkeypatch.setattr(Stacks, "wait", lambda *_given: (_ for _ in ()).throw(end))
    found, _, err = run("apply", "--yes")
    assert (found, "AWS goes on without you: `tocsin plan` says when it has ended" in err) == (code, True)
    monkeypatch.undo()


def test_an_adopted_trail_that_will_not_do_is_said_with_the_command_and_one_that_is_not_there_ends_it(
    run, named, account
):
    trail = client(account, "cloudtrail")
    arn = (
        others_trail(account)
        if not trail.describe_trails()["trailList"]
        else trail.describe_trails()["trailList"][0]["TrailARN"]
    )
    named("leaning", f'trail = "{arn}"')
    trail.stop_logging(Name=arn)
    code, _, err = run("plan")
    assert (code, f"its logging is off: aws cloudtrail start-logging --name {arn}" in err) == (0, True)
    trail.start_logging(Name=arn)
    assert run("plan")[2] == ""
    named("leaning", f'trail = "{arn}-gone"')
    code, out, err = run("plan")
    assert (code, out, "there is no trail" in err, "tocsin init shows" in err) == (2, "", True, True)


def test_init_asks_a_person_who_is_to_hear_and_whether_something_reads(run, tmp_path):
    code, _, err = run("init", answer="nonsense\nann@example.com +41791234567\ny")
    assert (code, "is no address" in err) == (0, True)
    text = (tmp_path / "tocsin.toml").read_text()
    assert 'subscribers = ["ann@example.com", "+41791234567"]' in text
    assert "durable = true" in text


def test_status_says_what_is_wrong_with_the_routes_of_the_worker(run, named):
    routes = ('[[routes]]\nchannels = ["pagr"]', "[channels.pager]\nkind = 'terminal'")
    named("routed", *routes)
    assert run("apply", "--yes")[0] == 0
    code, out, _ = run("status")
    assert (code, "routes: route 1: there is no channel pagr" in out) == (1, True)
