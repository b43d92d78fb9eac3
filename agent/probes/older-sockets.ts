import type { BpfLink } from '../bpf/port.ts';
import { visitNetworkNamespaces } from './network-namespaces.ts';

/**
 * Sockets that were there before the agent. The kernel walks the TCP sockets of one network namespace at a time
 * (`iter/tcp`), so the walk visits all of them: once to switch callbacks on, and again and again only where the
 * kernel cannot do that and the iterator has to add up in their stead.
 */
export class OlderSockets {
  readonly #walk: BpfLink;
  readonly #canEnterNamespaces: boolean;
  #unwatched = 0;
  #refusedBefore = 0;

  constructor(walk: BpfLink, canEnterNamespaces: boolean) {
    this.#walk = walk;
    this.#canEnterNamespaces = canEnterNamespaces;
  }

  /** Returns what could not be done, in words. */
  adopt(): readonly string[] {
    const { refused } = this.#iterate();
    const notes: string[] = [];
    if (refused > 0)
      notes.push(
        'sockets older than the agent in other network namespaces count from their first retransmit',
      );
    if (this.#unwatched > 0)
      notes.push(
        'this kernel (before 6.12) tells of older sockets at their retransmits and once a second only',
      );
    return notes;
  }

  /** Adds up sockets without callbacks, while there are any. `refused`: how many the programs met so far. */
  addUp(refused: number): void {
    if (this.#unwatched === 0 && refused <= this.#refusedBefore) return;
    this.#refusedBefore = refused;
    this.#iterate();
  }

  #iterate(): { readonly refused: number } {
    // The iterator writes one byte for each socket that needs it.
    this.#unwatched = 0;
    const walk = (): void => {
      this.#unwatched += this.#walk.readIterator().byteLength;
    };
    if (this.#canEnterNamespaces) return visitNetworkNamespaces(walk);
    walk();
    return { refused: 1 };
  }
}
