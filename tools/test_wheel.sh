#!/usr/bin/env bash
# Build the wheel, install it alone into a fresh environment, and run the tests against it with src/ out of the way.
#   tools/test_wheel.sh extras   with every extra
#   tools/test_wheel.sh plain    with none: what needs one is skipped
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?"say extras or plain"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$work/venv"
run="$work/venv/bin/python"
"$run" -m pip install --quiet build
"$run" -m build --wheel --outdir "$work/dist" . >/dev/null
wheel=$(echo "$work"/dist/*.whl)
case "$kind" in
    extras) "$run" -m pip install --quiet "$wheel[fast,lint,rehearse]" ;;
    plain) "$run" -m pip install --quiet "$wheel" ;;
    *) echo "say extras or plain" >&2; exit 2 ;;
esac
"$run" -m pip install --quiet pytest pytest-xdist hypothesis pyyaml

cp -r tests README.md pyproject.toml docs examples CHANGELOG.md "$work/"
cd "$work"
# Without the extra there is no rehearsal to test.
[ "$kind" = extras ] || rm -rf tests/rehearsal tests/embedded_aws
"$run" -m pytest -q -n 2 --ignore tests/docs tests
