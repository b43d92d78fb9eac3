import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { formatFault } from '../rules/parse/faults.ts';
import { runRuleTests } from '../rules/rule-tests/run-rule-tests.ts';
import { createJudgeStage } from './judge.ts';

const rule = `groups:
  - name: g
    rules:
      - alert: Stalled
        id: stalled
        signal: tcp.retransmits
        by: [workload, target]
        measure: stalled_sockets
        where: [target != /healthz]
        when: [measure >= 1]
        levels: { notice: {}, page: { when: [labels.egress == strict] } }
        exceptions:
          - name: quiet
            fields: [labels.team]
            values: [{ match: [lab], author: ops, reason: a test bed }]
        labels: { team: '{{ labels.team }}' }
        annotations: { summary: '{{ workload }} → {{ target }}' }
`;

const tests = `tests:
  - name: a key for each target, a level by label
    input:
      - signal: tcp.retransmits
        target: /a
        subject: { labels: { egress: strict, team: shop } }
        series: { stalled_sockets: '0 2' }
      - { signal: tcp.retransmits, target: /b, series: { stalled_sockets: '0 0 2' } }
      - { signal: tcp.retransmits, target: /healthz, series: { stalled_sockets: '2' } }
      - { signal: tcp.retransmits, target: /c, subject: { labels: { team: lab } }, series: { stalled_sockets: '2' } }
    expect:
      - at: 2s
        state: firing
        level: page
        key: { target: /a }
        labels: { team: shop }
        annotations: { summary: netns/client → /a }
      - { at: 3s, state: firing, level: notice, key: { target: /b }, labels: { team: '?' } }
`;

describe('target and labels', () => {
  it('make keys, conditions, exceptions and texts', () => {
    const report = runRuleTests(
      { path: 't.yaml', text: tests },
      {
        createJudge: () => createJudgeStage({ compile: compileRules }),
        readRules: (paths) => paths.map((path) => ({ path, text: rule })),
      },
    );
    if ('faults' in report) expect(report.faults.map(formatFault)).toEqual([]);
    else {
      expect(report.results.flatMap(({ failures }) => failures)).toEqual([]);
      expect(report.results[0]?.transitions.map(({ target }) => target)).toEqual(['/a', '/b']);
    }
  });

  it('labels are no part of a key', () => {
    const result = compileRules([
      { path: 'r.yaml', text: rule.replace('[workload, target]', '[labels.team]') },
    ]);
    expect(result.ok ? [] : result.faults.map(({ message }) => message)).toEqual([
      '"labels.team" cannot be part of a key',
    ]);
  });
});
