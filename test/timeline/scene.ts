import type { ActiveFault } from '../lab/faults.ts';
import { injectFault } from '../lab/faults.ts';
import type { Fault } from '../lab/fault-script.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { Host } from '../lab/host.ts';
import { namesLab } from '../../demo/trouble.ts';
import { Timeline } from './timeline.ts';

export interface Target {
  /** Only what comes from this host. */
  readonly from: string;
}

/** What is done to the network at a moment. */
export interface Moment {
  /** `receiver` loses this share of what reaches it, instead of what it lost before. */
  lose(receiver: string, percent: number, target: Target): void;
  /** Any other fault, instead of the one before. */
  inflict(receiver: string, fault: Fault, target: Target): void;
  heal(receiver: string): void;
  do(what: string, run: () => Promise<unknown>): void;
}

/** A lab of its own with its timeline; many play at once before one detector. */
export class Scene implements AsyncDisposable {
  readonly lab: Lab;
  readonly timeline: Timeline;
  /** Picks the messages of this scene by their text. */
  readonly isOurs: (text: string) => boolean;
  readonly #faults = new Map<string, ActiveFault>();

  constructor(name: string, lab: Lab, isOurs = namesLab(lab.id)) {
    this.lab = lab;
    this.isOurs = isOurs;
    this.timeline = new Timeline(name);
  }

  host(name: string): Host {
    return this.lab.host(name);
  }

  at(atS: number): Moment {
    const moment = this.timeline.at(atS);
    return {
      do: (what, run) => moment.do(what, run),
      lose: (receiver, percent, { from }) =>
        moment.do(`${receiver} loses ${percent} % of what comes from ${from}`, () =>
          this.#inflict(receiver, { kind: 'loss', percent }, from),
        ),
      inflict: (receiver, fault, { from }) =>
        moment.do(`${fault.kind} at ${receiver}, from ${from}`, () => this.#inflict(receiver, fault, from)),
      heal: (receiver) => moment.do(`${receiver} is healed`, () => this.#heal(receiver)),
    };
  }

  between(fromS: number, toS: number): ReturnType<Timeline['between']> {
    return this.timeline.between(fromS, toS);
  }

  /** Packets that the kernel dropped at `receiver` in this fault, so far. */
  async dropped(receiver: string): Promise<number> {
    return (await this.#faults.get(receiver)?.counters())?.dropped ?? 0;
  }

  async #inflict(receiver: string, fault: Fault, from: string): Promise<void> {
    const active = this.#faults.get(receiver);
    if (active !== undefined) return active.change(fault);
    this.#faults.set(receiver, await injectFault(this.host(receiver), fault, { from: this.host(from) }));
  }

  async #heal(receiver: string): Promise<void> {
    await this.#faults.get(receiver)?.clear();
    this.#faults.delete(receiver);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }
}

export async function createScene(
  name: string,
  hosts: readonly string[],
  isOurs?: (text: string) => boolean,
): Promise<Scene> {
  return new Scene(name, await createLab({ hosts, distinctAddresses: true }), isOurs);
}
