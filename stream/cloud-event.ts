/**
 * The envelope of everything that moves between stages: CloudEvents 1.0
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) with the `partitionkey`
 * extension (https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/partitioning.md).
 */
export interface CloudEvent<Type extends string = string, Data = unknown> {
  readonly specversion: '1.0';
  /** Unique for its `source`; consumers drop a (source, id) that they have seen. */
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  /** Event time, RFC 3339 with milliseconds, UTC. */
  readonly time: string;
  readonly partitionkey: string;
  readonly datacontenttype: 'application/json';
  readonly data: Data;
}

export interface NewCloudEvent<Type extends string, Data> {
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  readonly timeMs: number;
  readonly partitionkey: string;
  readonly data: Data;
}

/** Makes an envelope; `timeMs` is wall time in milliseconds since the epoch. */
export function createCloudEvent<Type extends string, Data>(
  fields: NewCloudEvent<Type, Data>,
): CloudEvent<Type, Data> {
  return {
    specversion: '1.0',
    id: fields.id,
    source: fields.source,
    type: fields.type,
    time: new Date(fields.timeMs).toISOString(),
    partitionkey: fields.partitionkey,
    datacontenttype: 'application/json',
    data: fields.data,
  };
}
