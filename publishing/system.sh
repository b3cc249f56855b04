#!/bin/sh
# What pip cannot install: bubblewrap (the sandbox), and for the tests Chromium, Firefox, WebKit and PostgreSQL.
# Installs them where it may, that is as root on a Debian-like system; otherwise names the command.
set -eu
missing=""
command -v bwrap >/dev/null 2>&1 || missing="bubblewrap"
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || missing="$missing firefox-esr"
command -v WebKitWebDriver >/dev/null 2>&1 || missing="$missing webkit2gtk-driver"
command -v Xvfb >/dev/null 2>&1 || missing="$missing xvfb"
command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$missing" | sed 's/installing/installing /'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086: package names
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "missing: $missing. On a Debian-like system: sudo apt-get install $missing" >&2
    case "$missing" in *bubblewrap*) exit 1 ;; esac
fi
