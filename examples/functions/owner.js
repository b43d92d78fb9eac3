/**
 * Tells whose workload an alert is about, from a table of your own. Configure it with
 *
 *   functions:
 *     - { name: owner, module: examples/functions/owner.js }
 *
 * or serve it over HTTP: `node examples/functions/serve.js 8090` and `url: http://127.0.0.1:8090/`.
 */
const owners = [
  { workload: /payments/, owner: 'payments team', channel: '#payments-oncall' },
  { workload: /checkout/, owner: 'shop team', channel: '#shop-oncall' },
];

/** One CloudEvent in, any number out. The same event may come twice: what is returned must be the same then. */
export default function owner(event) {
  const alert = event.data;
  if (alert.state !== 'firing' || alert.update) return [];
  const found = owners.find(({ workload }) => workload.test(alert.subject.workload));
  if (found === undefined) return [];
  return {
    type: 'io.saccade.alert.annotated.v1',
    data: {
      fingerprint: alert.fingerprint,
      episode: alert.episode,
      annotations: { owner: `${found.owner} (${found.channel})` },
      by: 'owner',
    },
  };
}
