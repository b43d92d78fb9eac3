import { compileRules, type CompileResult, type RuleFile } from '../compile.ts';
import type { OverlayStatus } from './apply-overlays.ts';
import type { OverlayChange } from './merge-overlay.ts';

/**
 * - `current`: the rule is the one that the overlay was written against.
 * - `changed`: it is another one; look whether the overlay still says what you want.
 * - `unpinned`: the overlay names no `based_on`, so a change would go unnoticed.
 */
export type OverlayState = 'current' | 'changed' | 'unpinned';

export interface OverlayDiff extends OverlayStatus {
  readonly state: OverlayState;
}

/** For `saccade rules diff`: what overlays change, and what has changed under them since they were written. */
export function diffOverlays(
  files: readonly RuleFile[],
): readonly OverlayDiff[] | Extract<CompileResult, { ok: false }> {
  const result = compileRules(files);
  return result.ok ? result.overlays.map((status) => ({ ...status, state: stateOf(status) })) : result;
}

function stateOf({ basedOn, baseHash }: OverlayStatus): OverlayState {
  if (basedOn === undefined) return 'unpinned';
  return basedOn === baseHash ? 'current' : 'changed';
}

/** Lines as `diff` would show them, under a head line with place and state. */
export function formatOverlayDiff(diff: OverlayDiff): string {
  const { path, line } = diff.position;
  const lines = [`${path}:${line}: ${diff.ruleId}: ${stateText(diff)}`];
  if (diff.disables) lines.push('  - enabled: true', '  + enabled: false');
  return [...lines, ...diff.changes.flatMap(changeLines)].join('\n');
}

function stateText(diff: OverlayDiff): string {
  switch (diff.state) {
    case 'current':
      return `written against the rule as it is (${diff.baseHash})`;
    case 'changed':
      return `the rule has changed under it (${diff.basedOn ?? ''} → ${diff.baseHash}); when it is right again, set based_on: "${diff.baseHash}"`;
    case 'unpinned':
      return `not pinned; to be told of changes, set based_on: "${diff.baseHash}"`;
  }
}

function changeLines({ path, kind, before, after }: OverlayChange): string[] {
  const added = `  + ${path}: ${JSON.stringify(after)}`;
  return kind === 'append' || before === undefined
    ? [added]
    : [`  - ${path}: ${JSON.stringify(before)}`, added];
}
