#!/bin/sh
# Make an authority, and for each part of the stack a folder with the three files that it needs.
# Runs as root, for no part may read the authority's key, nor change its own files.
set -eu
umask 077

pairs="--pair worker --pair discovery --pair client"
# shellcheck disable=SC2086
wool certs /certs/authority --if-missing $pairs --name discovery > /dev/null

# hand_over PART FILE NAME OWNER
hand_over() {
    cp "/certs/authority/$2" "/certs/$1/.new"
    chown "$4" "/certs/$1/.new"
    mv -f "/certs/$1/.new" "/certs/$1/$3"
}

# hand_out PART OWNER; the key first, for those who follow the files take it with its certificate.
hand_out() {
    hand_over "$1" ca.pem ca.pem "$2"
    hand_over "$1" "$1-key.pem" key.pem "$2"
    hand_over "$1" "$1.pem" cert.pem "$2"
}

hand_out worker 10001:10001
hand_out client 10001:10001
hand_out discovery "$DISCOVERY_USER"
echo "every part has its certificate"
