#!/usr/bin/env bash
# Deploys the release given as the first argument.
set -euo pipefail

release="${1:?usage: deploy.sh RELEASE}"
host="app-1.kestrel-labs.io"
image="registry.kestrel-labs.io/shop/web@sha256:{{sha256}}"
expected_sha256="{{sha256}}"
deploy_id="{{uuid}}"
key_file="${HOME}/.ssh/deploy_ed25519"

log() {
  printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >&2
}

read_password() {
  local password
  read -r -s -p "Password: " password
  printf '%s' "$password"
}

fetch() {
  local token="${RELEASE_TOKEN:-}"
  curl -fsSL -H "Authorization: Bearer ${token}" -o "/tmp/${release}.tar.gz" \
    "https://releases.kestrel-labs.io/${release}.tar.gz"
  echo "${expected_sha256}  /tmp/${release}.tar.gz" | sha256sum --check
}

{{slot}}

fetch
log "deploying ${release} (${deploy_id}) as ${image}"
ssh -i "$key_file" "deploy@${host}" "sudo systemctl restart web"
PGPASSWORD="$DB_PASSWORD" psql -h db.internal -U shop -c 'select 1' > /dev/null
log "done"
