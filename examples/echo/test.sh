#!/usr/bin/env bash
# examples/echo/test.sh ECHO: starts it, has some lines echoed by several connections at once, and stops it by SIGTERM.
set -eu
out=$(mktemp)
"$1" >"$out" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; rm -f "$out"' EXIT
for _ in $(seq 200); do
    grep -q '^port' "$out" && break
    sleep 0.05
done
port=$(sed -n 's/^port \([0-9]*\),.*/\1/p' "$out")
python3 - "$port" <<'PY'
import socket, sys
many = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) for _ in range(40)]
for i, s in enumerate(many):
    s.settimeout(10)
    s.sendall(b"number %d\n" % i)
for i, s in enumerate(many):
    want = b"number %d\n" % i
    got = b""
    while len(got) < len(want):
        got += s.recv(len(want) - len(got)) or sys.exit("the end came too early")
    assert got == want, got
    s.close()
PY
kill -TERM "$pid"
wait "$pid"
grep -q '^40 connections$' "$out"
trap 'rm -f "$out"' EXIT
