/** The places at the server between which a crash may fall, in the order in which a batch passes them. */
export const ingestFaultPoints = ['events:read', 'events:admitted', 'events:appended'] as const;
export type IngestFaultPoint = (typeof ingestFaultPoints)[number];
/** Called at every such place; a throw there is a death: nothing follows it. The default does nothing. */
export type OnIngestPoint = (point: IngestFaultPoint) => void;
export const passIngestPoint: OnIngestPoint = () => undefined;
