# shellcheck shell=bash
# tools/dev/steps.sh: the steps of `./dev test`, a function step_NAME each.

step_format() {
    local tool
    if ! tool=$(clang_format); then
        lacking format 'clang-format 14 is not installed'
        return
    fi
    if c_files | xargs -0 -r "$tool" --dry-run -Werror 2>"$RESULTS/format.err"; then
        result passed format
    else
        grep -o '^[^:]*:[0-9]*:.*error: ' "$RESULTS/format.err" | cut -d : -f 1 | sort | uniq -c
        result failed format 'run ./dev format'
    fi
}

step_includes() {
    check includes.self-test python3 tools/check/includes.py --self-test
    check includes.table python3 tools/check/includes.py
}

# every system call of src/ through the table, so that tests can make it fail
step_syscalls() {
    check syscalls.self-test python3 tools/check/syscalls.py --self-test
    check syscalls.table python3 tools/check/syscalls.py
}

step_contracts() {
    check contracts.self-test python3 tools/check/contracts.py --self-test
    check contracts.headers python3 tools/check/contracts.py
}

# docs/asyncio-to-coil.md names what exists, and all of asyncio
step_surface() {
    check surface.self-test python3 tools/check/surface.py --self-test
    check surface.names "$(newest_python)" tools/check/surface.py
}

step_headers() {
    python3 tools/check/headers.py --jobs "$JOBS" --results "$RESULT_FILE"
}

step_compile() {
    python3 test/compile/run.py --jobs "$JOBS" --results "$RESULT_FILE"
}

step_release() {
    configure release
    build release
    run_ctest release release -LE stress
}

step_conformance() {
    configure release
    build release conformance
    conformance release conformance uring,tiny,epoll
}

# With each capability of io_uring masked in turn: what the engine needs leads to epoll, what it can do without to helper threads.
# One at a time with a selection of tests, all that files need with all of the API tests and the scenarios; in the short test one of either kind.
NEEDED_CAPS='uring single_issuer defer_taskrun taskrun_flag ext_arg nodrop probe streams'
FILE_CAPS='fsync fallocate openat statx renameat unlinkat mkdirat linkat symlinkat ftruncate files'

step_capabilities() {
    local cap needed=$NEEDED_CAPS files=$FILE_CAPS few='^api\.(files|fs|sendfile|streams|tasks)\.uring$' tests
    [[ -n ${COIL_TEST_ALL-} ]] || needed=defer_taskrun files=files
    configure release
    build release all ${COIL_TEST_ALL:+conformance}
    for cap in $files; do
        tests=$few
        [[ -z ${COIL_TEST_ALL-} || $cap != files ]] || tests='^api\..*\.uring$'
        COIL_WITHOUT=$cap run_ctest release "without-$cap" -R "$tests"
    done
    COIL_TEST_BACKEND=epoll COIL_WITHOUT=pwait2 run_ctest release without-pwait2 -R "$few"
    for cap in $needed; do
        COIL_TEST_BACKEND=any COIL_WITHOUT=$cap run_ctest release "without-$cap" -R "$few"
    done
    [[ -n ${COIL_TEST_ALL-} ]] || return 0
    for cap in defer_taskrun files; do
        COIL_WITHOUT=$cap conformance release "without-$cap" any
    done
}

# Under a filter that refuses system calls: all of io_uring, as containers do; all that is younger than Linux 5.4; and what has
# a fallback of its own. The whole suite, with --all; else a selection.
step_refused() {
    local refuse=$ROOT/build/release/test/refuse tests='^(unit|api|fault|addon|fuzz|pictures)\.'
    [[ -n ${COIL_TEST_ALL-} ]] || tests='^(unit\.engine|api\.(files|processes|streams|subprocess|threads|tasks))'
    configure release
    build release all ${COIL_TEST_ALL:+conformance twins}
    export COIL_TEST_BACKEND=any
    local rule
    for rule in io_uring=EPERM linux-5.4; do
        export COIL_TEST_WRAPPER="$refuse $rule --"
        run_ctest release "refused-$rule" -R "$tests" -E '\.(tiny|epoll|sim)$' -LE stress
        [[ -n ${COIL_TEST_ALL-} ]] || continue
        conformance release "refused-$rule" any
        python3 examples/asyncio/run.py --build build/release --python "$(newest_python)" --jobs "$JOBS" \
            --backends any --results "$RESULT_FILE"
    done
    for rule in pidfd_open=ENOSYS pidfd_open=EPERM pidfd_send_signal=EPERM close_range=ENOSYS io_uring_enter=EPERM io_uring_register=EPERM; do
        COIL_TEST_WRAPPER="$refuse $rule --" run_ctest release "refused-$rule" \
            -R '^(unit\.engine_caps|api\.(processes|subprocess_life))' -E '\.(tiny|epoll|sim)$'
    done
}

# random programs, whose traces on CPython are on record
step_differential() {
    configure release
    build release differential_play
    differential release differential 300 uring,tiny,epoll
}

# what the headers say of From, Suspends and Cancel, against what happens
step_places() {
    [[ -e test/api/contract_places.c ]] || return 0
    configure release
    build release test_api_contract_places
    build/release/test/test_api_contract_places >"$RESULTS/places.txt" || true
    check contracts.places python3 tools/check/contracts.py --places "$RESULTS/places.txt"
}

step_asan() {
    local without='stress|examples' target=short
    if [[ -n ${COIL_TEST_ALL-} ]]; then
        without=stress target=all
    fi
    configure asan
    build asan "$target"
    run_ctest asan asan -LE "$without"
}

step_conformance-asan() {
    configure asan
    build asan conformance
    conformance asan conformance-asan "$(default_backend)"
}

# TSan for what crosses threads (cmake/tests.cmake says how it is known). The walk of children, a long one, only with --all.
step_tsan() {
    local without=(-E '^fault')
    [[ -z ${COIL_TEST_ALL-} ]] || without=()
    tsan_works || return 0
    configure tsan
    build tsan crossing
    run_ctest tsan tsan -L crossing -LE stress "${without[@]}"
    build tsan conformance_threads conformance_signals
    conformance tsan tsan "$(default_backend)" threads
    # TSan hands a signal on at the calls that it knows; io_uring_enter is none, so a sleeping ring never hears of it
    conformance tsan tsan-signals epoll signals
}

# the tutorial's programs in C and in Python: the same lines, on both backends
step_twins() {
    configure release
    build release twins
    python3 examples/asyncio/run.py --build build/release --python "$(newest_python)" --jobs "$JOBS" \
        --results "$RESULT_FILE"
}

# what an operation costs in instructions, system calls and allocations, which noise does not move: bench/bounds.txt
step_counts() {
    configure release
    build release bench_tasks bench_handover bench_talk
    python3 bench/counts.py --build build/release --jobs "$JOBS" --results "$RESULT_FILE"
}

step_demo() {
    configure release
    build release
    if [[ -x build/release/examples/pictures/pictures ]]; then
        check demo.pictures pictures release --short
    fi
}

# programs outside of this tree, built with an installed Coil that was moved since
step_package() {
    local dir=$ROOT/build/package-test
    rm -rf "$dir"
    package "$dir/first"
    cmake --install build/package >"$RESULTS/install.log"
    mv "$dir/first" "$dir/moved"
    python3 test/package/run.py --tree "$dir/moved" --work "$dir/work" --traces "$ROOT" --results "$RESULT_FILE"
}

step_aarch64() {
    local package
    for package in gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user; do
        if ! have_package "$package"; then
            lacking aarch64 "$package is not installed"
            return
        fi
    done
    check aarch64.build bash test/aarch64.sh
    COIL_TEST_WRAPPER='qemu-aarch64 -L /usr/aarch64-linux-gnu' conformance aarch64 aarch64 epoll
}

# programs on the simulated backend under many seeds; a failure prints the command that does it again
step_seeds() {
    local seeds=300
    [[ -z ${COIL_TEST_ALL-} ]] || seeds=2000
    configure release
    build release
    build release conformance
    python3 test/stress/run.py --build build/release --seeds "$seeds" --jobs $((2 * JOBS)) \
        --results "$RESULT_FILE"
}
