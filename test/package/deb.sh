#!/usr/bin/env bash
# test/package/deb.sh DIR: installs the Debian packages in DIR, builds the consumers with them and takes them away again. All of
# it happens in a mount namespace whose /usr, /var and /etc are overlays: the machine itself is not changed.
# Exit status 77, with a sentence, where that is not permitted.
set -euo pipefail
dir=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")

if [[ ${2-} != --inside ]]; then
    if ! unshare -m true 2>/dev/null; then
        echo 'mount namespaces are not permitted here'
        exit 77
    fi
    exec unshare -m "$0" "$dir" --inside
fi

for folder in usr var etc; do
    mkdir -p "$dir/overlay/$folder"/{upper,work}
    mount -t overlay overlay "/$folder" \
        -o "lowerdir=/$folder,upperdir=$dir/overlay/$folder/upper,workdir=$dir/overlay/$folder/work" || {
        echo 'overlays can not be mounted here'
        exit 77
    }
done
unset PKG_CONFIG_PATH MANPATH CMAKE_PREFIX_PATH
mapfile -t packages < <(find "$dir" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*')
dpkg -i "${packages[@]}"
for package in "${packages[@]}"; do
    dpkg-deb -c "$package"
done >"$dir/contents"
cp -r "$here" "$dir/consumers"
cd "$dir/consumers"

make -C pkgconfig
pkgconfig/consumer
make -B -C pkgconfig STATIC=1
pkgconfig/consumer
for project in cmake cxx; do
    cmake -G Ninja -S "$project" -B "$project/build"
    cmake --build "$project/build"
done
for program in cmake/build/consumer_{coil,static,http,tls} cxx/build/consumer_{17,20}; do
    "$program"
done
# looked for in the packages: in a container dpkg may be told to leave manuals out
for page in 7/coil.7 3/coil-task.3 3/coil_gather.3 3/coil_http_fetch.3 3/coil_stream_start_tls.3; do
    grep -q "/man$page.gz" "$dir/contents" || {
        echo "no package has man$page"
        exit 1
    }
done
mapfile -t packages < <(dpkg-query -f '${Package}\n' -W 'libcoil*')
dpkg -r "${packages[@]}"
if compgen -G '/usr/lib/*/libcoil*' || compgen -G '/usr/include/coil*'; then
    echo 'this is left of the packages'
    exit 1
fi
