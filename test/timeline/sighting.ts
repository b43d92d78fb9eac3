import type { Tone } from '../../demo/slack/tone.ts';

/** One thing that the people in the channel saw: a message, a change of one, a reply in its thread. */
export interface Sighting {
  /** Seconds since the beginning of the play. */
  readonly atS: number;
  readonly kind: 'post' | 'edit' | 'reply';
  readonly tone: Tone;
  /** The message that began the thread; a message is its own. */
  readonly root: string;
  /** Everything written in it, blocks included. */
  readonly text: string;
}

/** As a failing test shows it. */
export function describeSighting(sighting: Sighting): string {
  const [title = ''] = sighting.text.split('\n');
  return `${sighting.atS.toFixed(2).padStart(7)} s  ${sighting.kind.padEnd(5)} ${sighting.tone.padEnd(8)} ${title}`;
}
