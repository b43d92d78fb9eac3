import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../informers/store.ts';
import type { NodeRecord } from '../names/node-record.ts';
import type { Labels } from './label-selector.ts';

/** Labels of all nodes, as an informer tells them. */
export class NodeLabels {
  readonly #labels = new Map<string, Labels>();
  #version = 0;

  nodeChanged(change: Change<Pick<NodeRecord, 'labels'>>): void {
    // Nodes tell of themselves all the time, rarely by their labels.
    if (change.type === 'update' && isDeepStrictEqual(change.object.labels, change.previous.labels)) return;
    this.#version += 1;
    if (change.type === 'delete') this.#labels.delete(change.key);
    else this.#labels.set(change.key, change.object.labels);
  }

  /** Another one whenever labels or nodes changed. */
  get version(): number {
    return this.#version;
  }

  /** By the node's name. */
  entries(): IterableIterator<[string, Labels]> {
    return this.#labels.entries();
  }
}
