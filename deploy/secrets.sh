#!/bin/sh
# Draws every secret that deploy/compose.yaml and deploy/systemd read, a file each; what is there already is kept:
#   deploy/secrets.sh FOLDER
# pepper, seal and signing.json belong to the data: keep a copy of them apart from it. smtp-url is for you to change.
set -eu
umask 077

folder=${1:?a folder is missing: deploy/secrets.sh FOLDER}
sello=$(CDPATH='' cd "$(dirname "$0")/.." && pwd)/sello
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# The folder is closed to others; what is mounted out of it into a container is read there by another user.
keep() { [ -f "$1" ] && return; cat >"$1.new"; [ -s "$1.new" ] || exit 1; chmod 444 "$1.new"; mv "$1.new" "$1"; }

keep pepper <<TEXT
$(openssl rand -base64 32)
TEXT
keep seal <<TEXT
$(openssl rand -base64 32)
TEXT
[ -f signing.json ] || "$sello" keys new signing | keep signing.json
keep persistence-key <<TEXT
$(openssl rand -hex 32)
TEXT
keep messaging-key <<TEXT
$(openssl rand -hex 32)
TEXT
keep redis-password <<TEXT
$(openssl rand -hex 32)
TEXT
# One user, who may touch Sello's keys and nothing that only administrators need; Redis keeps a hash of the password.
keep redis.acl <<TEXT
user default off
user sello on #$(tr -d '\n' <redis-password | openssl dgst -sha256 -r | cut -d' ' -f1) ~{sello:* resetchannels +@all -@admin -@dangerous +info +config|get
TEXT
keep store-url <<TEXT
rediss://sello:$(cat redis-password)@redis:6379/0
TEXT
keep smtp-url <<TEXT
smtp://mailpit:1025
TEXT
printf 'secrets.sh: %s\n' "$(ls | tr '\n' ' ')"
