# shellcheck shell=bash
# tools/dev/build.sh: configuring, building, installing, and the Debian packages.

# configure PRESET [CMAKE OPTIONS]: into build/PRESET; CMakePresets.json says what each one is
# A step finds configured what an earlier step of the same run configured: a build looks for itself whether anything changed.
configure() {
    local configured=$RESULTS/$1.configured
    [[ -z ${RESULT_FILE-} || $# != 1 || ! -e $configured ]] || return 0
    mkdir -p build
    cmake --preset "$@" >build/configure.log || {
        cat build/configure.log
        return 1
    }
    [[ -z ${RESULT_FILE-} ]] || touch "$configured"
}

build() { # DIR [TARGETS]
    local dir=build/$1
    shift
    cmake --build "$dir" -j "$JOBS" ${1+--target "$@"} -- --quiet
}

# package DIR [CMAKE OPTIONS]: the libraries, add-ons and manual in build/package, installed below DIR
package() {
    local prefix=$1
    shift
    configure package -D CMAKE_INSTALL_PREFIX="$prefix" "$@"
    build package
}

command_install() {
    local prefix=/usr/local
    while [[ $# != 0 ]]; do
        case $1 in
        --prefix)
            [[ -n ${2-} ]] || die 'install: --prefix DIR'
            prefix=$2
            shift 2
            ;;
        --prefix=?*)
            prefix=${1#*=}
            shift
            ;;
        *) die "install: unknown argument $1; it takes --prefix DIR" ;;
        esac
    done
    prefix=$(realpath -m -- "$prefix")
    install 'build|package'
    package "$prefix"
    local above=${DESTDIR-}$prefix run=()
    while [[ ! -e $above ]]; do
        above=$(dirname "$above")
    done
    [[ -w $above ]] || run=(as_root)
    "${run[@]}" cmake --install build/package >build/install.log || {
        tail -n 5 build/install.log >&2
        die "could not install below $prefix"
    }
    [[ $prefix != /usr && $prefix != /usr/local || -n ${DESTDIR-} ]] || "${run[@]}" ldconfig
    printf 'dev: installed below %s; pkg-config finds it with PKG_CONFIG_PATH=%s\n' \
        "$prefix" "$(dirname "$(grep '/coil\.pc$' build/package/install_manifest.txt)")"
}

# deb: the Debian packages, in build/deb, and what lintian says of them
make_debs() {
    local version dir
    version=$(sed -n 's/^project(coil VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
    [[ $(dpkg-parsechangelog -S Version) == "$version" ]] || die "debian/changelog is not about $version"
    dir=$ROOT/build/deb/coil-$version
    rm -rf build/deb
    mkdir -p "$dir"
    tar -c --exclude=./build* --exclude=./.git . | tar -x -C "$dir"
    (cd "$dir" && DEB_BUILD_OPTIONS="parallel=$JOBS nocheck" dpkg-buildpackage -us -uc)
}

command_deb() {
    install 'build|demo|package|deb'
    mkdir -p build
    make_debs >build/deb.log 2>&1 || {
        tail -n 30 build/deb.log >&2
        die 'the packages could not be built'
    }
    ls build/deb/*.deb
}

command_build() {
    install 'build|demo|test'
    configure release
    build release "$@"
}
