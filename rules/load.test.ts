import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RuleFault, RuleSet } from './compiled-rule.ts';
import { loadRuleFiles, loadRules } from './load.ts';
import { RuleWatcher } from './watch.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saccade-rules-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function ruleText(id: string, when = 'measure > 1%'): string {
  return `groups:
  - name: g
    rules:
      - { alert: A, id: ${id}, signal: tcp.retransmits, by: [workload, peer], measure: retransmit_ratio, when: [${when}] }
`;
}

async function put(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe('loadRuleFiles', () => {
  it('takes files, directories and globs, each file once, without rule tests and hidden files', async () => {
    const a = await put('a.yaml', ruleText('a'));
    await put('sub/b.yml', ruleText('b'));
    await put('sub/rule.test.yaml', 'tests: []');
    await put('..data/a.yaml', ruleText('hidden'));
    await put('notes.md', '');
    const { files, faults } = await loadRuleFiles([a, directory, join(directory, '*.yaml')]);
    expect(faults).toEqual([]);
    expect(files.map((file) => file.path)).toEqual([a, join(directory, 'sub/b.yml')]);
  });

  it('tells what cannot be read beside the faults of what can', async () => {
    const bad = await put('bad.yaml', ruleText('a', 'mesure > 1%'));
    const result = await loadRules([join(directory, 'none.yaml'), bad]);
    expect(result.ok ? [] : result.faults.map(({ message }) => message)).toEqual([
      'cannot read: there is no such file',
      'unknown fact "mesure"',
    ]);
  });
});

describe('RuleWatcher', () => {
  async function watching() {
    const path = await put('a.yaml', ruleText('a'));
    const loaded = await loadRules([directory]);
    if (!loaded.ok) throw new Error('must load');
    const onRules = vi.fn<(ruleSet: RuleSet) => void>();
    const onFaults = vi.fn<(faults: readonly RuleFault[]) => void>();
    const watcher = new RuleWatcher({
      sources: [directory],
      current: loaded.ruleSet,
      onRules,
      onFaults,
      debounceMs: 5,
      pollMs: 3_600_000,
    });
    return { path, watcher, onRules, onFaults };
  }

  it('tells new rules, and nothing while nothing changes', async () => {
    const { path, watcher, onRules, onFaults } = await watching();
    await watcher.look();
    expect(onRules).not.toHaveBeenCalled();
    await writeFile(path, ruleText('b'));
    await watcher.look();
    expect(onRules.mock.calls.map(([ruleSet]) => ruleSet.rules.map((rule) => rule.id))).toEqual([['b']]);
    expect(onFaults).not.toHaveBeenCalled();
    expect(watcher.counters).toEqual({ looks: 2, reloads: 1, refused: 0, unwatched: 0 });
  });

  it('tells a broken change once, and the repaired one', async () => {
    const { path, watcher, onRules, onFaults } = await watching();
    await writeFile(path, 'groups: [');
    await watcher.look();
    await watcher.look();
    expect(onFaults).toHaveBeenCalledTimes(1);
    await writeFile(path, ruleText('a'));
    await watcher.look();
    expect(onRules).toHaveBeenCalledTimes(1);
    expect(watcher.counters).toMatchObject({ reloads: 1, refused: 1 });
  });

  it('notices a change by itself, also of a file in a new directory', async () => {
    const { watcher, onRules } = await watching();
    await watcher.start();
    await put('deep/b.yaml', ruleText('b'));
    await vi.waitFor(() => expect(onRules).toHaveBeenCalled(), { timeout: 10_000 });
    await watcher.stop();
    expect(onRules.mock.lastCall?.[0].rules.map((rule) => rule.id)).toEqual(['a', 'b']);
  });
});
