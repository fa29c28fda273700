#!/bin/sh
# Validates SARIF files with Microsoft's SARIF SDK, the rules of the standard and those of GitHub code scanning.
#
#   testdata/sarif/validate.sh FILE...
#   testdata/sarif/validate.sh --schema     print the path of the standard's JSON schema, which the tool brings along
#                                           but does not hold files to
#
# Exit 0: nothing to say about any file. 1: findings, printed. 3: the validator could not be installed or run.
# Installs with `npm ci` into $SARIF_VALIDATOR_DIR (default: a cache folder outside of the repository), once for
# each package-lock.json.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
lock=$(cksum "$here/package-lock.json" | cut -d ' ' -f 1)
dir=${SARIF_VALIDATOR_DIR:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/secretscan-sarif-validator}/$lock

cannot() {
    echo "validate.sh: $1" >&2
    exit 3
}

case $(uname -s) in
Linux) tool=$dir/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool ;;
Darwin) tool=$dir/node_modules/@microsoft/sarif-multitool-darwin/Sarif.Multitool ;;
*) cannot "no validator for this system" ;;
esac

if [ ! -e "$dir/installed" ]; then
    command -v npm >/dev/null || cannot "npm is not installed"
    mkdir -p "$(dirname "$dir")"
    # A folder of its own and a rename: two tests may install at the same time.
    fresh=$(mktemp -d "$dir.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    cp "$here/package.json" "$here/package-lock.json" "$fresh"
    # The packages' only script makes the binary executable; done here, without running scripts.
    (cd "$fresh" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || cannot "npm ci failed"
    chmod -R u+x "$fresh/node_modules/@microsoft"
    touch "$fresh/installed"
    mv "$fresh" "$dir" 2>/dev/null || [ -e "$dir/installed" ] || cannot "cannot write $dir"
fi

[ -x "$tool" ] || cannot "the package holds no $tool"

if [ "${1-}" = --schema ]; then
    echo "$(dirname "$tool")/sarif-2.1.0.json"
    exit 0
fi

# No ICU on small machines.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
failed=0
for file in "$@"; do
    [ -r "$file" ] || cannot "cannot read $file"
    # The exit status does not tell what the rules found, so the tool's words decide.
    said=$("$tool" validate --rule-kind 'Sarif;Ghas' "$file" 2>&1) || true
    if printf '%s\n' "$said" | grep -E ': (error|warning) [A-Z]+[0-9]+:'; then
        failed=1
        continue
    fi
    case $said in
    *"Analysis completed successfully."*) echo "$file: valid" ;;
    *)
        printf '%s\n' "$said" >&2
        cannot "the validator did not finish"
        ;;
    esac
done
exit $failed
