#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Asks the example a question spoken by our own voice and looks at what it prints and leaves: run.sh SARAI CONVERSE
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" say --quiet --voice em_alex -o "$folder/question.wav" "¿Cómo te llamas?"
"$2" "$folder/question.wav" "$folder/reply.wav" >"$folder/said"
cat "$folder/said"
grep -qi "^> .*llamas" "$folder/said"
grep -q "Sarai" "$folder/said"
test "$(wc -c <"$folder/reply.wav")" -gt 60000
if "$2" "$folder/said" "$folder/none.wav" 2>"$folder/error"; then exit 1; fi
test "$(wc -l <"$folder/error")" -eq 1
test ! -e "$folder/none.wav" || test -s "$folder/none.wav"
