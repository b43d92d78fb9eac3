import { describe, expect, it } from 'vitest';
import { tcpRetransmits } from '../signals/tcp-retransmits.ts';
import type { Fact } from './compiled-rule.ts';
import { judgedFactCatalogue } from './facts.ts';
import { compileTemplate } from './templates.ts';

const catalogue = judgedFactCatalogue({ signal: tcpRetransmits, measureUnit: 'ratio', hasBaseline: true });

function render(text: string, facts: Readonly<Record<string, Fact>> = {}): string {
  const template = compileTemplate(text, catalogue);
  if (typeof template !== 'function') throw new Error(JSON.stringify(template));
  return template((name) => facts[name]);
}

describe('compileTemplate', () => {
  it.each<[string, Readonly<Record<string, Fact>>, string]>([
    ['no template', {}, 'no template'],
    ['{{ workload }} → {{ peer }}', { workload: 'netns/a', peer: 'b' }, 'netns/a → b'],
    [
      '{{ peer }} is {{ peer.kind }} at {{ peer.ip }}',
      { peer: 'b', 'peer.kind': 'external', 'peer.ip': '192.0.2.1' },
      'b is external at 192.0.2.1',
    ],
    ['{{ peer.kind }}', { 'peer.kind': 'external' }, 'external'],
    [
      '{{ value | percent }} > {{ baseline.upper | percent }}',
      { value: 0.0523, 'baseline.upper': 0.00057 },
      '5.2 % > 0.057 %',
    ],
    ['{{ window_ms | duration }}', { window_ms: 90_000 }, '1 min 30 s'],
    ['{{ retransmits }} {{ baseline.learned }}', { retransmits: 0, 'baseline.learned': false }, '0 false'],
  ])('%s', (text, facts, expected) => expect(render(text, facts)).toBe(expected));

  it('says which part of a whole is most of it', () => {
    const text = '{{ retransmits | mostly: data_segments, "most", "few" }}';
    expect(render(text, { retransmits: 6, data_segments: 10 })).toBe('most');
    expect(render(text, { retransmits: 5, data_segments: 10 })).toBe('few');
    expect(render(text, {})).toBe('few');
  });

  it('shows what is unknown as ?', () => {
    expect(render('{{ peer }} {{ pod }} {{ value | percent }} {{ age_ms | duration }}', { value: NaN })).toBe(
      '? ? ? ?',
    );
  });

  it('takes facts as text, not as templates', () => {
    expect(render('{{ workload }}', { workload: '{{ peer }}' })).toBe('{{ peer }}');
  });

  it('bounds what it renders', () => {
    expect(render('{{ workload }}', { workload: 'x'.repeat(10_000) })).toHaveLength(4_000);
  });

  it.each([
    "{% include 'x' %}",
    '{% for i in (1..9) %}{% endfor %}',
    '{{ "now" | date }}',
    '{{ secrets }}',
    '{{ peer.constructor }}',
  ])('refuses %s', (text) => expect(compileTemplate(text, catalogue)).not.toBeTypeOf('function'));
});
