"""A drill as cron types it, whole processes against an embedded AWS in another process.

The alternative in the same run is the guide's: make the same user and delete it with boto3 and nothing else, then poll
a queue behind the topic until the words of the rule are there. It proves one hop, and leaves nothing to clean by.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from served import served

ROUNDS = 5
RAW = """
import boto3, sys, time
iam, sqs = boto3.client("iam"), boto3.client("sqs")
name, url = sys.argv[1], sys.argv[2]
user = {"UserName": name}
iam.create_user(**user)
iam.create_group(GroupName=name)
iam.add_user_to_group(GroupName=name, **user)
iam.attach_user_policy(PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll", **user)
document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
iam.put_user_policy(PolicyName="p", PolicyDocument=document, **user)
iam.create_login_profile(Password="Correct-horse-9-battery", **user)
key = iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]
device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
iam.enable_mfa_device(SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321", **user)
iam.deactivate_mfa_device(SerialNumber=device, **user)
iam.delete_virtual_mfa_device(SerialNumber=device)
iam.delete_access_key(AccessKeyId=key, **user)
iam.delete_login_profile(**user)
iam.delete_user_policy(PolicyName="p", **user)
iam.detach_user_policy(PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll", **user)
iam.remove_user_from_group(GroupName=name, **user)
iam.delete_user(**user)
iam.delete_group(GroupName=name)
deadline = time.time() + 30
while time.time() < deadline:
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    if any(f"[{name}] was DELETED" in one["Body"] for one in found):
        break
else:
    sys.exit("it did not come")
"""


def main() -> None:
    """Measure and print."""
    with served() as environ:
        _measure(environ)


def _measure(environ: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = 'durable = true\nsubscribers = ["ops@example.com"]\nstate_folder = "state"\n'
        (Path(folder) / "tocsin.toml").write_text(config, encoding="utf-8")

        def run(*arguments: str) -> tuple[float, str]:
            started = time.perf_counter()
            command = [sys.executable, *arguments]
            done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)  # noqa: S603 - our own
            return time.perf_counter() - started, done.stdout

        said = run("-m", "tocsin", "apply", "--yes")[1]
        url = next(line.split()[1] for line in said.splitlines() if "ObserverUrl" in line)
        raw = sorted(run("-c", RAW, f"by-hand-{number}", url)[0] for number in range(ROUNDS))[ROUNDS // 2]
        print(f"{'boto3 alone, one hop':<32} {raw:>6.2f} s   the median of {ROUNDS}, as all of these")
        hops: dict[str, list[float]] = {}
        for label, options in (("", ()), ("--reduced", ("--reduced",)), ("--variant denied", ("--variant", "denied"))):
            took = []
            for _ in range(ROUNDS):
                seconds, out = run("-m", "tocsin", "drill", "--yes", "--no-confirm", "--json", *options)
                took.append(seconds)
                for hop in json.loads(out.splitlines()[-1])["hops"] if not label else ():
                    hops.setdefault(hop["hop"], []).append(hop["seconds"])
            middle = sorted(took)[ROUNDS // 2]
            print(f"{f'tocsin drill {label}':<32} {middle:>6.2f} s   {middle / raw:>5.2f} of boto3 alone")
        print("   " + ", ".join(f"{hop} {sorted(found)[ROUNDS // 2]:.3f} s" for hop, found in hops.items()))


if __name__ == "__main__":
    main()
