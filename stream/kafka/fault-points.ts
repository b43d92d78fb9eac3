/** The places between which a crash may fall, in the order in which a record passes them. */
export const kafkaFaultPoints = [
  'append:begin',
  'append:sent',
  'stage:read',
  'stage:processed',
  'outputs:sent',
  'stage:committed',
  'flush:drained',
  'flush:written',
] as const;
export type KafkaFaultPoint = (typeof kafkaFaultPoints)[number];

/** Called at every such place; a throw there is a death: nothing follows it. The default does nothing. */
export type OnKafkaPoint = (point: KafkaFaultPoint) => void;

export const passKafkaPoint: OnKafkaPoint = () => undefined;
