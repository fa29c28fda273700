#!/usr/bin/env bash
# Puts whole secret scanners side by side on one tree and prints Markdown tables. See README.md.
#
# This script installs the peers when they are missing (the only step that uses the network) and then runs
# measure.py in a network namespace without any interface, so that no scanner can phone home while it is measured.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cache="${SECRETSCAN_BENCH_CACHE:-$HOME/.cache/secretscan-bench}"
install=yes

arguments=()
for argument in "$@"; do
  case "$argument" in
    --no-install) install=no ;;
    *) arguments+=("$argument") ;;
  esac
done

say() {
  printf '%s\n' "$*" >&2
}

install_debian() {
  local package="$1" program="$2"
  # `type -P`: bash has a keyword `time`, which is not the program.
  type -P "$program" > /dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    say "installing $package"
    apt-get install -y --no-install-recommends "$package" > /dev/null || say "could not install $package"
  else
    say "missing: $program (Debian package $package)"
  fi
}

install_python_peers() {
  [ -x "$cache/venv/bin/kingfisher" ] && [ -x "$cache/venv/bin/detect-secrets" ] && return
  say "installing kingfisher-bin and detect-secrets into $cache/venv"
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" install --quiet --disable-pip-version-check kingfisher-bin detect-secrets
}

install_ripsecrets() {
  [ -x "$cache/ripsecrets/bin/ripsecrets" ] && return
  say "building ripsecrets into $cache/ripsecrets"
  cargo install --quiet --locked ripsecrets --root "$cache/ripsecrets"
}

# gitleaks and trufflehog are in Debian, in a newer suite than most machines have: its packages are fetched by an apt with
# folders of its own and unpacked, not installed.
install_newer_debian() {
  [ -x "$cache/debian/gitleaks/usr/bin/gitleaks" ] && [ -x "$cache/debian/trufflehog/usr/bin/trufflehog" ] && return
  command -v apt-get > /dev/null || return
  local apt="$cache/debian/apt" name
  say "fetching gitleaks and trufflehog from Debian sid into $cache/debian"
  mkdir -p "$apt"/etc/{sources.list.d,apt.conf.d,preferences.d} "$apt"/lists/partial "$apt"/archives/partial
  touch "$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main" \
    > "$apt/etc/sources.list"
  local options=(-qq -o "Dir::Etc=$apt/etc" -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status"
    -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives")
  apt-get "${options[@]}" update || return
  for name in gitleaks trufflehog; do
    (cd "$cache/debian" && apt-get "${options[@]}" download "$name") || continue
    dpkg-deb -x "$cache/debian/$name"_*.deb "$cache/debian/$name"
    dpkg-deb -f "$cache/debian/$name"_*.deb Version > "$cache/debian/$name.version"
  done
}

if [ "$install" = yes ]; then
  mkdir -p "$cache"
  install_debian hyperfine hyperfine
  install_debian ripgrep rg
  install_debian time time
  install_python_peers || say "without kingfisher and detect-secrets"
  install_ripsecrets || say "without ripsecrets"
  install_newer_debian || say "without gitleaks and trufflehog"
  if [[ "${arguments[*]-}" == *trees* ]]; then
    python3 "$here/trees.py" "${SECRETSCAN_BENCH_TREES:-$cache/trees}" || say "without some of the trees"
  fi
fi

offline=()
if unshare --map-root-user --net true 2> /dev/null; then
  offline=(unshare --map-root-user --net)
else
  say "no network namespace here: only the programs' own switches keep them off the network"
fi

export SECRETSCAN_BENCH_CACHE="$cache"
exec "${offline[@]}" python3 "$here/measure.py" "${arguments[@]}"
