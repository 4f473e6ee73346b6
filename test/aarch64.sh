#!/usr/bin/env bash
# test/aarch64.sh: builds Coil and the ported scenarios for aarch64 with Debian's cross compiler, into
# build/aarch64. Whoever runs them does it under qemu (./dev test aarch64): the switch, the stacks and the
# atomics of the other architecture, on epoll. Exit status 77, with a sentence, where a tool is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
BUILD=build/aarch64
CC=aarch64-linux-gnu-gcc
JOBS=${COIL_JOBS:-$(nproc)}

for tool in $CC aarch64-linux-gnu-ar qemu-aarch64; do
    if ! command -v "$tool" >/dev/null; then
        echo "$tool is not installed"
        exit 77
    fi
done

# liburing's headers are the same on each architecture; alone in a folder, so that no other header of
# this machine is seen
mkdir -p $BUILD/include $BUILD/objects
cp -r /usr/include/liburing.h /usr/include/liburing $BUILD/include/

FLAGS="-std=gnu11 -O2 -g -Wall -fno-strict-aliasing -fno-omit-frame-pointer -D_GNU_SOURCE"
INCLUDES="-Iinclude -idirafter $BUILD/include"

compile() { # SOURCE: into objects/, its path with _ for /
    local object=$BUILD/objects/${1//\//_}.o
    # shellcheck disable=SC2086
    $CC $FLAGS -DCOIL_BUILDING -Isrc $INCLUDES -c "$1" -o "$object"
}

port() { # AREA/NAME
    mkdir -p "$BUILD/test/conformance/${1%/*}"
    # shellcheck disable=SC2086
    $CC $FLAGS $INCLUDES -Itest/conformance "test/conformance/$1.c" $SHARED $BUILD/libcoil.a -pthread \
        -o "$BUILD/test/conformance/$1"
}

SHARED=$(compgen -G 'test/conformance/*.c' || true)
export -f compile port
export BUILD CC FLAGS INCLUDES SHARED

rm -f $BUILD/objects/* $BUILD/libcoil.a
printf '%s\n' src/*/*.c src/coro/*.S test/aarch64/no_uring.c |
    xargs -P "$JOBS" -I {} bash -euc 'compile {}'
aarch64-linux-gnu-ar rcs $BUILD/libcoil.a $BUILD/objects/*.o
(cd test/conformance && compgen -G '*/*.c' || true) | sed 's/\.c$//' |
    xargs -r -P "$JOBS" -I {} bash -euc 'port {}'
