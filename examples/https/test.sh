#!/usr/bin/env bash
# examples/https/test.sh SERVER GET: the two programs talk, with a certificate made for the purpose.
set -eu
if ! command -v openssl >/dev/null; then
    echo "the program openssl is missing"
    exit 77
fi
folder=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -f "$folder"/{cert.pem,key.pem,said,complaints,got,refusal}
    rmdir "$folder"
}
trap finish EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null
# in the foreground: else it would pass SIGTERM on twice, to the server and to its group
timeout --foreground 30 "$1" "$folder/cert.pem" "$folder/key.pem" >"$folder/said" 2>"$folder/complaints" &
server=$!
for _ in $(seq 100); do
    grep -q https "$folder/said" && break
    sleep 0.1
done
port=$(sed 's/.*://' "$folder/said")
"$2" "$folder/cert.pem" localhost "$port" /one /two >"$folder/got"
grep -q 'GET /one HTTP/1.1' "$folder/got"
grep -q 'GET /two HTTP/1.1' "$folder/got"
if "$2" "$folder/cert.pem" 127.0.0.1 "$port" /one 2>"$folder/refusal"; then
    echo "a certificate for another name was taken"
    exit 1
fi
grep -q 'IP address mismatch (host 127.0.0.1)' "$folder/refusal"
for _ in $(seq 100); do
    grep -q refused "$folder/complaints" && break
    sleep 0.1
done
grep -q 'refused: TLS handshake' "$folder/complaints"
kill "$server"
wait "$server"
server=
