#!/usr/bin/env bash
# Step 1 of action.yml: puts the program in place and writes `program=PATH` to GITHUB_OUTPUT.
set -euo pipefail

fail() { # fail MESSAGE: an annotation, and the end
    echo "::error title=secretscan was not installed::$1"
    exit 2
}

temp=${RUNNER_TEMP:?is set by the runner}/secretscan
mkdir -p "$temp/bin"

finish() { # finish PROGRAM
    # A program that does not start here (other processor, older glibc) is told now, by its own words.
    "$1" --version || fail "'$1' does not run on this machine; its processor or its glibc is another than the release was built for; use 'build: true'"
    echo "program=$1" >>"$GITHUB_OUTPUT"
    exit 0
}

if [ -n "$INPUT_BINARY" ]; then
    program=$(command -v -- "$INPUT_BINARY") || fail "the input 'binary' names no program"
    # A relative path would no longer hold in the folder that is scanned.
    case $program in /*) ;; *) program=$PWD/$program ;; esac
    finish "$program"
fi

if [ "$INPUT_BUILD" = true ]; then
    command -v cargo >/dev/null || fail "'build: true' needs cargo; add a step that installs Rust"
    cargo install --locked --path "$GITHUB_ACTION_PATH" --root "$temp"
    finish "$temp/bin/secretscan"
fi

version=${INPUT_VERSION#v}
if [ -z "$version" ]; then
    # The workspace's version is the first one in the manifest.
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
fi
# It becomes part of a URL and of a path.
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "the input 'version' is no version like 0.1.0"

case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
Linux-X64) target=x86_64-unknown-linux-gnu ;;
Linux-ARM64) target=aarch64-unknown-linux-gnu ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
*) fail "there is no release for ${RUNNER_OS:-this system} on ${RUNNER_ARCH:-this processor}; use 'build: true', or 'binary'" ;;
esac

url=$INPUT_RELEASES_URL
if [ -z "$url" ]; then
    [ -n "$ACTION_REPOSITORY" ] || fail "an action from the checkout itself has no releases; set 'binary', 'build' or 'releases-url'"
    url=$GITHUB_SERVER_URL/$ACTION_REPOSITORY/releases/download
fi
name=secretscan-$version-$target
get() { # get FILE: downloads it from the release
    curl --proto '=https,file' --proto-redir '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 \
        --output "$temp/$1" -- "$url/v$version/$1" || fail "release v$version has no $1 that can be downloaded"
}
get "$name.tar.gz"
if [ -n "$INPUT_SHA256" ]; then
    expected=$INPUT_SHA256
else
    get SHA256SUMS
    expected=$(awk -v name="$name.tar.gz" '$2 == name { print $1 }' "$temp/SHA256SUMS")
    [ -n "$expected" ] || fail "the SHA256SUMS of release v$version do not name $name.tar.gz"
fi
sums=(sha256sum)
command -v sha256sum >/dev/null || sums=(shasum -a 256)
actual=$(${sums[@]+"${sums[@]}"} "$temp/$name.tar.gz" | cut -d ' ' -f 1)
[ "$actual" = "$(tr 'A-F' 'a-f' <<<"$expected")" ] ||
    fail "the checksum of $name.tar.gz is wrong: it was damaged or replaced. Nothing was run"
tar -xzf "$temp/$name.tar.gz" -C "$temp/bin" --strip-components=1 "$name/secretscan"
finish "$temp/bin/secretscan"
