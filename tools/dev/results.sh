# shellcheck shell=bash
# tools/dev/results.sh: what a step is made of: commands whose results are lines in its RESULT_FILE, and what it asks about the machine.

result() { # STATUS NAME [REASON]
    printf '%s\t%s\t%s\n' "$1" "$2" "${3-}" >>"$RESULT_FILE"
}

# what the machine lacks: a skip; but with --all a missing package is a failure
lacking() { # NAME SENTENCE
    if [[ -n ${COIL_TEST_ALL-} ]]; then
        result failed "$1" "$2"
    else
        result skipped "$1" "$2"
    fi
}

# check NAME COMMAND...: one command, one result
check() {
    local name=$1 status=0
    shift
    "$@" || status=$?
    case $status in
    0) result passed "$name" ;;
    77) result skipped "$name" "$(tail -n 1 "$LOG_FILE")" ;;
    *) result failed "$name" "exit status $status" ;;
    esac
}

# run_ctest DIR PREFIX [CTEST OPTIONS]: each of its tests is a result. Two a core, because many sleep most of their time.
run_ctest() {
    local dir=build/$1 prefix=$2 junit
    shift 2
    junit=$ROOT/$RESULTS/$prefix.xml
    rm -f "$junit"
    ctest --test-dir "$dir" -j "${COIL_TEST_AT_ONCE:-$((2 * JOBS))}" --quiet --no-tests=error --output-junit "$junit" "$@" || true
    python3 tools/check/junit.py "$prefix" "$junit" "$RESULT_FILE"
}

conformance() { # BUILD PREFIX BACKENDS [AREAS]
    local dir=build/$1 prefix=$2 backends=$3
    shift 3
    python3 test/conformance/run.py --build "$dir" --backends "$backends" --prefix "$prefix" --jobs "$((2 * JOBS))" \
        --results "$RESULT_FILE" "$@"
}

differential() { # BUILD PREFIX SEEDS BACKENDS
    python3 test/differential/run.py --build "build/$1" --prefix "$2" --seeds "$3" --backends "$4" \
        --jobs "$JOBS" --results "$RESULT_FILE"
}

no_uring() { # prints why io_uring can't be used here; nothing when it can
    python3 tools/check/io_uring.py
}

default_backend() {
    [[ -z $COIL_TEST_NO_URING ]] && echo uring || echo epoll
}

# Python 3.13 is what Coil is compared with: COIL_PYTHON, else a 3.13 that is here, else python3
newest_python() {
    local python
    for python in ${COIL_PYTHON+"$COIL_PYTHON"} python3.13 "${HOME-}"/.pyenv/versions/3.13*/bin/python3; do
        if "$python" -c '' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    echo python3
}

# GCC 12's TSan dies when the kernel spreads mappings too widely; without address randomisation it works.
tsan_works() {
    local probe=$RESULTS/tsan-probe
    echo 'int main(void) { return 0; }' >"$probe.c"
    gcc -fsanitize=thread "$probe.c" -o "$probe"
    local try
    for try in 1 2 3 4 5 6 7 8; do
        "$probe" >/dev/null 2>&1 || break
    done
    if "$probe" >/dev/null 2>&1 && [[ $try == 8 ]]; then
        return 0
    fi
    if setarch "$(uname -m)" -R "$probe" >/dev/null 2>&1; then
        export COIL_TEST_WRAPPER="setarch $(uname -m) -R"
        return 0
    fi
    result skipped tsan 'this kernel maps memory where ThreadSanitizer of GCC 12 does not expect it'
    return 1
}
