#!/bin/sh
# Tries the Debian package: installs it, serves, makes a key, records a run, upgrades, sees the run again, removes and
# purges the package, and sees that the data is still there. As root, on a machine or in a chroot that may be thrown
# away and has no Runledger:
#
#   cargo xtask dist --deb
#   cargo xtask dist --deb --deb-version 0.1.0-2
#   packaging/debian/try.sh target/dist/runledger_0.1.0-1_*.deb target/dist/runledger_0.1.0-2_*.deb
#
# Where systemd runs, the package itself starts and stops the server; elsewhere this does, as the unit would.
set -eu

old=$(realpath "$1")
new=$(realpath "$2")
data=/var/lib/runledger
url=http://127.0.0.1:7400
server=

say() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
systemd() { [ -d /run/systemd/system ]; }
as_user() { runuser -u runledger -- "$@"; }

if getent passwd runledger >/dev/null || [ -e $data ] || [ -e /usr/bin/runledger ]; then
    fail "there is a Runledger on this machine already: this is no place to try the package"
fi
! curl -s $url >/dev/null || fail "something answers at $url already"

# Leaves the machine as it was, whatever happens.
clean_up() {
    code=$?
    stop
    dpkg --purge runledger >/dev/null 2>&1 || true
    rm -rf $data
    ! getent passwd runledger >/dev/null || deluser --system --quiet runledger 2>/dev/null
    [ $code = 0 ] && say "all of it worked" || say "it did not work: exit code $code"
}
trap clean_up EXIT

# As the unit would: its user, its variables, then those of the environment file.
start() {
    systemd || {
        unit=$(dpkg -L runledger | grep '/runledger\.service$')
        # shellcheck disable=SC2046 # One word for each variable.
        (cd $data && umask 0077 && set -a && eval $(sed -n 's/^Environment=//p' "$unit") &&
            . /etc/default/runledger &&
            exec setpriv --reuid=runledger --regid=runledger --init-groups /usr/bin/runledger serve) &
        server=$!
    }
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        ! curl -sf $url/readyz || { echo; return; }
        sleep 1
    done
    fail "the server is not ready after 10 seconds"
}

stop() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" || true; }
    server=
}

see_the_run() {
    found=$(curl -s --fail-with-body -H "Authorization: Token $key" $url/v1/executions/run_1)
    echo "$found"
    [ "$found" = "$run" ] || fail "the run is not as it was recorded"
}

say "install $(basename "$old")"
apt-get install --yes --quiet "$old"
[ "$(stat -c '%U %a' $data)" = "runledger 750" ] || fail "the folder of the data is not runledger's alone"
for file in /usr/share/man/man1/runledger-serve.1.gz /usr/share/bash-completion/completions/runledger \
    /usr/share/doc/runledger/copyright /usr/share/doc/runledger/THIRD-PARTY-LICENSES.txt; do
    [ -s $file ] || fail "$file is missing"
done

say "start"
start

say "make a key, and record a run with it"
key=$(as_user runledger keys create --tenant acme --database $data/runledger.db)
# A new key opens a running server within a second.
sleep 1
run=$(curl -s --fail-with-body -X PUT -H "Authorization: Token $key" -H "Content-Type: application/json" \
    $url/v1/executions/run_1 --data '{
        "workflow_id": "nightly", "version_id": "1", "version_display_name": "1", "type": "SCHEDULED",
        "status": "SUCCEEDED", "created_at": "2026-01-01T00:00:00Z", "started_at": "2026-01-01T00:00:00Z",
        "finished_at": "2026-01-01T00:00:01Z"}')
see_the_run

say "change the configuration, and upgrade to $(basename "$new")"
echo RUNLEDGER_RATE_LIMIT=100 >>/etc/default/runledger
stop
apt-get install --yes --quiet "$new"
dpkg-query --show runledger
grep -q '^RUNLEDGER_RATE_LIMIT=100$' /etc/default/runledger || fail "the configuration was overwritten"
start
see_the_run
as_user runledger check --database $data/runledger.db

say "remove"
stop
apt-get remove --yes --quiet runledger
! curl -s $url/healthz || fail "the server still answers"
[ ! -e /usr/bin/runledger ] || fail "the program is still there"
[ -s $data/runledger.db ] || fail "the data is gone"
[ -s /etc/default/runledger ] || fail "a removal must keep the configuration"

say "install it again: the run is still there"
apt-get install --yes --quiet "$new"
start
see_the_run

say "purge"
stop
apt-get purge --yes --quiet runledger
[ ! -e /etc/default/runledger ] || fail "a purge must delete the configuration"
[ -s $data/runledger.db ] || fail "the data is gone"
ls -l $data
