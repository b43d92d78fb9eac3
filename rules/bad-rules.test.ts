import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';
import { formatFault } from './parse/faults.ts';

const directory = new URL('./testdata/bad/', import.meta.url);
const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'));

function faultsOf(name: string): string {
  const text = readFileSync(new URL(name, directory), 'utf8');
  const result = compileRules([{ path: name, text }]);
  return result.ok ? '' : `${result.faults.map(formatFault).join('\n')}\n`;
}

describe('fault corpus', () => {
  it('holds a case for every kind of fault', () => {
    expect(names.length).toBeGreaterThan(60);
  });

  it.each(names)('%s', (name) => {
    const told = faultsOf(name);
    const expectedFile = new URL(name.replace(/\.yaml$/, '.txt'), directory);
    if (process.env['UPDATE_EXPECTED'] === '1') writeFileSync(expectedFile, told);
    expect(told).not.toBe('');
    expect(told).toBe(readFileSync(expectedFile, 'utf8'));
  });
});

describe('hostile input', () => {
  const refused = (text: string) => {
    const result = compileRules([{ path: 'x.yaml', text }]);
    return result.ok ? [] : result.faults.map(({ message }) => message);
  };

  it('survives nesting that exhausts a recursive parser', () => {
    expect(refused('['.repeat(200_000))[0]).toMatch(/nested too deeply|not valid YAML/);
  });

  it('refuses a file that is too large without parsing it', () => {
    expect(refused(`# ${'x'.repeat(1_100_000)}`)[0]).toMatch(/larger than/);
  });

  it('refuses conditions that are nested without end', () => {
    const condition = `${'{not: '.repeat(40)}measure > 1${'}'.repeat(40)}`;
    const faults = refused(
      `groups:\n- name: g\n  rules:\n  - {alert: A, id: a, signal: tcp.retransmits, by: [peer], measure: retransmit_ratio, when: ${condition}}\n`,
    );
    expect(faults).toEqual(['conditions are nested more than 32 deep']);
  });
});
