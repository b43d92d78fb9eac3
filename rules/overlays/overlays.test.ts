import { describe, expect, it } from 'vitest';
import { compileRules, type CompiledRules } from '../compile.ts';
import type { CompiledRule, Fact } from '../compiled-rule.ts';
import { diffOverlays, formatOverlayDiff } from './diff-overlays.ts';

const base = `groups:
  - name: tcp
    rules:
      - alert: Spike
        id: spike
        signal: tcp.retransmits
        where: [peer.kind != loopback]
        by: [workload, peer]
        measure: retransmit_ratio
        baseline: { method: rate, min_value: 0.5%, min_events: 3 }
        when: { any: [baseline.score > 1, stalled_sockets >= 3] }
        exceptions: [{ name: links, fields: [workload, peer], values: [] }]
`;

function compile(overlay: string, rule = base): CompiledRules {
  const result = compileRules([
    { path: 'base.yaml', text: rule },
    { path: 'local.yaml', text: overlay },
  ]);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result;
}

function ruleOf(result: CompiledRules): CompiledRule {
  const [rule] = result.ruleSet.rules;
  if (rule === undefined) throw new Error('no rule');
  return rule;
}

const facts = (values: Readonly<Record<string, Fact>>) => (name: string) => values[name];

describe('overlays', () => {
  it('set merges mappings and leaves the rest as it is', () => {
    const rule = ruleOf(
      compile('overlays: [{override: spike, set: {baseline: {min_value: 2%}, dry_run: true}}]'),
    );
    expect(rule.baseline).toMatchObject({ minValue: 0.02, minEvents: 3 });
    expect(rule.dryRun).toBe(true);
    expect(rule.position).toBe('base.yaml:4:9');
  });

  it('set replaces a condition as a whole', () => {
    const rule = ruleOf(compile('overlays: [{override: spike, set: {when: {all: [measure > 5%]}}}]'));
    expect(rule.when.text).toBe('measure > 5%');
  });

  it('append adds conditions and values of exceptions, which end', () => {
    const rule = ruleOf(
      compile(`overlays:
  - override: spike
    append:
      where: [service_port != 22]
      exceptions:
        - name: links
          values:
            - { match: [netns/backup, "*"], author: ops, reason: satellite, until: "2026-12-31" }
`),
    );
    expect(rule.where?.text).toBe('peer.kind != loopback and service_port != 22');
    const row = facts({ workload: 'netns/backup', peer: '192.0.2.1' });
    expect(rule.isException(row, Date.parse('2026-12-31T23:59:59Z'))).toBe(true);
    expect(rule.isException(row, Date.parse('2027-01-01T00:00:00Z'))).toBe(false);
    expect(rule.isException(facts({ workload: 'netns/shop', peer: '192.0.2.1' }), 0)).toBe(false);
  });

  it('enabled: false takes the rule out', () => {
    expect(compile('overlays: [{override: spike, enabled: false}]').ruleSet.rules).toEqual([]);
  });

  it('later overlays build on earlier ones', () => {
    const rule = ruleOf(
      compile(
        'overlays: [{override: spike, set: {for: 5s}}, {override: spike, set: {baseline: {min_events: 5}, for: 9s}}]',
      ),
    );
    expect(rule.levels[0]?.forMs).toBe(9_000);
    expect(rule.baseline).toMatchObject({ minEvents: 5, minValue: 0.005 });
  });

  it('a fault lies in the file that wrote it', () => {
    const result = compileRules([
      { path: 'base.yaml', text: base },
      { path: 'local.yaml', text: 'overlays:\n  - override: spike\n    set:\n      for: soon\n' },
    ]);
    expect(result.ok ? [] : result.faults).toMatchObject([{ path: 'local.yaml', line: 4, column: 12 }]);
  });

  it('does not blame an overlay for a rule whose file could not be read', () => {
    const result = compileRules([
      { path: 'base.yaml', text: 'groups: [' },
      { path: 'local.yaml', text: 'overlays: [{override: spike, enabled: false}]' },
    ]);
    expect(result.ok ? [] : result.faults.map((fault) => fault.path)).toEqual(['base.yaml']);
  });
});

describe('diffOverlays', () => {
  const overlay = (pin: string) => `overlays: [{override: spike, ${pin} set: {baseline: {min_value: 2%}}}]`;
  const diff = (text: string, rule = base) => {
    const diffs = diffOverlays([
      { path: 'base.yaml', text: rule },
      { path: 'local.yaml', text },
    ]);
    const [first] = 'ok' in diffs ? [] : diffs;
    if (first === undefined) throw new Error('no diff');
    return first;
  };

  it('follows the rule under an overlay', () => {
    const unpinned = diff(overlay(''));
    expect(unpinned.state).toBe('unpinned');
    const pinned = overlay(`based_on: "${unpinned.baseHash}",`);
    expect(diff(pinned).state).toBe('current');
    expect(diff(pinned, `# a comment\n${base}`).state).toBe('current');
    const changed = base.replace('min_value: 0.5%', 'min_value: 1%');
    expect(diff(pinned, changed).state).toBe('changed');
    expect(compile(pinned, changed).warnings).toEqual([
      expect.stringMatching(/^local\.yaml:1:12: the rule "spike" has changed under this overlay/),
    ]);
    expect(formatOverlayDiff(diff(pinned, changed)).split('\n').slice(1)).toEqual([
      '  - baseline.min_value: "1%"',
      '  + baseline.min_value: "2%"',
    ]);
  });
});
