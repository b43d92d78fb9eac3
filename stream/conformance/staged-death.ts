import type { StartOptions } from './harness.ts';

/** A process that dies, acted: from a passage of a point on, whoever comes past any point goes no further. */
export class StagedDeath {
  #happened = false;

  get happened(): boolean {
    return this.#happened;
  }

  /** For the run that starts now. `last`: a point that has nothing behind it which a death could still prevent. */
  prepare(dieAt: StartOptions['dieAt'], last?: string): { readonly onPoint?: (point: string) => void } {
    this.#happened = false;
    if (dieAt === undefined) return {};
    let passages = 0;
    const onPoint = (point: string): void => {
      if (point === dieAt.point) passages += 1;
      if (passages >= dieAt.passage) this.#happened = true;
      if (this.#happened && point !== last) throw new Error(`died at ${point}`);
    };
    return { onPoint };
  }
}
