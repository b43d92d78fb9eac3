import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { PartReport } from './part-report.ts';
import { renderStartScreen, type StartReport } from './screen.ts';

const plain = pc.createColors(false);
const machine = { reason: 'this process lacks CAP_BPF', remedy: 'run as root' };

function part(name: string, more: Partial<PartReport> = {}): PartReport {
  return { name, state: 'on', detail: 'from the kernel', reason: '', remedy: '', ...more };
}

function screen(more: Partial<StartReport> = {}): string {
  const report: StartReport = {
    version: '1.2.3',
    cluster: 'local',
    node: 'n1',
    machine: undefined,
    parts: [part('tcp.retransmits')],
    rules: [{ alert: 'RetransmitSpike', signal: 'tcp.retransmits', dryRun: false }],
    learnMs: null,
    dataDirectory: '/var/lib/saccade',
    statusUrl: 'http://127.0.0.1:9977',
    consoleUrl: 'http://127.0.0.1:9978',
    configPath: undefined,
    receivers: ['terminal'],
    defaultReceivers: true,
    ...more,
  };
  return renderStartScreen(report, plain);
}

describe('renderStartScreen', () => {
  it('names what runs, what judges, and where everything is', () => {
    const text = screen();
    expect(text).not.toContain('┌');
    expect(text).toMatch(/watches +✓ tcp\.retransmits +from the kernel/);
    expect(text).toMatch(/rules +1 loaded\n +RetransmitSpike \(tcp\.retransmits\)/);
    expect(text).toMatch(/pages +to this terminal only: no receiver is configured/);
    expect(text).toMatch(/data +\/var\/lib\/saccade\nmetrics +http:\/\/127\.0\.0\.1:9977\/metrics/);
  });

  it('tells a cause that all parts share once, in the banner', () => {
    const missing = { state: 'missing', detail: '', ...machine } as const;
    const text = screen({
      machine,
      parts: [
        part('tcp.retransmits', { ...machine, state: 'less', detail: 'from /proc only' }),
        part('flight recorder', missing),
        part('names by DNS', { ...missing, reason: `only addresses: ${machine.reason}` }),
      ],
    });
    expect(text.match(/CAP_BPF/g)).toHaveLength(1);
    expect(text.match(/run as root/g)).toHaveLength(1);
    expect(text).toMatch(/~ tcp\.retransmits +from \/proc only\n/);
    expect(text).toMatch(/✗ flight recorder +needs eBPF, see above\n +✗ names by DNS +needs eBPF, see above/);
  });

  it('gives a part that fails by itself its reason and its remedy', () => {
    const text = screen({
      parts: [
        part('tcp.retransmits'),
        part('flight recorder', { state: 'missing', reason: 'open x.o: errno 2', remedy: 'build it' }),
      ],
    });
    expect(text).toMatch(/✗ flight recorder +open x\.o: errno 2\n +→ build it/);
  });

  it('does not warn of what was switched off', () => {
    const off = part('flight recorder', { state: 'off', detail: 'switched off (captures.enabled)' });
    expect(screen({ parts: [off] })).toMatch(/– flight recorder +switched off/);
  });

  it('says that nothing will ever page without rules, and what a trial shortens', () => {
    expect(screen({ rules: [] })).toMatch(/rules +none: nothing will ever page/);
    expect(screen({ learnMs: 8000 })).toMatch(/learning period shortened to 8 s for every rule/);
  });
});
