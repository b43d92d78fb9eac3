import type { Transition } from '../../stream/events/transition.ts';
import { formatDuration, formatPercent } from '../../source-text/quantities.ts';
import type { Expectation, RuleTest } from './test-file.ts';
import { testStartMs } from './test-records.ts';

/** What is wrong with the transitions, in lines for people; empty: all as expected. Updates are left out. */
export function compareTransitions(test: RuleTest, transitions: readonly Transition[]): readonly string[] {
  const changes = transitions.filter((transition) => !transition.update);
  const failures: string[] = [];
  const length = Math.max(test.expect.length, changes.length);
  for (let index = 0; index < length; index++) {
    const expected = test.expect[index];
    const actual = changes[index];
    if (expected === undefined && actual !== undefined) failures.push(`not expected: ${show(actual)}`);
    else if (expected !== undefined && actual === undefined)
      failures.push(`missing: ${showExpected(expected)}`);
    else if (expected !== undefined && actual !== undefined) {
      const differences = differencesOf(expected, actual, test.interval);
      if (differences.length > 0)
        failures.push(`expected ${showExpected(expected)}, got ${show(actual)} (${differences.join('; ')})`);
    }
  }
  return failures;
}

function differencesOf(expected: Expectation, actual: Transition, intervalMs: number): string[] {
  const differences: string[] = [];
  const [fromMs, toMs] = rangeOf(expected, intervalMs);
  const atMs = actual.at_ms - testStartMs;
  if (atMs < fromMs || atMs > toMs) differences.push('at another time');
  if (expected.state !== actual.state) differences.push('another state');
  if (expected.level !== undefined && expected.level !== actual.level) differences.push('another level');
  if (expected.rule !== undefined && expected.rule !== actual.rule_id)
    differences.push(`by rule ${actual.rule_id}`);
  if (expected.value !== undefined && !near(expected.value, actual.value))
    differences.push(`value ${actual.value ?? '?'}`);
  for (const part of ['key', 'labels', 'annotations'] as const)
    for (const [name, text] of Object.entries(expected[part] ?? {}))
      if (actual[part][name] !== text) differences.push(`${part}.${name} is "${actual[part][name] ?? ''}"`);
  return differences;
}

/** `at` means from then until just before the next step: clocks tick between steps. */
function rangeOf({ at, between }: Expectation, intervalMs: number): readonly [number, number] {
  if (between !== undefined) return between;
  return [at ?? 0, (at ?? 0) + intervalMs - 1];
}

/** Figures in tests are written by hand, to a few digits. */
function near(expected: number, actual: number | null): boolean {
  return actual !== null && Math.abs(actual - expected) <= Math.abs(expected) * 0.005;
}

function show({ at_ms, state, level, value, reason }: Transition): string {
  const figure = value === null ? '' : `, ${value <= 1 ? formatPercent(value) : value}`;
  return `${formatDuration(at_ms - testStartMs)} ${state} ${level ?? ''}${figure}: ${reason}`;
}

function showExpected({ at, between, state, level }: Expectation): string {
  const when = between === undefined ? formatDuration(at ?? 0) : between.map(formatDuration).join('..');
  return `${when} ${state} ${level ?? ''}`.trimEnd();
}
