import type { Subject } from '../../stream/events/observation.ts';

/** What a socket's owner is called; without a namespace, it belongs to the machine. */
export type Workload = Pick<Subject, 'workload' | 'pod' | 'container' | 'labels'> &
  Partial<Pick<Subject, 'namespace'>>;
