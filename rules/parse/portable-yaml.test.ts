import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { portabilityFaults } from './portable-yaml.ts';

function faultsIn(text: string): string[] {
  const faults = portabilityFaults(
    parseDocument(text, { version: '1.2' }),
    parseDocument(text, { version: '1.1' }),
  );
  return faults.map(({ offset, message }) => `${offset}: ${message}`);
}

describe('portabilityFaults', () => {
  it.each(['on', 'off', 'yes', 'no', 'y', 'N', '12:30', '017', '1_000', '2026-11-21', '0b11', '0o17'])(
    'finds the value %s',
    (word) => expect(faultsIn(`key: ${word}`)).toHaveLength(1),
  );

  it.each(['on', 'no', 'y', '12:30'])('finds the key %s', (word) =>
    expect(faultsIn(`${word}: 1`)).toHaveLength(1),
  );

  it.each(['"on"', "'12:30'", 'true', '200ms', '0.5%', '1e-4', '3', 'tcp.retransmits', '20MB', '~', '0x1f'])(
    'lets %s pass',
    (word) => expect(faultsIn(`key: [${word}]`)).toEqual([]),
  );
});

describe('the catalogue', () => {
  const catalog = new URL('../catalog/', import.meta.url);
  const files = readdirSync(catalog, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  );

  it.each(files)('%s is the same in YAML 1.1 and 1.2', (name) => {
    const text = readFileSync(new URL(name, catalog), 'utf8');
    expect(faultsIn(text)).toEqual([]);
    expect(parseDocument(text, { version: '1.1' }).toJS()).toEqual(
      parseDocument(text, { version: '1.2' }).toJS(),
    );
  });
});
