#!/usr/bin/env bash
# Step 2 of action.yml: scans, and writes result, exit-code, json, sarif and upload to GITHUB_OUTPUT. It succeeds whatever
# was found, so that the upload still happens; conclude.sh decides.
set -euo pipefail

reports=${RUNNER_TEMP:?is set by the runner}/secretscan/reports
mkdir -p "$reports"
json=$reports/findings.json summary=$reports/summary.md sarif=$reports/tree.sarif
rm -f "$json" "$summary" "$sarif"

output() { # output NAME VALUE
    echo "$1=$2" >>"$GITHUB_OUTPUT"
}

nothing=false
finish() { # finish CODE
    case $1 in 0) result=clean ;; 1) result=findings ;; 3) result=incomplete ;; *) result=error ;; esac
    # What was not scanned is not clean.
    if [ "$1" = 0 ] && [ "$nothing" = true ]; then result=nothing; fi
    output exit-code "$1"
    output result "$result"
    exit 0
}

usage() { # usage MESSAGE
    echo "::error title=secretscan%3A wrong input::$1"
    output upload false
    finish 2
}

cd "$GITHUB_WORKSPACE/$INPUT_PATH" 2>/dev/null || usage "the input 'path' is no folder of the workspace"

# macOS has bash 3.2, where an empty array counts as unset: each one is expanded as ${name[@]+"${name[@]}"}.
# One argument a line: no shell reads them. The reports are this script's, and a log is no place for secrets.
args=() of_history=()
while IFS= read -r line; do
    case $line in
    "") ;;
    --show-secrets | --format | --format=* | --output | --output=* | -o*) usage "'args' must not hold $line: reports go into logs and alerts" ;;
    --allow-empty | --allow-shallow) of_history+=("$line") ;; # the scan of the tree for the upload knows neither
    *) args+=("$line") ;;
    esac
done <<<"$INPUT_ARGS"
[ -z "$INPUT_FAIL_ON" ] || args+=(--fail-on "$INPUT_FAIL_ON")

# In a container job the checkout belongs to another user; only this step trusts it.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' GIT_TERMINAL_PROMPT=0

has() { # has COMMIT: true if the clone has it
    git cat-file -e "$1^{commit}" 2>/dev/null
}

all() { # all COMMIT...: true if it has them all
    local commit
    for commit in "$@"; do has "$commit" || return 1; done
}

zeros='^0+$' id='^([0-9a-f]{40}|[0-9a-f]{64})$'
base=${INPUT_BASE:-$EVENT_BASE} head=${INPUT_HEAD:-$EVENT_HEAD}
scan=$INPUT_SCAN
if [ "$scan" = auto ]; then
    scan=tree
    if [ -n "$base" ] && [ -n "$head" ]; then scan=range; fi
fi

case $scan in
tree) command=(scan) ;;
history) command=(history ${of_history[@]+"${of_history[@]}"}) ;;
range)
    if [[ $head =~ $zeros ]]; then
        echo "::notice title=secretscan::a branch was deleted: nothing to scan"
        output upload false
        nothing=true
        finish 0
    fi
    [ -n "$base" ] && [ -n "$head" ] || usage "this event (${GITHUB_EVENT_NAME:-none}) has no range of commits; set 'base' and 'head', or 'scan'"
    # Only ids are fetched: a name could be read as an option.
    wanted=()
    for commit in "$base" "$head"; do
        if [[ $commit =~ $id ]] && ! [[ $commit =~ $zeros ]]; then wanted+=("$commit"); fi
    done
    deepen=()
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then deepen=(--unshallow); fi
    if [ "${#wanted[@]}" -gt 0 ] && { [ "${#deepen[@]}" -gt 0 ] || ! all ${wanted[@]+"${wanted[@]}"}; }; then
        git fetch --quiet --no-tags ${deepen[@]+"${deepen[@]}"} origin ${wanted[@]+"${wanted[@]}"} ||
            echo "::notice title=secretscan::the commits of the range could not be fetched; actions/checkout brings them with 'fetch-depth: 0'"
    fi
    # A new branch adds what the default branch lacks; so does one that was forced away from a commit that nobody has any
    # more. Of the default branch itself everything is new.
    default=refs/remotes/origin/$EVENT_DEFAULT_BRANCH
    if [ "${GITHUB_EVENT_NAME:-}" = push ] && [[ $base =~ $id ]] && ! has "$base" && all "$head"; then
        base=0000000000000000000000000000000000000000
        if [ "${GITHUB_REF_NAME:-}" != "$EVENT_DEFAULT_BRANCH" ] && has "$default"; then base=$default; fi
    fi
    # Commit by commit: what a later one takes away again is in the repository all the same.
    commits=$base..$head
    if [[ $base =~ $zeros ]]; then commits=$head; fi
    command=(history "--branch=$commits" ${of_history[@]+"${of_history[@]}"})
    if [ "$(git rev-list --count --end-of-options "$commits" -- 2>/dev/null)" = 0 ]; then
        nothing=true
        # A push that takes commits back, or a new branch without any of its own: git says that there is nothing. Elsewhere,
        # and with ends that somebody wrote, a range without a commit is most likely a mistake, and no pass.
        if [ "${GITHUB_EVENT_NAME:-}" = push ] && [ -z "$INPUT_BASE$INPUT_HEAD" ]; then
            echo "::notice title=secretscan::the push brings no commit: nothing to scan"
            command+=(--allow-empty)
        fi
    fi
    ;;
*) usage "the input 'scan' is auto, range, tree or history" ;;
esac

code=0
"$PROGRAM" ${command[@]+"${command[@]}"} ${args[@]+"${args[@]}"} --quiet --format github --format json --output "$json" \
    --format markdown --output "$summary" -- . || code=$?
if [ -s "$summary" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$summary" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -s "$json" ]; then output json "$json"; fi

# Code scanning takes each upload for the whole state of the branch and closes the alerts that are not in it. So it gets
# the findings of the checkout, whatever was scanned above.
upload=false
if [ "$INPUT_UPLOAD" = true ] && [ "$code" != 2 ]; then
    whole=0
    "$PROGRAM" scan ${args[@]+"${args[@]}"} --quiet --sarif-category "$INPUT_CATEGORY" --exit-zero \
        --format sarif --output "$sarif" -- . || whole=$?
    if [ "$whole" = 2 ] || ! [ -s "$sarif" ]; then
        echo "::warning title=secretscan%3A no upload::no SARIF could be made for the checkout (exit code $whole)"
    else
        output sarif "$sarif"
        if [ -z "$EVENT_HEAD_REPOSITORY" ] || [ "$EVENT_HEAD_REPOSITORY" = "$GITHUB_REPOSITORY" ]; then
            upload=true
        else
            echo "::notice title=secretscan::a pull request from a fork may not upload; annotations and the job summary have the findings"
        fi
    fi
fi
output upload "$upload"
finish "$code"
