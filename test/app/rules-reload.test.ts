import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SaccadeProcess, startArguments, temporaryFolder } from './saccade-process.ts';

const overlay = (minimum: string) =>
  `overlays:\n- override: tcp-retransmit-spike\n  set: {baseline: {min_value: ${minimum}}}\n`;

it('a changed rule is taken while it runs; a broken one is refused, shown and counted, and mending ends that', async () => {
  using folder = temporaryFolder();
  const rules = join(folder.path, 'local.d');
  mkdirSync(rules);
  writeFileSync(join(rules, 'overlay.yaml'), overlay('2%'));
  const config = join(folder.path, 'saccade.yaml');
  writeFileSync(config, 'rules: {files: [local.d]}\ncaptures: {enabled: false}\n');
  await using saccade = new SaccadeProcess(startArguments(join(folder.path, 'data'), '--config', config));
  const url = await saccade.started();
  const page = async (path: string) => (await fetch(`${url}${path}`)).text();
  const untilPage = async (path: string, pattern: RegExp) => {
    while (!pattern.test(await page(path))) await saccade.until(() => true);
  };
  const count = (result: string) =>
    new RegExp(`^saccade_rules_reloads_total\\{result="${result}"\\} 1$`, 'm');

  writeFileSync(join(rules, 'overlay.yaml'), overlay('3%'));
  await untilPage('/metrics', count('taken'));
  expect(await page('/readyz')).toMatch(/\[\+\] rules: \d+ loaded/);

  writeFileSync(join(rules, 'overlay.yaml'), overlay('lots'));
  await untilPage('/metrics', count('refused'));
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.text()).toMatch(/\[-\] rules: a change is refused: .*overlay\.yaml:3:\d+:/);
  expect(saccade.err).toMatch(/a change of the rules is refused, the old ones go on/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  writeFileSync(join(rules, 'overlay.yaml'), overlay('4%'));
  await untilPage('/readyz', /\[\+\] rules: \d+ loaded/);
  expect((await saccade.end('SIGTERM')).code).toBe(0);
});
