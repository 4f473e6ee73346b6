# shellcheck shell=bash
# tools/dev/steps_all.sh: the steps that only `./dev test --all` runs, or `./dev test NAME`.

# The walks try the library's own paths, which neither a compiler nor a switch changes: the release and ASan builds have them.
NO_WALKS='-LE stress|examples -E ^fault'

# the Debian packages: built, judged by lintian, installed (aside) and used
step_deb() {
    local package
    for package in debhelper dpkg-dev lintian; do
        if ! have_package "$package"; then
            lacking deb "$package is not installed"
            return
        fi
    done
    check deb.build make_debs
    compgen -G 'build/deb/*.changes' >/dev/null || return 0
    check deb.lintian lintian --fail-on error --tag-display-limit 0 build/deb/*.changes
    check deb.consumers test/package/deb.sh build/deb
}

step_clang() {
    if ! command -v clang >/dev/null; then
        lacking clang 'clang is not installed'
        return
    fi
    configure clang
    build clang
    run_ctest clang clang $NO_WALKS
    build clang conformance
    conformance clang clang "$(default_backend)"
}

# all that are on record
step_differential-all() {
    configure asan
    build asan differential_play
    differential asan differential-all 600 "$(default_backend)"
    differential asan differential-all 600 epoll
}

# the scenarios while every stack that may sleep does so at once (docs/decisions/0008-sleeping-stacks.md)
step_asleep() {
    configure release
    build release conformance
    COIL_SLEEP_STACKS=0 conformance release asleep uring,epoll
}

step_ucontext() {
    configure ucontext
    build ucontext
    run_ctest ucontext ucontext $NO_WALKS
    build ucontext conformance
    conformance ucontext ucontext "$(default_backend)"
}

step_tsan-all() {
    tsan_works || return 0
    configure tsan
    build tsan
    run_ctest tsan tsan-all -E '^fault' -LE 'crossing|stress|examples'
    build tsan conformance
    conformance tsan tsan-all epoll
}

# Valgrind does not know io_uring (it lets no other thread run while one sleeps in a ring): unit tests, and the api tests on epoll.
# Its threads take turns (--fair-sched), so that none that waits for another starves it. What is lost is not looked for where there
# are process pools: each process would search all the address space that is kept for their shared blocks. A thread's TLS block
# looks "possibly lost" to it, so only what is lost for certain counts. Left out: the fault walks (hundreds of runs; ASan has them),
# and manners, which writes where it must not. One program a core: they need memory.
step_valgrind() {
    if ! have_package valgrind; then
        lacking valgrind 'valgrind is not installed'
        return
    fi
    configure release
    build release
    local tool="valgrind -q --error-exitcode=99 --fair-sched=yes --suppressions=$ROOT/test/valgrind.supp"
    local lost='--leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite'
    local COIL_TEST_AT_ONCE=$JOBS
    local pools='^api\.(processes|processes_held|processes_mad|processes_slots|threads_pools|contract_places)\.epoll'
    export COIL_TEST_NO_URING='Valgrind does not know io_uring' COIL_BACKEND=epoll CK_TIMEOUT_MULTIPLIER=20
    COIL_TEST_WRAPPER="$tool $lost" run_ctest release valgrind -L 'unit|epoll' -LE 'uring|tiny|stress|examples|fuzz' \
        -E "^fault|^api\.manners\.|$pools"
    COIL_TEST_WRAPPER="$tool --leak-check=no" run_ctest release valgrind-pools -R "$pools"
}

step_stress() {
    compgen -G 'test/stress/*.c' >/dev/null || return 0
    configure release
    build release
    run_ctest release stress -L stress
    configure asan
    build asan
    run_ctest asan stress-asan -L stress
    python3 test/stress/run.py --build build/asan --seeds 100 --jobs $((2 * JOBS)) --prefix seeds-asan \
        --results "$RESULT_FILE" stress
}

# each fuzzer for a while; the inputs in the repository are replayed by `release` and `asan`
step_fuzz() {
    local name
    if ! have_package libclang-rt-14-dev; then
        lacking fuzz 'libclang-rt-14-dev is not installed'
        return
    fi
    configure fuzz
    build fuzz $(fuzzers | sed 's/^/fuzz_/')
    for name in $(fuzzers); do
        COIL_BACKEND=epoll check "fuzz.$name.epoll" fuzz "$name" 10
        if [[ -z $COIL_TEST_NO_URING ]]; then
            COIL_BACKEND=uring check "fuzz.$name.uring" fuzz "$name" 10
        fi
    done
}

# cppcheck over src/; tools/check/cppcheck.txt says which of its findings are none, and why
step_lint() {
    if ! command -v cppcheck >/dev/null; then
        lacking lint 'cppcheck is not installed'
        return
    fi
    check lint.cppcheck cppcheck --quiet -j "$JOBS" --error-exitcode=1 --std=c11 --language=c \
        -D_GNU_SOURCE -DCOIL_BUILDING -D__x86_64__ -I src -I include \
        --enable=warning,performance,portability --suppressions-list=tools/check/cppcheck.txt \
        --suppress=unmatchedSuppression --template='{file}:{line}: {id}: {message}' src
}

# Which lines of src/ the unit, api, fault and conformance tests run, on io_uring and epoll. The counts of the last time are thrown
# away. Left out: the TLS walk, whose wrapped malloc is also that of the counters.
step_coverage() {
    if ! command -v gcovr >/dev/null; then
        lacking coverage 'gcovr is not installed'
        return
    fi
    configure coverage
    build coverage
    build coverage conformance
    find build/coverage -name '*.gcda' -delete
    run_ctest coverage coverage -LE stress -E '\.tiny$|^fault\.tls\.'
    conformance coverage coverage-conformance uring,epoll
    gcovr --root . --filter src/ -j "$JOBS" --json build/coverage/report.json build/coverage
    check coverage.figure python3 tools/check/coverage.py build/coverage/report.json
}

