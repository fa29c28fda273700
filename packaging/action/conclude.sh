#!/usr/bin/env bash
# Last step of action.yml: says what an upload that failed means, and ends with the scanner's exit code; with the input
# `fail: false` findings end with 0.
set -euo pipefail

if [ "$UPLOAD_OUTCOME" = failure ]; then
    echo "::warning title=secretscan%3A no upload::code scanning took no results. The job needs 'permissions: security-events: write' and a repository with code scanning; or set 'upload: false'. Annotations and the job summary have the findings."
fi

case $EXIT_CODE in
0) ;;
1)
    if [ "$INPUT_FAIL" = false ]; then exit 0; fi
    echo "::error title=secretscan%3A findings::credentials were found (exit code 1). The job summary lists them; revoke what is real."
    ;;
2) echo "::error title=secretscan%3A not scanned::wrong usage or configuration (exit code 2). The log of the step before says what." ;;
3) echo "::error title=secretscan%3A incomplete::something could not be scanned (exit code 3), so this is no pass. The job summary says what, and what to do." ;;
*) echo "::error title=secretscan%3A stopped::the scanner ended with code $EXIT_CODE." ;;
esac
exit "$EXIT_CODE"
