#!/usr/bin/env bash
# Install the lowest versions that pyproject.toml declares, with every extra, and run the tests with them.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$work/venv"
run="$work/venv/bin/python"
"$run" -m pip install --quiet --disable-pip-version-check uv
# Only what is declared is taken at its lowest; what that needs is the newest that fits.
"$run" -m uv pip install --quiet --python "$run" --resolution lowest-direct \
    --editable ".[fast,lint,rehearse,sigma]" "pytest>=8.3" "pytest-xdist>=3.6" "hypothesis>=6.100"
"$run" -m uv pip list --quiet --python "$run"
"$run" -m pytest -q -n 2 --ignore tests/docs tests
