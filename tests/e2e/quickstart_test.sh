#!/bin/bash
# tools/quickstart with a ready build: everything arrives, and nothing of it is left behind, also after SIGTERM.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
for program in /usr/sbin/dovecot /usr/lib/postgresql/15/bin/initdb; do
    [ -x "$program" ] || { echo "SKIPPED: $program is missing (tools/setup installs it)"; exit 0; }
done
output=$(mktemp)
trap 'rm -f "$output"' EXIT

fail() {
    cat "$output"
    echo "quickstart_test: $*"
    exit 1
}

# Nothing may be left of the run whose output is in $output.
demand_clean() {
    local directory
    directory=$(grep -o '/tmp/godwit-quickstart-[A-Za-z0-9_]*' "$output" | head -1)
    [ -n "$directory" ] || fail "it named no directory"
    [ ! -e "$directory" ] || fail "$directory is still there"
    if pgrep -f "$directory" >/dev/null; then fail "processes of $directory are still there"; fi
}

tools/quickstart --no-setup --no-build >"$output" 2>&1 || fail "exit status $?"
grep -q '^Everything arrived' "$output" || fail "it does not say that everything arrived"
grep -Eq '^all +1000 +0 +0 +0 +0 +0 +0 +0 +0$' "$output" || fail "not 1000 equal messages"
demand_clean

# The second run begins right after the first and is ended in the middle. What the first one wrote must not be taken for it.
: >"$output"
tools/quickstart --no-setup --no-build >"$output" 2>&1 &
runner=$!
until grep -q '^Importing' "$output"; do
    kill -0 "$runner" 2>/dev/null || fail "the second run ended early"
    sleep 0.1   # between two looks
done
kill -TERM "$runner"
status=0
wait "$runner" || status=$?
[ "$status" = 143 ] || fail "exit status $status after SIGTERM"
demand_clean
echo "ok"
