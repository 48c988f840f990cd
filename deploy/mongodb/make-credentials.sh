#!/bin/bash
# Makes the key by which the members of the replica set know each other, and a password for each user, where there are
# none. Each goes into a volume of its own: a container sees the password of its own user and no other.
#
#   make-credentials.sh USER...        /keyfile/key, /credentials/USER/password
#
# Safe to run again, and at any point cut off: a file is there whole or not at all.
set -euo pipefail
umask 077

MONGOD=999    # the user of the image `mongo`: mongod refuses a key that others could read
RIHLA=10001   # the user of our images (deploy/docker/Dockerfile)

# 756 bytes are 1,008 characters; 1,024 is the most that mongod takes.
key() { head -c 756 /dev/urandom | base64 --wrap=0; }

# Hexadecimal, so that nothing needs escaping in an address.
password() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# give FILE OWNER COMMAND: what the command says becomes the file, unless it is there.
give() {
  if [ ! -s "$1" ]; then
    "$3" > "$1.new"
    chmod 0400 "$1.new"
    chown "$2:$2" "$1.new"
    mv "$1.new" "$1"
    echo "made $1"
  fi
}

chown "$MONGOD:$MONGOD" /keyfile
give /keyfile/key "$MONGOD" key
for user in "$@"; do
  chown "$RIHLA:$RIHLA" "/credentials/$user"
  give "/credentials/$user/password" "$RIHLA" password
done
