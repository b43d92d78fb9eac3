import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../cli/run.ts';
import type { Outcome } from './saccade-process.ts';
import { SaccadeProcess, startArguments, temporaryFolder } from './saccade-process.ts';

const folder = temporaryFolder();
const data = join(folder.path, 'data');
const config = join(folder.path, 'saccade.yaml');
let saccade: SaccadeProcess;

beforeAll(async () => {
  writeFileSync(config, 'captures: {enabled: false}\n');
  saccade = new SaccadeProcess(startArguments(data, '--config', config));
  await saccade.started();
});
afterAll(async () => {
  await saccade[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function ask(...args: readonly string[]): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** The answer of a command with `--output json`, which must be nothing but JSON. */
async function askJson(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await ask(...args, '--data', data, '--output', 'json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
}

describe('commands to a running Saccade', () => {
  it('status', async () => {
    const status = await askJson('status');
    expect(Object.keys(status)).toEqual(
      expect.arrayContaining(['version', 'node', 'stages', 'receivers', 'parts', 'rules', 'refused_rules']),
    );
    const { out } = await ask('status', '--data', data);
    expect(out).toMatch(/flight recorder +off/);
    expect(out).toMatch(/stage judge +on/);
  });

  it('silences: added, listed, expired', async () => {
    const added = await askJson('silences', 'add', 'workload=netns/none', '--duration', '1h');
    const id = String(added['id']);
    await expect
      .poll(async () => (await askJson('silences', 'list')) as unknown, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ id, expired_by: null }));
    expect(await askJson('silences', 'expire', id.slice(0, 8), '--author', 'ann')).toMatchObject({
      expired: true,
    });
    await expect
      .poll(async () => (await ask('silences', 'list', '--data', data)).out, { timeout: 10_000 })
      .toMatch(/expired by ann/);
  });

  // It watches the machine, on which others may have their troubles: how many there are is not known here.
  it.each([
    [['alerts', 'list', '--state', 'all'], 'state'],
    [['captures', 'list'], 'phase'],
  ])('%j: a list, each of a known %s', async (args, property) => {
    const list = await askJson(...args);
    expect(list).toBeInstanceOf(Array);
    for (const one of list as unknown as Record<string, unknown>[]) expect(one[property]).toMatch(/^[a-z]+$/);
  });

  it.each([
    [['alerts', 'show', 'ffff'], 2, /there is no alert ffff\nSee: saccade alerts list/],
    [['explain', 'ffff'], 2, /there is no alert ffff/],
    [['alerts', 'ack', 'ffff'], 2, /there is no alert ffff/],
    [['captures', 'get', 'ffff'], 2, /there is no capture ffff\nSee: saccade captures list/],
    [['captures', 'start', 'nobody', 'nothing'], 2, /nobody has not talked to nothing lately/],
    [['silences', 'expire', 'ffff'], 2, /there is no silence ffff/],
    [['silences', 'add', 'workload', '--duration', '1h'], 2, /"workload" is not a matcher/],
  ])('%j: says what is wrong', async (args, exitCode, said) => {
    const { code, out, err } = await ask(...args, '--data', data);
    expect(err).toMatch(said);
    expect(err).not.toMatch(/^\s+at /m);
    expect([code, out]).toEqual([exitCode, '']);
  });
});

describe('commands without a running Saccade', () => {
  it.each([
    [['status'], 1, /no Saccade is running on/],
    [['silences', 'list'], 1, /no Saccade is running on/],
    [['alerts', 'list'], 1, /there is no history in/],
    [['captures', 'list'], 1, /there is no history in/],
    [['alerts', 'list', '--limit', 'many'], 2, /a number from 1 to 1000/],
    [['captures', 'start', 'a', 'b', '--port', '99999'], 2, /a number from 1 to 65535/],
    [['alerts', 'lst'], 2, /Did you mean list/],
  ])('%j', async (args, exitCode, said) => {
    const { code, err } = await ask(...args, '--data', join(folder.path, 'none'));
    expect(err).toMatch(said);
    expect(code).toBe(exitCode);
  });

  it('notify test: an unknown receiver, a token that is not there', async () => {
    const slack = join(folder.path, 'slack.yaml');
    writeFileSync(
      slack,
      'notifications:\n  receivers:\n  - {name: ops, slack: {channel: C1, token_file: token}}\n  route: {receiver: ops}\n',
    );
    const unknown = await ask('notify', 'test', 'opps', '--config', slack);
    expect(unknown.err).toMatch(/there is no receiver "opps"\nConfigured: ops/);
    const { code, out } = await ask('notify', 'test', 'ops', '--config', slack, '--output', 'json');
    expect(code).toBe(1);
    // Relative to the configuration, wherever the command is called.
    expect(JSON.stringify(JSON.parse(out))).toContain(join(folder.path, 'token'));
  });

  it('rules check: one overlay by itself, against the shipped rule', async () => {
    const overlay = join(folder.path, 'overlay.yaml');
    const write = (id: string) =>
      writeFileSync(overlay, `overlays:\n- override: ${id}\n  set: {baseline: {min_value: 2%}}\n`);
    write('tcp-retransmit-spike');
    const good = await ask('rules', 'check', overlay, '--output', 'json');
    expect(JSON.parse(good.out)).toMatchObject({ ok: true });
    expect((await ask('rules', 'diff', overlay)).out).toMatch(/\+ baseline\.min_value: "2%"/);
    write('tcp-retransmit-spik');
    const bad = await ask('rules', 'check', overlay);
    expect(bad.err).toMatch(/overlay\.yaml:2:13: .*did you mean "tcp-retransmit-spike"/);
    expect(bad.code).toBe(1);
  });

  it('rules test and format', async () => {
    const tests = await ask('rules', 'test', '--output', 'json');
    expect(tests.code).toBe(0);
    expect(JSON.parse(tests.out)).not.toEqual([]);
    const formatted = await ask('rules', 'format');
    expect(JSON.parse(formatted.out)).toContainEqual(expect.objectContaining({ id: 'tcp-retransmit-spike' }));
  });
});
