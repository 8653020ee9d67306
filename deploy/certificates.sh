#!/bin/sh
# An authority of your own, and a certificate for each server behind the gateway:
#   deploy/certificates.sh FOLDER [NAME[,OTHER]…]…
# A NAME is what its callers call it; OTHER names and IP addresses go with it. Without names: persistence messaging redis mailpit.
# Makes ca.pem and ca.key once and keeps them; makes NAME.pem and NAME.key each time, so running it again renews. Days: DAYS (365).
# ca.key is needed only for the next run: keep it elsewhere.
set -eu
umask 077

folder=${1:?a folder is missing: deploy/certificates.sh FOLDER [NAME...]}
shift
[ $# -gt 0 ] || set -- persistence messaging redis mailpit
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

if [ ! -f ca.key ]; then
  [ ! -f ca.pem ] || { printf 'certificates.sh: ca.pem is here without ca.key: put the key back, or begin in an empty folder\n' >&2; exit 1; }
  key ca.key
  openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/CN=Sello internal authority' -out ca.pem \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
fi

for names in "$@"; do
  name=${names%%,*}
  alt=
  for one in $(printf '%s' "$names" | tr ',' ' '); do
    case $one in *:* | *[!0-9.]*) case $one in *:*) kind=IP ;; *) kind=DNS ;; esac ;; *) kind=IP ;; esac
    alt=$alt${alt:+,}$kind:$one
  done
  key "$name.key.new"
  openssl req -new -key "$name.key.new" -subj "/CN=$name" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -days "${DAYS:-365}" -out "$name.pem.new" \
      -extfile /dev/fd/3 3<<EXTENSIONS 2>/dev/null
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=$alt
EXTENSIONS
  # The folder is closed to others; what is mounted out of it into a container is read there by another user.
  chmod 444 "$name.key.new" "$name.pem.new"
  mv -f "$name.key.new" "$name.key"
  mv -f "$name.pem.new" "$name.pem"
done
chmod 444 ca.pem
printf 'certificates.sh: %s\n' "$(ls ./*.pem | tr '\n' ' ')"
