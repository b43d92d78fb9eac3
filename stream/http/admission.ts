import type { CloudEvent } from '../cloud-event.ts';
import { createDeadLetter } from '../embedded/dead-letter.ts';
import { type Capture, captureSchema, captureType } from '../events/capture.ts';
import { deadLetterType } from '../events/dead-letter.ts';
import { type ObservationBatch, observationBatchSchema, observationsType } from '../events/observation.ts';
import { envelopeFault } from '../parse-cloud-event.ts';
import type { Output } from '../port.ts';

/** Who sends: as far as the credential and the headers say. */
export interface AgentIdentity {
  readonly node: string;
  readonly instance: string;
}

export interface AdmissionOptions {
  /** Names what the agents could not; what it gives is what is stored. Absent: stored as sent. */
  readonly nameBatch?: ((batch: ObservationBatch) => ObservationBatch) | undefined;
  /** Where the server has the file of a complete capture; an agent's own path means nothing here. */
  readonly linkCapture: (capture: Capture) => Capture;
  readonly nowMs: () => number;
}

/** What becomes of one member of an agent's batch. Never throws for what an agent sends: that goes to `dead`, kept. */
export type Admit = (member: unknown, agent: AgentIdentity) => Output;

/**
 * An agent may tell what it saw, what became of its captures, and what it could not take; all of its own node only.
 * Ids and sources stay (dead letters excepted, whose ids are unique by node only), so a repeat is dropped as any other.
 */
export function createAgentAdmission(options: AdmissionOptions): Admit {
  const { nameBatch, linkCapture, nowMs } = options;

  function bury(member: unknown, reason: string): Output {
    const whole = envelopeFault(member) === undefined;
    const event = whole ? (member as CloudEvent) : JSON.stringify(member);
    return {
      topic: 'dead',
      event: createDeadLetter({
        stage: 'ingest',
        reason,
        topic: topicOf(whole ? (member as CloudEvent).type : '') ?? 'signals',
        offset: -1,
        event,
        timeMs: nowMs(),
      }),
    };
  }

  function named(event: CloudEvent): CloudEvent {
    if (nameBatch === undefined) return event;
    const parsed = observationBatchSchema.safeParse(event.data);
    // What does not fit the schema is refused with its reason where it is appended.
    return parsed.success ? { ...event, data: nameBatch(event.data as ObservationBatch) } : event;
  }

  function linked(event: CloudEvent): CloudEvent {
    const fits = captureSchema.safeParse(event.data).success;
    return fits ? { ...event, data: linkCapture(event.data as Capture) } : event;
  }

  return (member, agent) => {
    const fault = envelopeFault(member);
    if (fault !== undefined) return bury(member, fault);
    const event = member as CloudEvent;
    const foreign = foreignFault(event, agent.node);
    if (foreign !== undefined) return bury(event, foreign);
    switch (event.type) {
      case observationsType:
        return { topic: 'signals', event: named(event) };
      case captureType:
        return { topic: 'captures', event: linked(event) };
      case deadLetterType:
        return { topic: 'dead', event: { ...event, source: `/nodes/${agent.node}/dead-letters` } };
      default:
        return bury(event, `agents do not send ${event.type}`);
    }
  };
}

function topicOf(type: string): 'signals' | 'captures' | undefined {
  return type === observationsType ? 'signals' : type === captureType ? 'captures' : undefined;
}

/** Why this event is not of this node, or undefined. */
function foreignFault({ type, source, data }: CloudEvent, node: string): string | undefined {
  if (type === deadLetterType) return undefined;
  const own = type === captureType ? `/nodes/${node}/captures` : `/nodes/${node}`;
  const fits =
    type === captureType ? source === own : source.startsWith('/clusters/') && source.endsWith(own);
  if (!fits) return `node ${node} sent an event of ${source}`;
  const { subject, node: captured } = (data ?? {}) as {
    readonly subject?: { readonly node?: unknown };
    readonly node?: unknown;
  };
  const said = type === captureType ? captured : subject?.node;
  return said === node ? undefined : `node ${node} sent an event about ${String(said)}`;
}
