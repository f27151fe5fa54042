#!/bin/bash
# A small repository by the real restic, as one JSON file, with what restic itself says of its content.
# Run it from this folder, and keep what it prints:
#
#   bash make-restic-repository.sh > restic-repository.json && npx prettier --write restic-repository.json
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export RESTIC_REPOSITORY=$folder/repository RESTIC_PASSWORD='tide & time'
restic='restic --no-cache'

mkdir -p "$folder/state/deeper"
cd "$folder/state"
printf 'the tide goes out\n' > one
seq 1 200 > deeper/two
printf 'latin 1' > $'caf\xe9'
: > empty
ln -s deeper/two link
ln one same

$restic init --quiet --repository-version 2
$restic backup --quiet --host vector --time '2024-05-06 07:08:09' .
snapshot=$(basename "$RESTIC_REPOSITORY"/snapshots/*)
tree=$($restic cat snapshot "$snapshot" | jq -r .tree)

files() {
  cd "$RESTIC_REPOSITORY"
  find . -type f | sort | while read -r name; do
    jq -n --arg name "${name#./}" --arg bytes "$(base64 -w0 "$name")" '{name: $name, bytes: $bytes}'
  done | jq -s .
}

jq -n --arg version "$(restic version)" --arg password "$RESTIC_PASSWORD" --argjson files "$(files)" \
  --argjson masterKey "$($restic cat masterkey)" --argjson config "$($restic cat config)" \
  --arg snapshotId "$snapshot" --argjson snapshot "$($restic cat snapshot "$snapshot")" \
  --arg tree "$($restic cat blob "$tree" | base64 -w0)" \
  '$ARGS.named'
