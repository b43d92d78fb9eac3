import { setTimeout as sleep } from 'node:timers/promises';
import { retransmitRow } from '../../engine/testing/signal-script.ts';
import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';

export interface ScriptedAgent {
  readonly workload: string;
  /** How far its clock is off. */
  readonly skewMs: number;
  /** When it loses packets, since the start of the script. */
  readonly faultMs: { readonly from: number; readonly to: number };
}

const stepMs = 250;

/** The nth batch of an agent, as of now by its own clock. */
function createAgentBatch(agent: ScriptedAgent, seq: number, sinceStartMs: number): CloudEvent {
  const { workload, skewMs, faultMs } = agent;
  const nowMs = Date.now() + skewMs;
  const windowMs = Math.ceil(nowMs / 1000 - 1) * 1000;
  const faulty = sinceStartMs >= faultMs.from && sinceStartMs < faultMs.to;
  const fields = { data_segments: 100, retransmits: faulty ? 20 : 0, stalled_sockets: 0, syn_retransmits: 0 };
  const data: ObservationBatch = {
    window: { start: new Date(windowMs).toISOString(), ms: 1000, elapsed_ms: nowMs - windowMs },
    candidate: faulty,
    subject: { cluster: 'c1', node: workload, namespace: 'shop', workload },
    rows: [retransmitRow(fields)],
  };
  return createCloudEvent({
    id: `${workload}/boot/${seq}`,
    source: `/clusters/c1/nodes/${workload}`,
    type: observationsType,
    timeMs: nowMs,
    partitionkey: `c1/shop/${workload}`,
    data,
  });
}

export interface ScriptOptions {
  readonly agents: readonly ScriptedAgent[];
  readonly durationMs: number;
  /** Takes the batches of a step; while it does not resolve, the agents' later batches wait in order. */
  readonly send: (events: readonly CloudEvent[]) => Promise<void>;
}

/** All agents at four batches a second; every tenth step is delivered twice, as after a crash of an agent. */
export async function playAgents({ agents, durationMs, send }: ScriptOptions): Promise<void> {
  const startMs = Date.now();
  let chain = Promise.resolve();
  for (let seq = 1; Date.now() - startMs < durationMs; seq += 1) {
    const events = agents.map((agent) => createAgentBatch(agent, seq, Date.now() - startMs));
    chain = chain.then(() => send(events));
    if (seq % 10 === 0) chain = chain.then(() => send(events));
    await sleep(stepMs);
  }
  await chain;
}
