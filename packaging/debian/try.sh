#!/bin/sh
# Tests the Debian package: installs it, starts the server, creates a key, records a run, upgrades,
# reads the run again, removes and purges the package, and checks that the database was kept. Run it
# as root, on a disposable machine or in a chroot without Runledger:
#
#   cargo xtask dist --deb
#   cargo xtask dist --deb --deb-version 0.1.0-2
#   packaging/debian/try.sh target/dist/runledger_0.1.0-1_*.deb target/dist/runledger_0.1.0-2_*.deb
#
# With systemd, the package starts and stops the server; without, this script does, as the unit
# would.
set -eu

old=$(realpath "$1")
new=$(realpath "$2")
data=/var/lib/runledger
database=$data/runledger.db
url=http://127.0.0.1:7400
docs=/usr/share/doc/runledger
server=

step() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
has_systemd() { [ -d /run/systemd/system ]; }
as_user() { runuser -u runledger -- "$@"; }

if getent passwd runledger >/dev/null || [ -e $data ] || [ -e /usr/bin/runledger ]; then
    fail "this machine has a Runledger already; use a disposable machine"
fi
! curl -s $url >/dev/null || fail "another server listens at $url"

clean_up() {
    code=$?
    stop
    dpkg --purge runledger >/dev/null 2>&1 || true
    rm -rf $data
    ! getent passwd runledger >/dev/null || deluser --system --quiet runledger 2>/dev/null
    [ $code = 0 ] && step "passed" || step "failed with exit code $code"
}
trap clean_up EXIT

# Without systemd: the unit's user, its variables, and then those of the environment file.
start() {
    has_systemd || {
        unit=$(dpkg -L runledger | grep '/runledger\.service$')
        # shellcheck disable=SC2046 # One word for each variable.
        (cd $data && umask 0077 && set -a && eval $(sed -n 's/^Environment=//p' "$unit") &&
            . /etc/default/runledger &&
            exec setpriv --reuid=runledger --regid=runledger --init-groups \
                /usr/bin/runledger serve) &
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

check_run() {
    found=$(curl -s --fail-with-body -H "Authorization: Token $key" $url/v1/executions/run_1)
    echo "$found"
    [ "$found" = "$run" ] || fail "the run differs from what was recorded"
}

step "install $(basename "$old")"
apt-get install --yes --quiet "$old"
[ "$(stat -c '%U %a' $data)" = "runledger 750" ] || fail "$data is not private to runledger"
for file in /usr/share/man/man1/runledger-serve.1.gz \
    /usr/share/bash-completion/completions/runledger \
    $docs/copyright $docs/THIRD-PARTY-LICENSES.txt; do
    [ -s $file ] || fail "$file is missing"
done

step "start"
start

step "create a key, and record a run with it"
key=$(as_user runledger keys create --tenant acme --database $database)
run=$(curl -s --fail-with-body -X PUT $url/v1/executions/run_1 \
    -H "Authorization: Token $key" -H "Content-Type: application/json" --data '{
        "workflow_id": "nightly", "version_id": "1", "version_display_name": "1",
        "type": "SCHEDULED", "status": "SUCCEEDED", "created_at": "2026-01-01T00:00:00Z",
        "started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:01Z"}')
check_run

step "change the configuration, and upgrade to $(basename "$new")"
echo RUNLEDGER_RATE_LIMIT=100 >>/etc/default/runledger
stop
apt-get install --yes --quiet "$new"
dpkg-query --show runledger
grep -q '^RUNLEDGER_RATE_LIMIT=100$' /etc/default/runledger ||
    fail "the configuration was overwritten"
start
check_run
as_user runledger check --database $database

step "remove"
stop
apt-get remove --yes --quiet runledger
! curl -s $url/healthz || fail "the server still responds"
[ ! -e /usr/bin/runledger ] || fail "the program was not removed"
[ -s $database ] || fail "the database was removed"
[ -s /etc/default/runledger ] || fail "the configuration was removed"

step "install again: the run is still there"
apt-get install --yes --quiet "$new"
start
check_run

step "purge"
stop
apt-get purge --yes --quiet runledger
[ ! -e /etc/default/runledger ] || fail "the configuration was not purged"
[ -s $database ] || fail "the database was purged"
ls -l $data
