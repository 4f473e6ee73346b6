# shellcheck shell=bash
# tools/dev/packages.sh: the Debian packages that each purpose needs, and how they are installed.

# purpose, need (nothing goes without it) or want (a step is skipped without it), package, and how to see
# it where there is no dpkg: a command, or pkg-config's name for it.

PACKAGES='
build  need  gcc                   cmd:gcc
build  need  g++                   cmd:g++
build  need  libc6-dev             cmd:gcc
build  need  cmake                 cmd:cmake
build  need  ninja-build           cmd:ninja
build  need  pkg-config            cmd:pkg-config
build  need  liburing-dev          pc:liburing
demo   need  libcurl4-openssl-dev  pc:libcurl
demo   need  libturbojpeg0-dev     pc:libturbojpeg
demo   need  libpng-dev            pc:libpng
demo   need  zlib1g-dev            pc:zlib
demo   need  node-llhttp           pc:libllhttp
package need python3               cmd:python3
package want libcurl4-openssl-dev  pc:libcurl
package want libssl-dev            pc:openssl
deb    need  debhelper             cmd:dh
deb    need  dpkg-dev              cmd:dpkg-buildpackage
deb    need  libcurl4-openssl-dev  pc:libcurl
deb    need  libssl-dev            pc:openssl
deb    need  lintian               cmd:lintian
test   need  check                 pc:check
test   need  python3               cmd:python3
test   need  procps                cmd:ps
test   need  libssl-dev            pc:openssl
test   need  openssl               cmd:openssl
test   need  valgrind              cmd:valgrind
test   want  strace                cmd:strace
test   want  clang                 cmd:clang
test   want  clang-format          cmd:clang-format
test   want  gcc-aarch64-linux-gnu cmd:aarch64-linux-gnu-gcc
test   want  libc6-dev-arm64-cross cmd:aarch64-linux-gnu-gcc
test   want  qemu-user             cmd:qemu-aarch64
test   want  make                  cmd:make
test   want  man-db                cmd:man
test   want  mandoc                cmd:mandoc
lint   need  cppcheck              cmd:cppcheck
cover  need  gcovr                 cmd:gcovr
fuzz   need  clang                 cmd:clang
fuzz   need  libclang-rt-14-dev    cmd:clang
bench  need  libuv1-dev            pc:libuv
bench  need  python3               cmd:python3
bench  want  linux-perf            cmd:perf
bench  want  strace                cmd:strace
bench  want  valgrind              cmd:valgrind
bench  want  node-llhttp           pc:libllhttp
peers  want  golang-go             cmd:go
peers  want  python3-uvloop        cmd:python3
peers  want  nodejs                cmd:node
peers  want  rustc                 cmd:rustc
peers  want  cargo                 cmd:cargo
peers  want  librust-tokio-dev     cmd:cargo
peers  want  nginx-light           cmd:nginx
peers  want  h2o                   cmd:h2o
peers  want  python3-uvicorn       cmd:python3
peers  want  python3-httptools     cmd:python3
format need  clang-format          cmd:clang-format
all    need  libclang-rt-14-dev    cmd:clang
'

# packages PURPOSES KIND: the package names of these purposes (a regex) and this kind (a regex)
packages() {
    awk -v purposes="^($1)\$" -v kind="^($2)\$" '$1 ~ purposes && $2 ~ kind { print $3 }' \
        <<<"$PACKAGES" | sort -u
}

have_package() {
    if command -v dpkg-query >/dev/null; then
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
        return
    fi
    local probe
    probe=$(awk -v package="$1" '$3 == package { print $4; exit }' <<<"$PACKAGES")
    case $probe in
    cmd:*) command -v "${probe#cmd:}" >/dev/null ;;
    pc:*) command -v pkg-config >/dev/null && pkg-config --exists "${probe#pc:}" ;;
    esac
}

missing_packages() { # PURPOSES KIND
    local package
    for package in $(packages "$1" "$2"); do
        have_package "$package" || printf '%s\n' "$package"
    done
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        return 1
    elif [[ -t 0 && -z ${CI-} ]]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        "$@" </dev/null >build/apt.log 2>&1
}

# install PURPOSES: what is needed must be there afterwards; what is wanted is tried
install() {
    local needed wanted package
    mapfile -t needed < <(missing_packages "$1" need)
    mapfile -t wanted < <(missing_packages "$1" want)
    [[ ${#needed[@]} == 0 && ${#wanted[@]} == 0 ]] && return
    mkdir -p build
    if command -v apt-get >/dev/null; then
        printf 'dev: installing %s\n' "${needed[*]} ${wanted[*]}"
        as_root apt-get update -qq </dev/null >build/apt.log 2>&1 || true
        if ! apt_install "${needed[@]}" "${wanted[@]}"; then
            [[ ${#needed[@]} == 0 ]] || apt_install "${needed[@]}" || true
            for package in "${wanted[@]}"; do
                apt_install "$package" || true
            done
        fi
    fi
    mapfile -t needed < <(missing_packages "$1" need)
    if [[ ${#needed[@]} != 0 ]]; then
        [[ -s build/apt.log ]] && tail -n 5 build/apt.log >&2
        die "missing, by their Debian names (install them first): ${needed[*]}"
    fi
}
