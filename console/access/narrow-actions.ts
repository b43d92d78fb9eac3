import type { Matcher } from '../../stream/events/control.ts';
import { ConsoleError } from '../console-error.ts';
import type { ConsoleActions, ConsolePorts } from '../ports.ts';
import type { Access, Deed } from './access.ts';

const words: Readonly<Record<Deed, string>> = {
  silence: 'to create silences.saccade.io',
  capture: 'to create packetcaptures.saccade.io',
};

/** What one person may do. Each rejects with a `ConsoleError` that names the missing right. */
export function narrowActions(ports: ConsolePorts, access: Access): ConsoleActions {
  const { actions, reader } = ports;

  async function assertMay(deed: Deed, namespace: string | undefined): Promise<void> {
    if (await access.may(deed, namespace)) return;
    const where = namespace === undefined ? 'in all namespaces' : `in the namespace ${namespace}`;
    throw new ConsoleError(403, `you are not allowed ${words[deed]} ${where}`);
  }

  async function assertMayAnswer(alert: { fingerprint: string; episode: number }): Promise<void> {
    const reference = `${alert.fingerprint}-${alert.episode}`;
    const visible = access.namespaces === 'all' ? undefined : [...access.namespaces];
    const found = await reader.ask('getAlert', reference, visible);
    if (found.kind !== 'found') throw new ConsoleError(404, `there is no alert ${reference}`);
    await assertMay('silence', found.detail.alert.last.subject.namespace);
  }

  return {
    async acknowledge(alert, by) {
      await assertMayAnswer(alert);
      await actions.acknowledge(alert, by);
    },
    async giveVerdict(alert, verdict, by) {
      await assertMayAnswer(alert);
      await actions.giveVerdict(alert, verdict, by);
    },
    async acceptAsNormal(transition, by) {
      await assertMayAnswer(transition);
      await actions.acceptAsNormal(transition, by);
    },
    silences: () => actions.silences(),
    async addSilence(silence) {
      await assertMay('silence', namespaceOfSilence(silence));
      return actions.addSilence(silence);
    },
    async expireSilence(id, by) {
      const silence = actions.silences().find((one) => one.id === id || one.id.startsWith(id));
      const namespace = silence && namespaceOfSilence(silence);
      const isShown =
        access.namespaces === 'all' || (namespace !== undefined && access.namespaces.has(namespace));
      if (silence === undefined || !isShown) throw new ConsoleError(404, `there is no silence ${id}`);
      await assertMay('silence', namespace);
      await actions.expireSilence(silence.id, by);
    },
    silencedBy: (transition) => actions.silencedBy(transition),
    async startCapture({ namespaces: _, ...order }) {
      const namespaces = await whereToCapture(access, order.namespace);
      if (namespaces?.length === 0) await assertMay('capture', order.namespace);
      return actions.startCapture({ ...order, ...(namespaces !== undefined && { namespaces }) });
    },
    audit: (entry) => actions.audit(entry),
  };
}

/** Where this person may catch packets, of what was asked for; undefined: everywhere. */
async function whereToCapture(
  access: Access,
  asked: string | undefined,
): Promise<readonly string[] | undefined> {
  if (await access.may('capture', undefined)) return asked === undefined ? undefined : [asked];
  const candidates =
    asked !== undefined ? [asked] : access.namespaces === 'all' ? [] : [...access.namespaces];
  const allowed = await Promise.all(candidates.map((namespace) => access.may('capture', namespace)));
  return candidates.filter((_, index) => allowed[index]);
}

/** The one namespace that a silence can hold in; undefined: it may hold in several. */
export function namespaceOfSilence({
  matchers,
}: {
  readonly matchers: readonly Matcher[];
}): string | undefined {
  return matchers.find(({ name, op }) => name === 'namespace' && op === '=')?.value;
}
