/** The places between which a crash may fall, in the order in which a record passes them. */
export const faultPoints = [
  'append:begin',
  'append:inserted',
  'append:committed',
  'append:acknowledged',
  'stage:read',
  'stage:processed',
  'commit:begin',
  'commit:outputs',
  'commit:state',
  'commit:tables',
  'commit:offset',
  'commit:done',
  'stage:committed',
] as const;
export type FaultPoint = (typeof faultPoints)[number];

/** Called at every such place; the default does nothing. */
export type OnPoint = (point: FaultPoint) => void;

export const passThrough: OnPoint = () => undefined;
