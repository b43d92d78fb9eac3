#!/bin/sh
# What `npm test` runs: format, lint, types, generated files, tests. Stops at the first failure.
set -eu
step() {
  printf '\n== %s\n' "$1"
  shift
  "$@"
}
step 'format' prettier --check --log-level warn .
step 'lint' eslint . --max-warnings 0
step 'types' tsc --noEmit
step 'types in the browser' tsc --noEmit -p console/web
step 'layers' npm run -s layers
step 'generated files are current' node docs/generate.ts --check
# The tests over a real broker have a command of their own: npm run test:kafka.
step 'tests' vitest run --project parts --project kernel
