#!/usr/bin/env bash
# test_pictures.sh PROGRAM GENERATE: the whole program against its own server, with small pictures.
#
# Each case says what is to be seen: the exit status, a line of the output, the files that are there. None
# asks how long something takes; each is bounded.
set -u
PROGRAM=$1
GENERATE=$2
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/pictures-test.XXXXXX") || exit 1
trap 'rm -rf "$FOLDER"' EXIT
FAILED=0
unset COIL_PICTURES

fail() {
    FAILED=$((FAILED + 1))
    printf 'FAILED: %s\n' "$*"
    sed 's/^/    | /' "$FOLDER/output"
}

# run NAME STATUS ARGS...: the program, its output kept in $FOLDER/output, its files in $OUT
run() {
    local name=$1 expected=$2 status=0
    shift 2
    OUT=$FOLDER/${name// /-}
    timeout 60 "$PROGRAM" --out "$OUT" --bandwidth 0 --delay 0.02 --workers 2 "$@" \
        >"$FOLDER/output" 2>&1 </dev/null || status=$?
    [[ $status == "$expected" ]] || fail "$name: exit status $status instead of $expected"
    NAME=$name
}

says() { grep -q -- "$1" "$FOLDER/output" || fail "$NAME: does not say: $1"; }
done_is() { # N: so many PNG files of edges, and nothing half done
    local n
    n=$(find "$OUT/edges" -name '*.png' | wc -l)
    [[ $n == "$1" ]] || fail "$NAME: $n pictures done instead of $1"
    no_parts
}
no_parts() {
    [[ -z $(find "$OUT" -name '*.part') ]] || fail "$NAME: a .part file was left"
}

mkdir "$FOLDER/images"
"$GENERATE" "$FOLDER/images" 5 160 120 >"$FOLDER/output" 2>&1 || { fail 'pictures-generate'; exit 1; }

for strategy in sequential threads async async+threads async+processes; do
    run "$strategy" 0 --strategy "$strategy" --limit 3 --images "$FOLDER/images"
    done_is 3
done

run compare 0 --limit 2 --images "$FOLDER/images"
done_is 2
says '^async+processes .* s '
grep -q '<html' "$OUT/report.html" || fail 'compare: there is no report.html'

run 'answers of 503 are tried again' 0 --strategy async --fail-first 1 --limit 2 --images "$FOLDER/images"
done_is 2

for strategy in threads async+processes; do
    run "truncated with $strategy" 1 --strategy "$strategy" --truncate '*02*' --images "$FOLDER/images"
    says '1 of 5 failed'
    done_is 4
done

# A server whose files are not all pictures.
cp -r "$FOLDER/images" "$FOLDER/mixed"
printf 'This is not a picture.\n' >"$FOLDER/mixed/note.jpg"
: >"$FOLDER/mixed/empty.jpg"
run 'not pictures' 1 --strategy async+processes --images "$FOLDER/mixed"
says '2 of 7 failed'
done_is 5

# URLs that fail each in their own way, beside one that does not. The server is a run of its own that waits.
SERVER=$(dirname "$PROGRAM")/pictures-server
"$SERVER" --images "$FOLDER/images" --delay 0.02 --bandwidth 0 >"$FOLDER/address" &
SERVER_PID=$!
"$SERVER" --images "$FOLDER/images" --delay 600 >"$FOLDER/slow" &
SLOW_PID=$!
trap 'kill "$SERVER_PID" "$SLOW_PID" 2>/dev/null; wait; rm -rf "$FOLDER"' EXIT
for ((i = 0; i < 200; i++)); do
    [[ -s $FOLDER/address && -s $FOLDER/slow ]] && break
    sleep 0.05
done
BASE=$(grep -o 'http://[^ ]*[0-9]' "$FOLDER/address")
SLOW=$(grep -o 'http://[^ ]*[0-9]' "$FOLDER/slow")
PICTURE=$(cd "$FOLDER/images" && ls | head -n 1)
printf '# a list\n%s\n\n%s\n' "$BASE/$PICTURE" "$BASE/missing.jpg" >"$FOLDER/list"
run 'a 404 and bad URLs' 1 --strategy async --timeout 30 --from "$FOLDER/list" 'no-scheme://x/y.jpg' \
    'http://127.0.0.1:1/refused.jpg'
says '3 of 4 failed'
says '404'
done_is 1

run 'a time-out' 1 --strategy threads --timeout 0.3 "$SLOW/$PICTURE" "$BASE/$PICTURE"
says '1 of 2 failed'
done_is 1

# Ctrl-C: one picture is finished, the other never answers.
for strategy in sequential threads async async+processes; do
    OUT=$FOLDER/interrupted-$strategy
    NAME="Ctrl-C with $strategy"
    : >"$FOLDER/output"
    set -m # a background job that does not ignore SIGINT
    "$PROGRAM" --out "$OUT" --strategy "$strategy" "$BASE/$PICTURE" "$SLOW/$PICTURE" \
        >"$FOLDER/output" 2>&1 </dev/null &
    PID=$!
    set +m
    for ((i = 0; i < 600; i++)); do
        grep -q '  downloaded' "$FOLDER/output" && break
        sleep 0.05
    done
    kill -INT "$PID"
    for ((i = 0; i < 600; i++)); do
        kill -0 "$PID" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$PID" 2>/dev/null && fail "$NAME: it goes on"
    wait "$PID"
    status=$?
    [[ $status == 130 ]] || fail "$NAME: exit status $status instead of 130"
    says 'Interrupted'
    says "$strategy: finished . of 2 pictures, 1 downloaded"
    no_parts
done

run 'no such strategy' 64 --strategy quickly
run 'nothing to do' 2 --from "$FOLDER/missing"

[[ $FAILED == 0 ]] || exit 1
echo 'all as expected'
