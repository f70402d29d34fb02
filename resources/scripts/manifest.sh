#!/bin/sh
# Lists every file of a folder with its size and SHA-256, sorted by the bytes of its path, as evidence of a backup.
#   sh manifest.sh FOLDER > RESULT        (RESULT outside of FOLDER)
# Nothing is changed or sent. Needs one of sha256sum, shasum, openssl. The last line names files, bytes and the digest of all lines.
LC_ALL=C
export LC_ALL
umask 077

fail() {
  printf 'manifest.sh: %s\n' "$1" >&2
  exit 1
}

if command -v sha256sum >/dev/null 2>&1; then
  digest_of() { sha256sum | cut -c1-64; }
elif command -v shasum >/dev/null 2>&1; then
  digest_of() { shasum -a 256 | cut -c1-64; }
elif command -v openssl >/dev/null 2>&1; then
  digest_of() { openssl dgst -sha256 -r | cut -c1-64; }
else
  fail 'needs sha256sum, shasum or openssl / 需要 sha256sum、shasum 或 openssl'
fi

[ "$#" -eq 1 ] || fail 'usage: sh manifest.sh FOLDER > RESULT / 用法: sh manifest.sh 文件夹 > 结果文件'
work=${TMPDIR:-/tmp}/manifest.$$
mkdir -- "$work" || fail "cannot write to ${TMPDIR:-/tmp} / 无法写入临时目录"
trap 'rm -rf -- "$work"' 0
trap 'exit 1' 1 2 15
case $work in /*) ;; *) work=$PWD/$work ;; esac
CDPATH='' cd -- "$1" || fail "cannot open the folder / 无法打开文件夹: $1"

newline='
'
return=$(printf '\r')
found=$(find . \( -name "*$newline*" -o -name "*$return*" \) -print | head -n 1)
[ -z "$found" ] || fail "a name holds a line break; rename it first / 文件名含换行符,请先改名: $found"
find . \( -type f -o -type l \) -print > "$work/names" || fail 'a folder cannot be read / 有文件夹无法读取'
sort "$work/names" > "$work/sorted" || fail 'the names cannot be sorted / 文件名无法排序'

checked() {
  case $1 in
    *[!0-9a-f]* | '') fail "cannot be read / 无法读取: $2" ;;
  esac
  [ "${#1}" -eq 64 ] || fail "cannot be read / 无法读取: $2"
}

files=0
bytes=0
: > "$work/lines"
while IFS= read -r path; do
  if [ -L "$path" ]; then
    target=$(readlink "$path" && printf x) || fail "the link cannot be read / 链接无法读取: $path"
    target=${target%"$newline"x}
    case $target in *"$newline"*) fail "a link's target holds a line break / 链接目标含换行符: $path" ;; esac
    digest=$(printf '%s' "$target" | digest_of)
    size=link
  else
    digest=$(digest_of < "$path")
    size=$(wc -c < "$path") || fail "cannot be read / 无法读取: $path"
    size=$((size))
    bytes=$((bytes + size))
  fi
  checked "$digest" "$path"
  printf '%s  %s  %s\n' "$digest" "$size" "${path#./}" >> "$work/lines" || fail 'the disk is full / 磁盘已满'
  files=$((files + 1))
done < "$work/sorted"

whole=$(digest_of < "$work/lines")
checked "$whole" "$work/lines"
cat "$work/lines" || fail 'the result cannot be written / 结果无法写出'
printf 'manifest  %s  %s  %s\n' "$files" "$bytes" "$whole" || fail 'the result cannot be written / 结果无法写出'
printf '%s files, %s bytes, SHA-256 %s\n' "$files" "$bytes" "$whole" >&2
