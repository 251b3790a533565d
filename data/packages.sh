# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The Debian 12 packages that building and testing take, and how to install those that are missing.
# For sourcing by bash: data/quickstart and tests/run share it.
# shellcheck shell=bash disable=SC2034

# what a build takes
build_packages=(
  gcc
  libc6-dev
  libglib2.0-dev-bin
  libglib2.0-dev
  libgnutls28-dev
  libjson-glib-dev
  libsoup-3.0-dev
  meson
  ninja-build
  pkg-config
  python3
)

# what data/quickstart takes beside that: a real configuration
quickstart_packages=(
  iso-codes
)

# what the tests take beside that
test_packages=(
  bindfs
  gettext
  gi-docgen
  gir1.2-json-1.0
  git
  gjs
  glib-networking
  gobject-introspection
  iproute2
  iso-codes
  json-schema-test-suite
  libasan8
  libgirepository1.0-dev
  libubsan1
  nftables
  openssl
  procps
  python3-aiohttp
  python3-gi
  python3-pytest
  python3-pytest-asyncio
  python3-pytest-cov
  strace
  valac
  vim
)

# what a build with clang takes in place of gcc, sanitizers included
clang_packages=(
  clang
  libclang-rt-dev
)

# prints those of its arguments that are not installed
missing_packages() {
  local package status
  for package; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || true
    [[ $status == installed ]] || echo "$package"
  done
}

# installs those of its arguments that are missing; asks nothing
install_packages() {
  local missing=() as_root=() output
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing, and neither root nor sudo is here to install them:" >&2
      echo "  ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing ${missing[*]}"
  if ! output=$("${as_root[@]}" apt-get -q -q update 2>&1 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -q -y --no-install-recommends install "${missing[@]}" 2>&1); then
    echo "$output" >&2
    return 1
  fi
}
