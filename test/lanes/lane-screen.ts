/** More than any step prints; of a longer one the end is shown. */
const maxHeldCharacters = 4_000_000;

interface Held {
  readonly title: string;
  text: string;
}

/**
 * Several lanes on one screen without a mixture of their lines: one is shown as it speaks, of the others each step is
 * shown whole at its end. Between the lines of the first it is told how far they are.
 */
export class LaneScreen {
  readonly #write: (text: string) => void;
  /** Steps under way, by lane. */
  readonly #held = new Map<string, Held>();
  #live: string;
  /** Of the lane that is shown, what is no whole line yet. */
  #partial = '';

  constructor(write: (text: string) => void, live: string) {
    this.#write = write;
    this.#live = live;
  }

  begin(lane: string, title: string): void {
    if (lane === this.#live) this.#write(heading(title));
    else this.#write(`-- ${title}: begins, beside\n`);
    this.#held.set(lane, { title, text: '' });
  }

  say(lane: string, text: string): void {
    if (lane === this.#live) return this.#sayLive(text);
    const held = this.#held.get(lane);
    if (held !== undefined) held.text = (held.text + text).slice(-maxHeldCharacters);
  }

  end(lane: string, outcome: string): void {
    const { title, text } = this.#held.get(lane) ?? { title: lane, text: '' };
    this.#held.delete(lane);
    if (lane === this.#live) this.#endLine();
    else if (text !== '') this.#write(heading(title) + withLineEnd(text));
    this.#write(`-- ${title}: ${outcome}\n`);
  }

  /** From here on this lane is shown as it speaks, from the beginning of its step. */
  show(lane: string): void {
    this.#endLine();
    this.#live = lane;
    const held = this.#held.get(lane);
    if (held === undefined) return;
    this.#write(heading(held.title));
    this.#sayLive(held.text);
  }

  #sayLive(text: string): void {
    const whole = (this.#partial + text).lastIndexOf('\n') + 1;
    const all = this.#partial + text;
    this.#write(all.slice(0, whole));
    this.#partial = all.slice(whole);
  }

  #endLine(): void {
    if (this.#partial !== '') this.#write(withLineEnd(this.#partial));
    this.#partial = '';
  }
}

const heading = (title: string): string => `\n== ${title}\n`;
const withLineEnd = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
