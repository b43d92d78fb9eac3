import { createCloudEvent } from '../cloud-event.ts';
import { tickType } from '../events/control.ts';
import type { KafkaAdmin, KafkaSender } from './client/port.ts';
import { encodeEvent } from './event-codec.ts';
import { GroupMember } from './group-member.ts';
import { KafkaError } from './kafka-error.ts';
import type { RejoinReason } from './kafka-metrics.ts';
import { PartitionTask } from './partition-task.ts';
import type { Seat, TaskContext } from './task-context.ts';

export interface StageGroupOptions extends Omit<TaskContext, 'seat' | 'onLost'> {
  readonly group: string;
  readonly admin: KafkaAdmin;
  /** The group's owners append the time to their partitions, this often; undefined: others do. */
  readonly tickEveryMs: number | undefined;
  readonly tickSender: KafkaSender;
  /** A partition with waiting records that has not moved for so long makes the group join anew. */
  readonly stallAfterMs: number;
}

export interface PartitionHealth {
  readonly partition: number;
  readonly running: boolean;
  readonly lag: number;
  readonly lastProgressMs: number;
}

const watchIntervalMs = 2_000;

/**
 * The partitions of one stage that this process has. It follows progress, not liveness: a consumer that sits in its
 * group and reads nothing while records wait is thrown away like one that crashed.
 */
export class StageGroup {
  readonly #options: StageGroupOptions;
  readonly #context: TaskContext;
  readonly #tasks = new Map<number, PartitionTask>();
  readonly #closing = new Set<Promise<void>>();
  readonly #member: GroupMember;
  readonly #timers: NodeJS.Timeout[] = [];
  #stopped: Promise<void> | undefined;
  /** Since when it may read; undefined: it is joining, and nobody can be blamed for standing still. */
  #assignedMs: number | undefined;
  #ticking = false;
  #ticks = 0;

  constructor(options: StageGroupOptions) {
    this.#options = options;
    this.#member = this.#createMember();
    const seat: Seat = {
      seek: (...place) => this.#member.current()?.seek(...place),
      pause: (...place) => this.#member.current()?.pause(...place),
      resume: (...place) => this.#member.current()?.resume(...place),
      commit: async (...place) => this.#member.current()?.commit(...place),
    };
    this.#context = {
      ...options,
      seat,
      onLost: (task, reason) => {
        this.#drop(task);
        this.#rejoin(reason);
      },
    };
  }

  get name(): string {
    return this.#options.name;
  }

  get tasks(): readonly PartitionTask[] {
    return [...this.#tasks.values()];
  }

  start(): void {
    const { tickEveryMs, flushIntervalMs } = this.#options;
    this.#member.start();
    if (tickEveryMs !== undefined) this.#timers.push(setInterval(() => void this.#tick(), tickEveryMs));
    const flushEveryMs = Math.max(10, flushIntervalMs / 2);
    this.#timers.push(setInterval(() => this.tasks.forEach((task) => task.flushIfDue()), flushEveryMs));
    this.#timers.push(setInterval(() => void this.#watch(), watchIntervalMs));
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stopOnce());
  }

  async #stopOnce(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    // Flushed while the group still counts us in: the successor then has nothing to do again.
    await Promise.all(this.tasks.map((task) => task.close({ flush: true })));
    await this.#member.stop();
    await Promise.all(this.#closing);
  }

  health(): readonly PartitionHealth[] {
    return this.tasks.map(({ partition, running, lag, lastProgressMs }) => ({
      partition,
      running,
      lag,
      lastProgressMs,
    }));
  }

  #createMember(): GroupMember {
    const { inputTopic, stateTopic, metrics } = this.#options;
    return new GroupMember({
      ...this.#options,
      topics: [inputTopic, stateTopic],
      owned: () => [...this.#tasks.keys()],
      onAssigned: (_consumer, partitions) => this.#assigned(partitions),
      onBatch: async (batch) => this.#tasks.get(batch.partition)?.take(batch),
      onLeft: () => (this.#assignedMs = undefined),
      onRejoin: (reason) => metrics.rejoined(this.name, reason),
    });
  }

  /** Runs inside the client's rebalance: what is paused here is not fetched. */
  #assigned(partitions: readonly number[]): void {
    if (this.#stopped !== undefined) return;
    this.#assignedMs = this.#options.clock.nowMs();
    for (const task of this.tasks) if (!partitions.includes(task.partition)) this.#drop(task);
    for (const partition of partitions) {
      const known = this.#tasks.get(partition);
      const task = known ?? new PartitionTask(this.#context, partition);
      this.#tasks.set(partition, task);
      task.sit();
      if (known === undefined) void this.#claim(task);
    }
    this.#options.logger.info({ stage: this.name, partitions }, 'partitions assigned');
  }

  async #claim(task: PartitionTask): Promise<void> {
    try {
      await task.claim();
    } catch (error) {
      if (this.#tasks.get(task.partition) !== task) return;
      const final = error instanceof KafkaError && !error.retryable && error.code !== 'KAFKA_FENCED';
      if (final) return this.#options.onFatal(error);
      this.#options.logger.warn(
        { err: error, stage: this.name, partition: task.partition },
        'a partition could not be claimed yet',
      );
      this.#drop(task);
      this.#rejoin('flush');
    }
  }

  #drop(task: PartitionTask): void {
    if (this.#tasks.get(task.partition) === task) this.#tasks.delete(task.partition);
    const closed = task.close({ flush: false }).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  /** One request for all partitions. A tick that fails is made good by the next one. */
  async #tick(): Promise<void> {
    const { inputTopic, tickSender, clock, metrics } = this.#options;
    const running = this.tasks.filter((task) => task.running);
    if (this.#ticking || running.length === 0) return;
    this.#ticking = true;
    const timeMs = clock.nowMs();
    this.#ticks += 1;
    const messages = running.map(({ partition }) => {
      const id = `${timeMs}/${this.#ticks}`;
      const event = createCloudEvent({
        id,
        source: '/stream/clock',
        type: tickType,
        timeMs,
        partitionkey: 'clock',
        data: {},
      });
      return { topic: inputTopic, partition, ...encodeEvent(event) };
    });
    try {
      await tickSender.send(messages);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      metrics.failed('tick', error.code);
    } finally {
      this.#ticking = false;
    }
  }

  async #watch(): Promise<void> {
    const { admin, inputTopic, metrics } = this.#options;
    try {
      const ends = await admin.offsets(inputTopic);
      for (const task of this.tasks) task.noteEnd(ends[task.partition]?.end ?? 0);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      // The broker is away: nobody can be blamed for standing still.
      return;
    }
    metrics.lag(
      this.name,
      this.tasks.reduce((sum, { lag }) => sum + lag, 0),
    );
    if (this.tasks.some((task) => this.#isStalled(task))) this.#rejoin('stall');
  }

  #isStalled({ lag, lastProgressMs }: PartitionTask): boolean {
    const { clock, stallAfterMs } = this.#options;
    if (lag === 0 || this.#assignedMs === undefined) return false;
    return clock.nowMs() - Math.max(lastProgressMs, this.#assignedMs) > stallAfterMs;
  }

  #rejoin(reason: RejoinReason): void {
    if (this.#stopped === undefined) this.#member.rejoin(reason);
  }
}
