import { LineCounter, parseDocument } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseNotifyConfig, parseNotifySection } from './notify-config.ts';

const faultsOf = (text: string): readonly string[] => {
  const parsed = parseNotifyConfig(text, 'n.yaml');
  if (parsed.ok) throw new Error('expected faults');
  return parsed.faults.map(
    ({ path, line, column, message, suggestion }) =>
      `${path}:${line}:${column}: ${message}${suggestion ? ` (${suggestion})` : ''}`,
  );
};

describe('the configuration of notifications', () => {
  it('sends to the terminal when nothing is configured, and says so', () => {
    const parsed = parseNotifyConfig('', 'n.yaml');
    expect(parsed).toMatchObject({ ok: true, config: { defaulted: true, route: { receiver: 'terminal' } } });
  });

  it('tells all faults at once, each at its place, with suggestions', () => {
    const text = `route:
  reciever: oncall
  group_wait: soon
  routes:
  - receiver: oncal
    match: [level = page, "team =~ (a+)+"]
receivers:
- name: oncall
  slack:
    chanel: C1
    token_env: T
- name: both
  slack: {channel: C1}
  terminal: {}
max_notifications: many
`;
    expect(faultsOf(text)).toEqual([
      'n.yaml:2:3: route.reciever: unknown key "reciever" (did you mean "receiver"?)',
      'n.yaml:2:3: route: the top route needs a receiver',
      'n.yaml:3:15: route.group_wait: not a duration: write 200ms, 30s, 5m, 4h or 1d',
      'n.yaml:5:15: route.routes.0.receiver: receiver "oncal" is not defined; did you mean "oncall"?',
      'n.yaml:6:27: route.routes.0.match.1: the pattern of team could take exponential time: nested repeats',
      'n.yaml:10:5: receivers.0.slack.channel: is missing',
      'n.yaml:10:5: receivers.0.slack.chanel: unknown key "chanel" (did you mean "channel"?)',
      'n.yaml:13:10: receivers.1.slack: give exactly one of token_file and token_env',
      'n.yaml:15:20: max_notifications: not a rate: write 10/h',
    ]);
  });

  it('refuses unknown and doubled receivers, a route without one, and receivers of no kind', () => {
    expect(
      faultsOf(`
route: {receiver: oncal}
receivers: [{name: oncall, terminal: }, {name: oncall, terminal: {}}]
fallback: nobody`),
    ).toEqual([
      'n.yaml:2:19: route.receiver: receiver "oncal" is not defined; did you mean "oncall"?',
      'n.yaml:3:48: receivers.1.name: receiver "oncall" is defined twice',
      'n.yaml:4:11: fallback: receiver "nobody" is not defined',
    ]);
    expect(faultsOf('route: {}\nreceivers: [{name: x, terminal: {}}]')).toEqual([
      'n.yaml:1:8: route: the top route needs a receiver',
    ]);
    expect(faultsOf('route: {receiver: x}\nreceivers: [{name: x}]')[0]).toMatch(
      /^n\.yaml:2:13: receivers\.0: a receiver is exactly one of (\w+, )+webhook$/u,
    );
  });

  it('tells faults of every kind of receiver at their places', () => {
    const text = `route: {receiver: hook}
receivers:
- name: hook
  webhook:
    url: example.com/hook
    secret_env: A
    secret_file: b
    formt: cloudevents
- name: am
  alertmanager:
    urls: [http://a.example:9093, nowhere]
    labels: {9lives: x}
- name: pd
  pagerduty:
    severity: {page: urgent}
    routing_key_env: K
- name: mail
  email:
    from: saccade@example.com
    to: [nobody]
    host: mail.example.com
    tls: ssl
- name: chat
  slack: {channel: C1, token_env: T, app_token_env: A, signing_secret_env: S, interactions_listen: "9978"}
`;
    expect(faultsOf(text)).toEqual([
      'n.yaml:5:5: receivers.0.webhook: give only one of secret_file and secret_env',
      'n.yaml:5:10: receivers.0.webhook.url: not an http or https URL',
      'n.yaml:8:5: receivers.0.webhook.formt: unknown key "formt" (did you mean "format"?)',
      'n.yaml:11:35: receivers.1.alertmanager.urls.1: not an http or https URL',
      'n.yaml:12:22: receivers.1.alertmanager.labels.9lives: "9lives" is not a label name: letters, digits and _, not a digit first',
      'n.yaml:15:22: receivers.2.pagerduty.severity.page: Invalid option: expected one of "critical"|"error"|"warning"|"info"',
      'n.yaml:20:10: receivers.3.email.to.0: not an address: write oncall@example.com or On call <oncall@example.com>',
      'n.yaml:22:10: receivers.3.email.tls: Invalid option: expected one of "starttls"|"tls"|"none"',
      'n.yaml:24:10: receivers.4.slack: give app_token (Socket Mode) or signing_secret (HTTP), not both',
      'n.yaml:24:100: receivers.4.slack.interactions_listen: not host:port',
    ]);
  });

  it('places faults inside a larger document', () => {
    const text = 'listen: 127.0.0.1:1\nnotifications:\n  rout: {}\n  receivers: []\n';
    const lineCounter = new LineCounter();
    const parsed = parseNotifySection(parseDocument(text, { lineCounter }), lineCounter, 's.yaml');
    expect(parsed.ok ? [] : parsed.faults.map(({ line, column }) => [line, column])).toContainEqual([3, 3]);
  });

  it('reports broken YAML at its place', () => {
    expect(faultsOf('route: {receiver: a')[0]).toMatch(/^n\.yaml:1:\d+: /u);
  });

  it('brakes receivers that people read, not the terminal', () => {
    const parsed = parseNotifyConfig(
      `
route: {receiver: oncall}
receivers:
- {name: oncall, slack: {channel: C1, token_env: T}}
- {name: busy, slack: {channel: C2, token_env: T}, max_notifications: 5/m}`,
      'n.yaml',
    );
    expect(parsed).toMatchObject({
      ok: true,
      config: {
        fallback: 'terminal',
        receivers: [
          { name: 'oncall', kind: 'slack', maxNotifications: { count: 30, perMs: 3_600_000 } },
          { name: 'busy', maxNotifications: { count: 5, perMs: 60_000 } },
          { name: 'terminal', kind: 'terminal', maxNotifications: undefined },
        ],
      },
    });
  });
});
