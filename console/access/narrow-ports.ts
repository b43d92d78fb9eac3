import type { Transition } from '../../stream/events/transition.ts';
import { ConsoleError } from '../console-error.ts';
import type { ConsolePorts, LiveChange, RuleState, SilenceView } from '../ports.ts';
import type { ConsoleReader } from '../reader/console-reader.ts';
import { type Access, everything } from './access.ts';
import { narrowActions, namespaceOfSilence } from './narrow-actions.ts';

/**
 * The ports as one person may use them: the only ones that routes have (`request.ports`), so that no route has to think
 * of it. What a person may not see is not there, rather than refused.
 */
export function narrowPorts(ports: ConsolePorts, access: Access): ConsolePorts {
  if (access === everything) return ports;
  const actions = narrowActions(ports, access);
  if (access.namespaces === 'all') return { ...ports, actions };
  const { namespaces } = access;
  const shows = (namespace: string | null | undefined): boolean =>
    typeof namespace === 'string' && namespaces.has(namespace);
  return {
    reader: narrowReader(ports.reader, [...namespaces]),
    actions: {
      ...actions,
      silences: () => ports.actions.silences().filter((silence) => shows(namespaceOfSilence(silence))),
      silencedBy: (transition) =>
        silencedBy(ports, transition, (silence) => shows(namespaceOfSilence(silence))),
    },
    rules: {
      list: () =>
        ports.rules
          .list()
          .filter(({ namespace }) => namespace === null || shows(namespace))
          .map(withoutCounts),
      refused: () => [],
      check: (text) => ports.rules.check(text),
      replay: () =>
        Promise.reject(new ConsoleError(403, 'a replay tells of all namespaces, and you do not see all')),
    },
    packets: ports.packets,
    onChange: (listener) => ports.onChange((change) => tell(listener, change, shows)),
    status: () => ({ ...ports.status(), receivers: [], parts: [] }),
    nowMs: ports.nowMs,
  };
}

function narrowReader(reader: ConsoleReader, visible: readonly string[]): ConsoleReader {
  return { ...reader, ask: (name, question) => reader.ask(name, question, visible) };
}

/** What the judge holds for a rule, it holds of all namespaces. */
function withoutCounts(rule: RuleState): RuleState {
  return { ...rule, keys: null, learning: null, open: null, overflow: null };
}

/** Of a silence that others must not see, it still counts that it holds. */
function silencedBy(
  { actions }: Pick<ConsolePorts, 'actions'>,
  transition: Transition,
  shows: (silence: SilenceView) => boolean,
): readonly string[] {
  const shown = new Set(
    actions
      .silences()
      .filter(shows)
      .map(({ id }) => id),
  );
  return actions.silencedBy(transition).map((id) => (shown.has(id) ? id : 'one of all namespaces'));
}

/** A change that names no namespace only says that something of its kind may be new. */
function tell(
  listener: (change: LiveChange) => void,
  change: LiveChange,
  shows: (namespace: string) => boolean,
): void {
  if (change.namespace === null) listener({ ...change, subject: '' });
  else if (shows(change.namespace)) listener(change);
}
