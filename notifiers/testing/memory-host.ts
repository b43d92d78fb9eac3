import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { Producer, Stage, StreamRecord, Topic } from '../../stream/port.ts';

/**
 * A host for one stage in memory: what is appended is processed and committed at once, as one transaction over log,
 * state and offset. `state` is what a restart finds.
 */
export class MemoryHost implements Producer {
  readonly log: StreamRecord[] = [];
  readonly state = new Map<string, Uint8Array>();
  readonly #stage: Stage;
  /** Fails appends while set: the disk is full. */
  failing: Error | null = null;
  /** Called before each append takes effect; throwing is a crash at that point. */
  beforeAppend: (event: CloudEvent) => void = () => undefined;

  constructor(stage: Stage, earlier?: MemoryHost) {
    this.#stage = stage;
    if (earlier) {
      this.log.push(...earlier.log);
      for (const [key, value] of earlier.state) this.state.set(key, value);
    }
    stage.restore(this.state);
  }

  async append(topic: Topic, events: readonly CloudEvent[]): Promise<void> {
    for (const event of events) this.beforeAppend(event);
    if (this.failing) throw this.failing;
    this.appendNow(topic, events);
  }

  /** The same without waiting. */
  appendNow(topic: Topic, events: readonly CloudEvent[]): void {
    const queue = events.map((event) => ({ topic, event }));
    for (let next = queue.shift(); next; next = queue.shift()) {
      const record: StreamRecord = {
        topic: next.topic,
        partition: 0,
        offset: this.log.length,
        appendedAtMs: Date.parse(next.event.time),
        event: next.event,
      };
      this.log.push(record);
      if (this.#stage.inputs.includes(record.topic)) queue.push(...this.#stage.process(record));
    }
    for (const { key, value } of this.#stage.drainState()) {
      if (value === null) this.state.delete(key);
      else this.state.set(key, value);
    }
    this.#stage.committed?.();
  }
}
