# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What tools/bare-debian and deploy/smoke share: a docker daemon and bare Debian images. Sourced; the caller has die, say,
# $state (a folder that stays), $work (one that goes) and $fresh, and calls stop_docker at its end.
# shellcheck disable=SC2154
daemon=

need_programs() {
    [ "$(id -u)" = 0 ] || die 4 "debootstrap needs root; run it with sudo"
    command -v debootstrap >/dev/null || die 4 "debootstrap is missing; run: apt-get install debootstrap"
    command -v docker >/dev/null || die 4 "docker is missing; run: apt-get install docker.io"
}

# Uses the daemon that runs; otherwise starts a private one, without networks of its own, and stops it at the end.
need_docker() {
    local _
    docker info >/dev/null 2>&1 && return
    command -v dockerd >/dev/null || die 4 "dockerd is missing; run: apt-get install docker.io"
    export DOCKER_HOST=unix://$work/docker.sock
    say "starting dockerd"
    dockerd --host "$DOCKER_HOST" --data-root "$state/docker" --exec-root "$work/docker" --pidfile "$work/docker.pid" \
        --bridge none --iptables=false --ip6tables=false >"$state/dockerd.log" 2>&1 &
    daemon=$!
    for _ in $(seq 60); do
        docker info >/dev/null 2>&1 && return
        sleep 0.5
    done
    die 1 "dockerd does not answer; its log is $state/dockerd.log"
}

# Ends the daemon that need_docker started, if it did.
stop_docker() {
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" || true
        umount "$work"/docker/netns/* 2>/dev/null || true
    fi
}

# The mirror this machine uses; empty means debootstrap's own choice.
mirror() {
    # shellcheck disable=SC2016 # apt-get fills the fields in
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 == "main" && $3 ~ /^[a-z]+$/ { print $4; exit }'
}

# An image of a Debian with nothing but these packages.
need_image() { # SUITE TAG PACKAGE,...
    if [ "$fresh" = no ] && docker image inspect "$2" >/dev/null 2>&1; then
        return
    fi
    say "making a bare Debian ($1) with $3"
    # shellcheck disable=SC2046 # no mirror, no word
    debootstrap --variant=minbase --include="$3" "$1" "$work/system" $(mirror) >"$state/debootstrap.log" ||
        die 1 "debootstrap failed; its log is $state/debootstrap.log"
    tar -C "$work/system" -c . | docker import - "$2" >/dev/null
    rm -rf "$work/system"
}

# The machine may need certificates of its own to reach the registries, or a proxy, or a mirror.
settings() {
    local bundle=/machine-certificates/ca-certificates.crt name
    for name in $(compgen -e | grep -E '^PIP_|^npm_config_|^(https?|no|all)_proxy$|^(HTTPS?|NO|ALL)_PROXY$'); do
        case $name in
            PIP_CERT | PIP_FIND_LINKS | *_cafile) ;; # paths of this machine
            *) printf -- '--env\n%s\n' "$name" ;;
        esac
    done
    for name in PIP_CERT NODE_EXTRA_CA_CERTS npm_config_cafile; do
        printf -- '--env\n%s=%s\n' "$name" "$bundle"
    done
}
