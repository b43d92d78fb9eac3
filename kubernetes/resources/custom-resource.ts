import type { z } from 'zod';

/** A rule that the API server checks besides the shape, in its expression language (CEL). */
export interface Validation {
  readonly rule: string;
  readonly message: string;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
}

export const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

export type UnknownKeys = 'kept' | 'refused';

/** One kind of object that Saccade brings to a cluster: all have a status. */
export interface CustomResource {
  readonly kind: string;
  readonly plural: string;
  /** `Cluster`: of no namespace. */
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: z.ZodType;
  /** `kept`: a checker of ours tells them; `refused`: the API server does. */
  readonly unknownKeys: UnknownKeys;
  readonly validations: readonly Validation[];
  readonly status: z.ZodType;
  readonly columns: readonly PrinterColumn[];
}
