import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleSchema } from '../../console/config-schema.ts';
import { assertConsoleConfig } from './console.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-console-'));
  writeFileSync(join(directory, 'good'), '0123456789abcdef0123456789abcdef\n');
  writeFileSync(join(directory, 'short'), 'abc\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

const token = (name: string, file: string) => ({ name, role: 'viewer', token_file: file });

describe('where the console listens', () => {
  it.each([
    [{}],
    [{ listen: '127.0.0.1:0' }],
    [{ listen: 'localhost:0' }],
    [{ listen: '[::1]:0' }],
    [{ listen: '0.0.0.0:0', tokens: [token('ada', 'good')] }],
    [{ enabled: false, listen: '0.0.0.0:1' }],
  ])('%j is taken', async (config) => {
    await expect(assertConsoleConfig(consoleSchema.parse(config), directory)).resolves.toBeUndefined();
  });

  it.each([
    [{ listen: '0.0.0.0:0' }, /beyond this machine the console needs sign-in/],
    [{ listen: ':9978' }, /beyond this machine/],
    [{ listen: '192.0.2.1:9978' }, /beyond this machine/],
    [{ listen: 'nowhere' }, /is not an address/],
    [{ tokens: [token('ada', 'missing')] }, /missing cannot be read \(ENOENT\)/],
    [{ tokens: [token('ada', 'short')] }, /fewer than 16 characters/],
    [{ tokens: [token('ada', 'good'), token('ada', 'good')] }, /two with the name ada/],
  ])('%j is refused', async (config, message) => {
    await expect(assertConsoleConfig(consoleSchema.parse(config), directory)).rejects.toThrow(message);
  });

  it.each([
    [{ tokens: [{ name: 'ada', role: 'viewer' }] }],
    [{ tokens: [{ name: 'ada', role: 'king', token_env: 'A' }] }],
    [{ tokens: [{ ...token('ada', 'good'), token_env: 'A' }] }],
  ])('%j does not parse', (config) => {
    expect(consoleSchema.safeParse(config).success).toBe(false);
  });
});
