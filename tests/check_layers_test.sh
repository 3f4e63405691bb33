#!/bin/bash
# tools/check_layers accepts this tree, and in a small tree with one violation of each kind names file and line of each.
set -euo pipefail
checker=$(dirname "$(readlink -f "$0")")/../tools/check_layers
command -v python3 >/dev/null || { echo "SKIPPED: python3 is not installed"; exit 0; }
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# put PATH TEXT: one file of the tree.
put() {
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "${@:2}" >"$tree/$1"
}

# demand WHERE WHAT: the last run complained so.
demand() {
    if ! grep -qF -- "$1: $2" "$tree/output"; then
        echo "not reported: $1: $2"
        failures=$((failures + 1))
    fi
}

lines() { seq "$1" | sed 's/.*/int x&;/'; }

put engine/base/good.h '#pragma once' '#include <string>' '// co_spawn, as_tuple and "select a from b" in a comment are fine.'
put engine/net/good.cpp '#include "engine/base/good.h"' 'auto x = as_tuple(10'"'"'000);' 'const char* y = "SELECT INBOX";'
put engine/base/task_scope.cpp 'void f() { co_spawn(); }'
put scheduler/pg/good.cpp '#include <pqxx/pqxx>' '#include "engine/sync/ledger.h"'
put tools/godwit/options.cpp '#include <CLI/CLI.hpp>' '#include <CLI/App.hpp>'
put tests/good_test.cpp '#include "daemon/x.h"' 'auto sql = "select a from b";'
put build-x/bad.cpp '#include <pqxx/pqxx>'
if ! "$checker" "$tree" >"$tree/output"; then
    echo "a good tree was refused:"
    cat "$tree/output"
    exit 1
fi

put engine/base/upward.cpp '' '#include "engine/net/good.h"'
put engine/sync/upward.h '#include "scheduler/migration.h"'
put engine/base/relative.cpp '#include "good.h"'
put elsewhere/new.cpp '#include "engine/base/good.h"'
put api/imap.cpp '#include "engine/imap/session.h"'
put api/handlers/pg.cpp '#include "scheduler/pg/executor.h"'
put scheduler/upward.cpp '#include "scheduler/pg/executor.h"'
put scheduler/inner.cpp '#include "engine/base/good.h"' '#include "engine/sync/plan.h"'
put scheduler/pqxx.cpp '#include <pqxx/pqxx>'
put scheduler/prometheus.cpp '#include <prometheus/counter.h>'
put daemon/yaml.cpp '#include <yaml-cpp/yaml.h>'
put api/sqlite.cpp '#include <sqlite3.h>'
put tools/godwit/second.cpp '#include <CLI/CLI.hpp>'
put daemon/spawn.cpp '/* co_spawn' '*/' 'void f() { boost::asio::co_spawn(1); }'
put scheduler/tuple.cpp 'auto x = asio::as_tuple(y);'
put api/sql.cpp 'auto a = "x";' 'auto b = R"(' '  SELECT id' '  FROM migrations' ')";'
put daemon/sql.cpp 'auto a = "delete from leases";'
put engine/base/long.cpp "$(lines 501)"
put schemas/migrations/0002_long.sql "$(lines 501)"
put tools/servers/long.py "$(lines 501)"
put api/web/long.ts "$(lines 450)"
status=0
"$checker" "$tree" >"$tree/output" || status=$?
[ "$status" = 1 ] || { echo "exit status $status, not 1"; failures=1; }

demand engine/base/upward.cpp:2 "engine/base may not include engine/net"
demand engine/sync/upward.h:1 "engine/sync may not include scheduler"
demand engine/base/relative.cpp:1 '"good.h" is not a path from the root of the tree'
demand elsewhere/new.cpp:1 "this folder is not in the table"
demand api/imap.cpp:1 "api may not include engine/imap"
demand api/handlers/pg.cpp:1 "api/handlers may not include scheduler/pg"
demand scheduler/upward.cpp:1 "scheduler may not include scheduler/pg"
demand scheduler/inner.cpp:2 "engine/sync/plan.h is internal to engine/sync"
demand scheduler/pqxx.cpp:1 "<pqxx/pqxx> may be included only in"
demand scheduler/prometheus.cpp:1 "<prometheus/counter.h> may be included only in"
demand daemon/yaml.cpp:1 "<yaml-cpp/yaml.h> may be included only in"
demand api/sqlite.cpp:1 "<sqlite3.h> may be included only in"
demand tools/godwit/second.cpp:1 "<CLI/...> stands in tools/godwit/options.cpp already"
demand daemon/spawn.cpp:3 "co_spawn may stand only in"
demand scheduler/tuple.cpp:1 "as_tuple may stand only in"
demand api/sql.cpp:2 "SQL belongs in schemas/queries"
demand daemon/sql.cpp:1 "SQL belongs in schemas/queries"
demand engine/base/long.cpp:501 "501 lines, at most 500 are allowed"
demand schemas/migrations/0002_long.sql:501 "501 lines, at most 500 are allowed"
demand tools/servers/long.py:501 "501 lines, at most 500 are allowed"
demand api/web/long.ts:401 "warning: 450 lines, more than 400"
demand check_layers "20 violations, 1 warnings"

if [ "$failures" != 0 ]; then
    cat "$tree/output"
    exit 1
fi
"$checker"
