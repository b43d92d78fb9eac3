/**
 * What agents and server say to each other (docs/http.md). Additive only: a server reads what agents of the minor
 * version before it send, and either side passes over what it does not know.
 */
export const protocolVersion = '1';

/** CloudEvents 1.0, JSON batch format (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format). */
export const batchContentType = 'application/cloudevents-batch+json';

export const agentHeaders = {
  /** Name of the node, percent-encoded. */
  node: 'saccade-node',
  /** The same over restarts on one data folder; tells a restarted agent from a second one with its name. */
  instance: 'saccade-instance',
  /** Of the program, for people. */
  version: 'saccade-version',
  protocol: 'saccade-protocol',
} as const;

/** Of a whole capture file: `sha-256=:BASE64:` (RFC 9530). */
export const digestHeader = 'repr-digest';

export const eventsPath = '/v1/events';
export const commandsPath = (node: string): string => `/v1/agents/${encodeURIComponent(node)}/commands`;
export const capturePath = (id: string): string => `/v1/captures/${encodeURIComponent(id)}`;

/** A server-sent event that only moves the agent's place in the commands. */
export const positionEvent = 'position';

/** A body is never longer on the wire, and never unpacks to more. */
export const maxBodyBytes = 8 * 1024 * 1024;
export const maxUnpackedBytes = 32 * 1024 * 1024;
/** What an agent puts into one body, unpacked; a single larger event goes alone. */
export const batchBytes = 2 * 1024 * 1024;
export const maxBatchEvents = 5_000;

/** A comment at least so often, so that either side notices a dead connection. */
export const keepAliveMs = 10_000;
